"""Django's entry for answering."""

from django.apps import AppConfig


class AnsweringConfig(AppConfig):
    """Registers the app under the label `answering`."""

    name = "clinrag.answering"
    label = "answering"
    default_auto_field = "django.db.models.BigAutoField"
