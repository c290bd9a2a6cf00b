"""Registers the app with Django; does nothing else."""

from django.apps import AppConfig


class IngestionConfig(AppConfig):
    """Documents and their editions."""

    name = "ingestion"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Documents"
