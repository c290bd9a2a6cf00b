"""Emptying the test database between tests, past the append-only triggers.

Only the owner of the tables can do this, by disabling the triggers first: the
application's role owns nothing. Production has no such command. Only what has rows is
emptied: truncating a hundred tables takes longer than most tests do.
"""

from typing import Any

from django.core.management.commands.flush import Command as DjangoFlush
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from tests.tampering import tampering

KEEP = {"django_migrations", "django_content_type", "auth_permission"}
RESTARTS = """
SELECT format('ALTER SEQUENCE %%s RESTART', sequence.oid::regclass)
FROM pg_class AS sequence
JOIN pg_depend AS owned ON owned.objid = sequence.oid AND owned.deptype IN ('a', 'i')
WHERE sequence.relkind = 'S' AND owned.refobjid = ANY(%s::text[]::regclass[])
"""


class Command(DjangoFlush):
    help = "Empties the test database."

    def handle(self, **options: Any) -> None:
        alias = options["database"]
        filled = filled_tables(alias)
        if not filled:
            return
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            with tampering(*filled, alias=alias) as execute:
                for name in filled:
                    execute(f'DELETE FROM "{name}"')
                execute("SET CONSTRAINTS ALL IMMEDIATE")  # before triggers change again
            _restart(cursor, filled)


def filled_tables(alias: str) -> list[str]:
    """Those that hold rows, besides what a migrated database always has."""
    names = sorted(set(connections[alias].introspection.table_names()) - KEEP)
    asked = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names)
    with connections[alias].cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return [name for (name,) in cursor.fetchall()]


def _restart(cursor: CursorWrapper, names: list[str]) -> None:
    """Let numbers begin again: some tests name the first row by its number."""
    cursor.execute(RESTARTS, [names])
    for (statement,) in cursor.fetchall():
        cursor.execute(statement)
