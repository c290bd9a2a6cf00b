"""What an owner or superuser can do: switch the guards off, change, and on again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections

TRIGGERS = """
SELECT tgrelid::regclass::text, tgname, CASE tgenabled WHEN 'A' THEN 'ALWAYS' ELSE '' END
FROM pg_trigger
WHERE NOT tgisinternal
    AND (%(tables)s::text[] = '{}' OR tgrelid::regclass::text = ANY(%(tables)s)
        OR tgrelid IN (SELECT inhrelid FROM pg_inherits
            WHERE inhparent::regclass::text = ANY(%(tables)s)))
"""


@contextmanager
def tampering(*tables: str, alias: str = "default") -> Iterator[Callable[..., None]]:
    """Without the triggers of these tables, of all if none is named.

    Afterwards each trigger is as its migration left it, ALWAYS or not: the next test
    relies on it.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute(TRIGGERS, {"tables": list(tables)})
        triggers = cursor.fetchall()
        for table, trigger, _mode in triggers:
            cursor.execute(f'ALTER TABLE {table} DISABLE TRIGGER "{trigger}"')
        yield cursor.execute
        for table, trigger, mode in triggers:
            cursor.execute(f'ALTER TABLE {table} ENABLE {mode} TRIGGER "{trigger}"')
