"""Describe a row that bypassed the writer so that it stops neither log nor readers.

An id too long for an index stopped the sequencer for everybody; a time that Python has
no year for made verification raise instead of naming the entry.
"""

from typing import ClassVar

from django.db import migrations

DESCRIBE = """
CREATE OR REPLACE FUNCTION audit_describe(
    body bytea, OUT type text, OUT at timestamptz, OUT actor_id text, OUT query_id uuid
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    document jsonb;
BEGIN
    document := convert_from(body, 'UTF8')::jsonb;
    type := left(coalesce(document ->> 'type', 'malformed'), 200);
    at := (document ->> 'at')::timestamptz;
    -- Also infinity, whose year is null.
    IF (extract(year FROM at AT TIME ZONE 'UTC') BETWEEN 1 AND 9999) IS NOT TRUE THEN
        at := NULL;
    END IF;
    actor_id := left(coalesce(document #>> '{actor,id}', ''), 500);
    query_id := (document #>> '{fields,query_entry_id}')::uuid;
EXCEPTION WHEN OTHERS THEN
    -- A row that bypassed the writer must not stop the log for everybody else.
    type := 'malformed'; at := NULL; actor_id := ''; query_id := NULL;
END $$;
"""


class Migration(migrations.Migration):
    """One function; what was described before stays as it is."""

    dependencies: ClassVar = [("audit", "0030_verifications")]
    operations: ClassVar = [
        migrations.RunSQL(
            DESCRIBE, migrations.RunSQL.noop, hints={"database": "default"}
        )
    ]
