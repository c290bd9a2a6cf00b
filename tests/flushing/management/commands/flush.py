"""Emptying the test database between tests, past the append-only triggers.

Only the owner of the tables can do this, by disabling the triggers first: the
application's role owns nothing. Production has no such command.
"""

from typing import Any

from django.core.management.commands.flush import Command as DjangoFlush
from django.db import connections, transaction

from tests.tampering import tampering

KEEP = {"django_migrations", "django_content_type", "auth_permission"}


class Command(DjangoFlush):
    help = "Empties the test database."

    def handle(self, **options: Any) -> None:
        alias = options["database"]
        names = set(connections[alias].introspection.table_names()) - KEEP
        quoted = ", ".join(f'"{name}"' for name in sorted(names))
        with transaction.atomic(using=alias), tampering(alias=alias) as execute:
            execute(f"TRUNCATE {quoted} RESTART IDENTITY CASCADE")
