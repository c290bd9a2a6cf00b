"""Emptying the test database between tests, past the append-only triggers.

Only the owner of the tables can do this, by disabling the triggers first: the
application's role owns nothing. Production has no such command.
"""

from typing import Any

from django.core.management.commands.flush import Command as DjangoFlush
from django.db import connections, transaction

USER_TRIGGERS = """
    SELECT format('%I.%I', n.nspname, c.relname), t.tgname, t.tgenabled
    FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal AND n.nspname = 'public' AND t.tgparentid = 0
"""
KEEP = {"django_migrations", "django_content_type", "auth_permission"}


class Command(DjangoFlush):
    help = "Empties the test database."

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        with (
            transaction.atomic(using=options["database"]),
            connection.cursor() as cursor,
        ):
            cursor.execute(USER_TRIGGERS)
            triggers = cursor.fetchall()
            for table, trigger, _mode in triggers:
                cursor.execute(f'ALTER TABLE {table} DISABLE TRIGGER "{trigger}"')
            names = set(connection.introspection.table_names(cursor)) - KEEP
            if names:
                quoted = ", ".join(f'"{name}"' for name in sorted(names))
                cursor.execute(f"TRUNCATE {quoted} RESTART IDENTITY CASCADE")
            for table, trigger, mode in triggers:
                always = "ALWAYS" if mode == "A" else ""  # as the migration left it
                cursor.execute(
                    f'ALTER TABLE {table} ENABLE {always} TRIGGER "{trigger}"'
                )
