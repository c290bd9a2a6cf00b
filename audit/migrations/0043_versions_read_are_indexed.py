"""Find the answers that read a version by an index, not by reading every answer.

A hold on a version asks when it is placed, in each round of custody and before each
erasure. The index is over the bytes that were hashed, so no column could say something
else. Making it reads each answer once, and stops the sequencer for that long: a minute
or two for a million answers. Entries wait in the inbox meanwhile; nothing is lost.
"""

from typing import ClassVar

from django.db import migrations

READ = r"""
CREATE FUNCTION audit_versions_read(body bytea) RETURNS uuid[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    -- As an array's literal: three times as fast as id by id. Ids alone go into it, for
    -- anything longer than an index takes would stop the sequencer.
    RETURN translate(
        jsonb_path_query_array(convert_from(body, 'UTF8')::jsonb,
            'lax $.fields.retrieved[*].version_id')::text, '[]"', '{}')::uuid[];
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
    -- A row that bypassed the writer must not stop the log for everybody else.
    RETURN '{}';
END $$;

CREATE INDEX entry_by_version_read ON audit_entry
    USING gin (audit_versions_read(body)) WHERE query_id IS NOT NULL;
"""

UNDER = """
DROP FUNCTION audit_entries_under(text, uuid);

CREATE FUNCTION audit_answers_reading(version uuid, since bigint, upper bigint)
RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT unnest(ARRAY[entry_id, query_id]) FROM audit_entry
    WHERE audit_versions_read(body) @> ARRAY[version] AND query_id IS NOT NULL
      AND index >= since AND index < upper
$$;

-- Of a version only what came at `since` or later, or waits in the inbox still: what
-- moves from one to the other meanwhile is seen by one statement in one of them.
CREATE FUNCTION audit_entries_under(kind text, id uuid, since bigint)
RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
    IF kind = 'version' THEN
        RETURN QUERY
        SELECT audit_answers_reading(id, since, 9223372036854775807)
        UNION
        SELECT unnest(ARRAY[entry_id, (audit_describe(body)).query_id])
        FROM audit_inboxentry WHERE audit_versions_read(body) @> ARRAY[id];
    ELSE
        RETURN QUERY
        SELECT id UNION
        SELECT entry_id FROM audit_closedquery
        WHERE kind = 'question' AND query_id = id;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION audit_reads_version(entry uuid, version text)
RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM (
            SELECT body FROM audit_entry WHERE entry_id IN (entry,
                (SELECT c.entry_id FROM audit_closedquery AS c WHERE c.query_id = entry))
            UNION ALL
            SELECT body FROM audit_inboxentry WHERE entry_id IN (entry,
                (SELECT c.entry_id FROM audit_closedquery AS c WHERE c.query_id = entry))
        ) AS ends
        WHERE audit_versions_read(body) @> ARRAY[version::uuid]
    )
$$;
"""


def step(sql: str) -> migrations.RunSQL:
    """Run the statements on the database that holds the entries."""
    return migrations.RunSQL(sql, hints={"database": "default"})


class Migration(migrations.Migration):
    """The index, then the functions that ask it. There is no way back but a backup."""

    dependencies: ClassVar = [("audit", "0042_blocks_that_verification_reads_stay")]
    operations: ClassVar = [step(READ), step(UNDER)]
