"""The retrieval application: it has commands and SQL, and no tables."""

from django.apps import AppConfig


class RetrievalConfig(AppConfig):
    """Registers `evaluate_retrieval`."""

    name = "clinrag.retrieval"
    label = "retrieval"
    verbose_name = "Retrieval"
