"""Django's registration of the REST interface."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Routes, problem details and the OpenAPI description; no tables."""

    name = "clinrag.api"
    label = "api"
    verbose_name = "REST interface"
