"""Find the disclosures of a person's content by an index, not by reading all of them.

An accounting of disclosures asks which readings, emergency accesses and downloads name
these entries or these packages. The index is over the bytes that were hashed, so no
column could say something else. Making it reads each entry of three types once, and
stops the sequencer for that long; entries wait in the inbox meanwhile.
"""

from typing import ClassVar

from django.db import migrations

# Who asks says these very words, by which the index is seen to hold what is asked for.
DISCLOSURES = (
    "type IN ('content.disclosed', 'content.break_glass', 'export.downloaded')"
)
NAMED = rf"""
CREATE FUNCTION audit_disclosed(body bytea) RETURNS uuid[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    fields jsonb;
BEGIN
    fields := convert_from(body, 'UTF8')::jsonb -> 'fields';
    -- As an array's literal: three times as fast as id by id.
    RETURN translate(coalesce(fields -> 'entry_ids', '[]')::text, '[]"', '{{}}')::uuid[]
        || array_remove(ARRAY[(fields ->> 'export_id')::uuid], NULL);
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
    -- A row that bypassed the writer must not stop the log for everybody else.
    RETURN '{{}}';
END $$;

CREATE INDEX entry_by_disclosed ON audit_entry USING gin (audit_disclosed(body))
    WHERE {DISCLOSURES};
"""
UNNAMED = """
DROP INDEX entry_by_disclosed;
DROP FUNCTION audit_disclosed(bytea);
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("audit", "0044_holds_in_keys_are_sealed")]
    operations: ClassVar = [
        migrations.RunSQL(NAMED, UNNAMED, hints={"database": "default"})
    ]
