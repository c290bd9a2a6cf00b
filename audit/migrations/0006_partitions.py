"""Partition entries by blocks of 2^20 indices and payloads by the month in their id.

What exists is not rewritten: the tables of before become the first partitions. Their
indexes are made again on the parents under the names they had, since later migrations
know those.

There is no default partition. One would fill in silence when the next partition is
missing, and then keep that partition from being made; without one the insert fails,
the ledger is unavailable, and that is seen. `audit_make_partitions` keeps a block and
a year ahead; it takes no argument and reads its own clock, so that who may call it can
ask for nothing else.

There is no way back but a backup.
"""

from typing import ClassVar

from django.db import migrations

FUNCTIONS = r"""
CREATE FUNCTION audit_month_start(month timestamp) RETURNS uuid
LANGUAGE sql STABLE SET search_path = public, pg_temp
-- RFC 9562, 5.7: the first 48 bits of a version 7 id are milliseconds since 1970.
RETURN rpad(lpad(to_hex((extract(epoch FROM month) * 1000)::bigint), 12, '0'), 32, '0')
    ::uuid;

CREATE FUNCTION audit_month_of(id uuid) RETURNS timestamp
LANGUAGE sql STABLE SET search_path = public, pg_temp
RETURN date_trunc('month', to_timestamp(
    ('x0000' || left(replace(id::text, '-', ''), 12))::bit(64)::bigint / 1000.0
) AT TIME ZONE 'UTC');

CREATE FUNCTION audit_partition_ends(parent regclass) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT substring(pg_get_expr(relpartbound, oid) FROM 'TO \(''([^'']+)''\)')
    FROM pg_class JOIN pg_inherits ON inhrelid = oid WHERE inhparent = parent
$$;

CREATE FUNCTION audit_guard_partition(name text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    -- The parent's row trigger came along; its TRUNCATE trigger is for itself only.
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER kept', name);
    EXECUTE format('CREATE TRIGGER kept_whole BEFORE TRUNCATE ON %I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()', name);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER kept_whole', name);
END $$;

CREATE FUNCTION audit_add_partition(parent text, name text, lower text, upper text)
RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    -- ATTACH, not PARTITION OF: that would stop all writers until the commit.
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', name, parent);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        parent, name, lower, upper);
    PERFORM audit_guard_partition(name);
END $$;

CREATE FUNCTION audit_add_entry_blocks(last_index bigint) RETURNS integer
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    block constant bigint := 1 << 20;
    made integer := 0;
    upper bigint := (SELECT max(e::bigint) FROM audit_partition_ends('audit_entry') e);
BEGIN
    WHILE upper <= last_index AND made < 64 LOOP
        PERFORM audit_add_partition('audit_entry', 'audit_entry_' || upper / block,
            upper::text, (upper + block)::text);
        upper := upper + block;
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

CREATE FUNCTION audit_add_payload_months(until timestamptz) RETURNS integer
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    made integer := 0;
    month timestamp := audit_month_of(
        (SELECT max(e) FROM audit_partition_ends('audit_payload') e)::uuid);
BEGIN
    WHILE month <= until AT TIME ZONE 'UTC' AND made < 64 LOOP
        PERFORM audit_add_partition('audit_payload',
            'audit_payload_' || to_char(month, 'YYYY_MM'),
            audit_month_start(month)::text,
            audit_month_start(month + interval '1 month')::text);
        month := month + interval '1 month';
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

CREATE FUNCTION audit_make_partitions() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head_index bigint := coalesce((SELECT first_index + size FROM audit_head), 0);
BEGIN
    -- Two callers would make the same table; what is rarely made may wait its turn.
    PERFORM pg_advisory_xact_lock(4857346120547341);
    RETURN audit_add_entry_blocks(head_index + (1 << 20))
        + audit_add_payload_months(now() + interval '12 months');
END $$;

REVOKE ALL ON FUNCTION audit_guard_partition(text), audit_make_partitions(),
    audit_add_partition(text, text, text, text), audit_add_entry_blocks(bigint),
    audit_add_payload_months(timestamptz) FROM PUBLIC;
"""

PARTITION = r"""
CREATE FUNCTION pg_temp.partition(parent text, first text, by_column text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    was record;
BEGIN
    EXECUTE format('DROP TRIGGER kept ON %I', parent);
    EXECUTE format('DROP TRIGGER kept_whole ON %I', parent);
    EXECUTE format('ALTER TABLE %I RENAME TO %I', parent, first);
    CREATE TEMP TABLE indexes_were ON COMMIT DROP AS
        SELECT indexname AS name, replace(indexdef, ' ON public.' || first || ' ',
            ' ON public.' || parent || ' ') AS definition, indisprimary
        FROM pg_indexes JOIN pg_index ON indexrelid = indexname::regclass
        WHERE tablename = first;
    FOR was IN SELECT * FROM indexes_were LOOP
        EXECUTE format('ALTER INDEX %I RENAME TO %I', was.name,
            left(replace(was.name, parent || '_', ''), 40) || '_of_' || first);
    END LOOP;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS'
        ' INCLUDING STORAGE INCLUDING COMPRESSION) PARTITION BY RANGE (%I)',
        parent, first, by_column);
    FOR was IN SELECT * FROM indexes_were LOOP
        IF was.indisprimary THEN
            EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (%I)',
                parent, was.name, by_column);
        ELSE
            EXECUTE was.definition;
        END IF;
    END LOOP;
    EXECUTE format('CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON %I'
        ' FOR EACH ROW EXECUTE FUNCTION audit_refuse()', parent);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER kept', parent);
    EXECUTE format('CREATE TRIGGER kept_whole BEFORE TRUNCATE ON %I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()', parent);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER kept_whole', parent);
    DROP TABLE indexes_were;
END $$;

SELECT pg_temp.partition('audit_entry', 'audit_entry_0', 'index');
SELECT pg_temp.partition('audit_payload', 'audit_payload_first', 'entry_id');
DROP FUNCTION pg_temp.partition(text, text, text);
"""

ATTACH = r"""
DO $$
DECLARE
    block constant bigint := 1 << 20;
    last_index bigint := coalesce((SELECT max(index) FROM audit_entry_0), 0);
    last_month timestamp := date_trunc('month', greatest(
        now() AT TIME ZONE 'UTC',
        (SELECT audit_month_of(entry_id) FROM audit_payload_first
         ORDER BY entry_id DESC LIMIT 1)));
BEGIN
    EXECUTE format('ALTER TABLE audit_entry ATTACH PARTITION audit_entry_0'
        ' FOR VALUES FROM (0) TO (%L)', (last_index / block + 1) * block);
    EXECUTE format('ALTER TABLE audit_payload ATTACH PARTITION audit_payload_first'
        ' FOR VALUES FROM (MINVALUE) TO (%L)',
        audit_month_start(last_month + interval '1 month'));
    PERFORM audit_guard_partition('audit_entry_0');
    PERFORM audit_guard_partition('audit_payload_first');
    PERFORM audit_make_partitions();
END $$;
"""


def step(sql: str) -> migrations.RunSQL:
    """Run the statements on the database that holds the entries."""
    return migrations.RunSQL(sql, hints={"database": "default"})


class Migration(migrations.Migration):
    """Functions, parents, then the old tables below them."""

    dependencies: ClassVar = [("audit", "0005_shards")]
    operations: ClassVar = [step(FUNCTIONS), step(PARTITION), step(ATTACH)]
