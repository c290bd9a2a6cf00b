"""Which table lives in which database.

Keys, and what guards them, live in the database `keys`, everything else in `default`.
A dump of one is useless without the other, and destroying a key reaches no backup of
the other.
"""

from typing import Any

from django.db.models import Model

KEYS = "keys"
DEFAULT = "default"
KEY_TABLES = frozenset(
    {"audit.datakey", "audit.subjectkey", "audit.referencekey", "audit.keyhold"}
)


class KeyRouter:
    """Sends the tables of keys to the key database and nothing else."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        return self._home(model._meta.label_lower)

    def db_for_write(self, model: type[Model], **_hints: Any) -> str:
        return self._home(model._meta.label_lower)

    def allow_relation(self, one: Model, two: Model, **_hints: Any) -> bool:
        return self._home(one._meta.label_lower) == self._home(two._meta.label_lower)

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool:
        """A migration that is no model's (SQL, code) says `hints={"database": …}`."""
        label = f"{app_label}.{model_name}"
        home = str(hints.get("database", self._home(label)))
        return db == home

    @staticmethod
    def _home(label: str) -> str:
        return KEYS if label in KEY_TABLES else DEFAULT
