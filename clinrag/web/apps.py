"""Django's registration of the pages."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages people see."""

    name = "clinrag.web"
    label = "web"
    verbose_name = "Pages"
