"""Let an erasure that was checked be done again, and find the erasure of a key at once.

A restored backup may bring back a key whose erasure was checked long ago; destroying it
again is recorded as a check that found something, and the erasure waits once more.
"""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

KNOWN = "WHEN 'done checked' THEN"
AGAIN = """WHEN 'checked done' THEN audit_is_told(NEW.checked_entry_id,
                'content.erasure_checked', 'erasure_id', NEW.id::text)
            """
# The rule of 0020 with one step more, edited where it stands.
EDIT = """
DO $edit$
BEGIN
    EXECUTE replace(pg_get_functiondef('audit_erasure_moves_on()'::regprocedure),
        $old${old}$old$, $new${new}$new$);
END $edit$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("audit", "0040_subject_keys_end_by_whom_they_concern")]
    operations: ClassVar = [
        migrations.RunSQL(
            EDIT.replace("{old}", KNOWN).replace("{new}", AGAIN + KNOWN),
            EDIT.replace("{old}", AGAIN + KNOWN).replace("{new}", KNOWN),
            hints={"database": "default"},
        ),
        migrations.AddIndex(
            "erasure", GinIndex(fields=["key_ids"], name="erasure_by_key")
        ),
    ]
