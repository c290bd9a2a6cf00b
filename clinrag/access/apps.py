"""Django's registration of the access package."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """People, roles and keys."""

    name = "clinrag.access"
    label = "access"
    verbose_name = "People and keys"
    default_auto_field = "django.db.models.BigAutoField"
