"""Makes the commands of this package and the project's checks known to Django."""

from django.apps import AppConfig


class LocalConfig(AppConfig):
    """Embedded servers and the demo; no tables."""

    name = "clinrag.local"
    label = "local"

    def ready(self) -> None:
        from clinrag import checks  # noqa: F401
