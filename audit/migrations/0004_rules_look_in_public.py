"""The rule of the inbox looks for entries in `public`, and nowhere before it.

A temporary table is found first unless the path names `pg_temp` last: with one of its
own named `audit_entry`, the sequencer's role could have removed a row unrecorded.
"""

from typing import ClassVar

from django.db import migrations

PINNED = "ALTER FUNCTION audit_inbox_only_moves() SET search_path = public, pg_temp;"
FREE = "ALTER FUNCTION audit_inbox_only_moves() RESET search_path;"


class Migration(migrations.Migration):
    """One function, on the database that holds the entries."""

    dependencies: ClassVar = [("audit", "0003_keys_only_end")]
    operations: ClassVar = [
        migrations.RunSQL(PINNED, FREE, hints={"database": "default"})
    ]
