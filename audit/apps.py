"""Names the Django application; starts nothing."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The ledger as a Django application, label `audit`."""

    name = "audit"
    label = "audit"
    verbose_name = "Audit ledger"
    default_auto_field = "django.db.models.BigAutoField"
