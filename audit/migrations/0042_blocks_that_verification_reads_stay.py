"""Keep blocks that say why something is gone: verification reads those for ever.

A pruned block is believed because the log says that two people agreed, and a destroyed
key because of its tombstone. A block that holds the one, or the other for an entry that
stays, would take the reason away and leave the hole. A body that cannot be read ends
the question with an error, which keeps the block, too.
"""

from typing import ClassVar

from django.db import migrations

OLD = """RAISE EXCEPTION 'the block says how to verify the log';
    END IF;
"""
NEW = (
    OLD
    + """    IF EXISTS (SELECT FROM audit_entry WHERE index >= first AND index < upper
               AND (type = 'retention.block_pruned'
                    OR type LIKE 'authorization.%'
                       AND audit_body_field(type, body, 'authorization.%', 'action')
                           = 'pruning'))
    THEN
        RAISE EXCEPTION 'the block says why another is gone';
    END IF;
    IF audit_buries_others(first, upper) THEN
        RAISE EXCEPTION 'the block says why content of another cannot be read';
    END IF;
"""
)
# The case keeps the planner from reading bodies that nobody asked about.
READING = """
CREATE FUNCTION audit_body_field(type text, body bytea, wanted text, name text)
RETURNS text LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN type LIKE wanted
        THEN convert_from(body, 'UTF8')::jsonb #>> ARRAY['fields', name] END
$$;
CREATE FUNCTION audit_buries_others(first bigint, upper bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM audit_entry AS tombstone,
            LATERAL jsonb_array_elements(audit_body_field(tombstone.type, tombstone.body,
                'content.erased', 'entries')::jsonb) AS gone
        WHERE tombstone.index >= first AND tombstone.index < upper
          AND tombstone.type = 'content.erased'
          AND NOT EXISTS (
            SELECT FROM audit_prunedentry AS pruned
            WHERE pruned.entry_id = (gone ->> 'entry_id')::uuid)
          AND NOT EXISTS (
            SELECT FROM audit_entry AS here
            WHERE here.entry_id = (gone ->> 'entry_id')::uuid
              AND here.index >= first AND here.index < upper))
$$;
REVOKE ALL ON FUNCTION audit_buries_others(bigint, bigint) FROM PUBLIC;
"""
DROP_READING = """
DROP FUNCTION audit_buries_others(bigint, bigint);
DROP FUNCTION audit_body_field(text, bytea, text, text);
"""
# The rule of 0022 with a question more, edited where it stands.
EDIT = """
DO $edit$
BEGIN
    EXECUTE replace(
        pg_get_functiondef('audit_check_prunable(bigint, bigint)'::regprocedure),
        $old${old}$old$, $new${new}$new$);
END $edit$;
"""


class Migration(migrations.Migration):
    """Two functions that read, and the rule that asks them."""

    dependencies: ClassVar = [("audit", "0037_emergency_accesses_as_recorded")]
    operations: ClassVar = [
        migrations.RunSQL(
            READING + EDIT.replace("{old}", OLD).replace("{new}", NEW),
            EDIT.replace("{old}", NEW).replace("{new}", OLD) + DROP_READING,
            hints={"database": "default"},
        ),
    ]
