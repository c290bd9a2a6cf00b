"""The inference application: it has no tables."""

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    """Gives the package its label."""

    name = "clinrag.inference"
    label = "inference"
    verbose_name = "Inference"
