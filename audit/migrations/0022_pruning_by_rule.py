"""Drop a block of entries only by a function that asks every condition itself.

It runs with the owner's rights and reads its own clock: who may call it can name a
block and an authorization, nothing else. All conditions are asked under the lock that
holds are placed under. A hold on a person, a version or everything stops all pruning:
whom a block concerns is not known in this database, and ten years can wait.
"""

from typing import ClassVar

from django.db import migrations

RULES = r"""
CREATE FUNCTION audit_entry_partitions()
RETURNS TABLE (name text, first_index bigint, end_index bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT relname::text,
        substring(bound FROM 'FROM \(''?(\d+)''?\)')::bigint,
        substring(bound FROM 'TO \(''?(\d+)''?\)')::bigint
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid,
        LATERAL (SELECT pg_get_expr(relpartbound, pg_class.oid)) AS b (bound)
    WHERE inhparent = 'audit_entry'::regclass
    ORDER BY 2
$$;

CREATE FUNCTION audit_check_prunable(first bigint, upper bigint) RETURNS timestamptz
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    shard_number integer;
    shard_first bigint;
    years integer;
    kept_until timestamptz;
BEGIN
    SELECT number, first_index INTO shard_number, shard_first FROM audit_shard
    WHERE first_index <= first ORDER BY number DESC LIMIT 1;
    shard_first := coalesce(shard_first, 0);
    IF (first - shard_first) % 256 <> 0 OR (upper - shard_first) % 256 <> 0
        OR EXISTS (SELECT FROM audit_shard WHERE first_index > first
                   AND first_index < upper)
    THEN
        RAISE EXCEPTION 'the block is no whole number of tiles of one shard';
    END IF;
    IF NOT EXISTS (SELECT FROM audit_checkpoint WHERE shard = coalesce(shard_number, 1)
                   AND size >= upper - shard_first)
        OR (SELECT count(*) FROM audit_entry WHERE index >= first AND index < upper)
           <> upper - first
    THEN
        RAISE EXCEPTION 'the block is not whole and signed';
    END IF;
    IF EXISTS (SELECT FROM audit_entry WHERE index >= first AND index < upper
               AND type LIKE 'log.%')
    THEN
        RAISE EXCEPTION 'the block says how to verify the log';
    END IF;
    SELECT greatest(10, max(f.years)) INTO years FROM audit_retentionfloor AS f
    WHERE f.applies_from <= current_date AND (f.retention_class = '*'
        OR f.retention_class IN (
            SELECT p.retention_class FROM audit_payload AS p
            JOIN audit_entry AS e ON e.entry_id = p.entry_id
            WHERE e.index >= first AND e.index < upper));
    -- Null, of an entry whose time cannot be read, keeps the block.
    SELECT CASE WHEN count(*) = count(at)
        THEN max(greatest(at, audit_id_time(entry_id))) + make_interval(years => years)
        END INTO kept_until
    FROM audit_entry WHERE index >= first AND index < upper;
    IF kept_until IS NULL OR kept_until > now() THEN
        RAISE EXCEPTION 'the block is kept until %', kept_until;
    END IF;
    RETURN kept_until;
END $$;

CREATE FUNCTION audit_check_not_held(first bigint, upper bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM audit_legalhold WHERE released_at IS NULL
               AND kind IN ('subject', 'version', 'everything'))
        OR EXISTS (SELECT FROM audit_held_entries(ARRAY(
            SELECT entry_id FROM audit_entry WHERE index >= first AND index < upper)))
    THEN
        RAISE EXCEPTION 'a legal hold covers the block, or may';
    END IF;
END $$;

CREATE FUNCTION audit_drop_pruned_payloads() RETURNS text[]
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    part text;
    has_rows boolean;
    is_needed boolean;
    dropped text[] := '{}';
BEGIN
    FOR part IN SELECT inhrelid::regclass::text FROM pg_inherits
        WHERE inhparent = 'audit_payload'::regclass
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', part) INTO has_rows;
        EXECUTE format('SELECT EXISTS (SELECT FROM %s AS p WHERE NOT EXISTS ('
            'SELECT FROM audit_prunedentry AS e WHERE e.entry_id = p.entry_id))', part)
            INTO is_needed;
        IF has_rows AND NOT is_needed THEN
            EXECUTE format('ALTER TABLE audit_payload DETACH PARTITION %s', part);
            EXECUTE format('DROP TABLE %s', part);
            dropped := dropped || part;
        END IF;
    END LOOP;
    RETURN dropped;
END $$;

CREATE FUNCTION audit_prune(
    first bigint, authority uuid,
    OUT end_index bigint, OUT kept_until timestamptz, OUT payload_partitions text[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- Taking a partition off stops all writers: rather not now than for long.
SET lock_timeout = '5s' AS $$
DECLARE
    part text;
BEGIN
    PERFORM pg_advisory_xact_lock(5201730043);
    SELECT p.name, p.end_index INTO part, audit_prune.end_index
    FROM audit_entry_partitions() AS p WHERE p.first_index = first;
    IF part IS NULL THEN
        RAISE EXCEPTION 'no block begins here';
    END IF;
    IF NOT audit_is_executed(authority, 'pruning',
            jsonb_build_object('first_index', first::text))
        OR EXISTS (SELECT FROM audit_prunedblock WHERE authorization_id = authority)
    THEN
        RAISE EXCEPTION 'two people have not agreed on this block';
    END IF;
    PERFORM audit_check_not_held(first, end_index);
    kept_until := audit_check_prunable(first, end_index);
    INSERT INTO audit_prunedblock (first_index, end_index, authorization_id, kept_until,
        pruned_at) VALUES (first, audit_prune.end_index, authority,
        audit_prune.kept_until, now());
    EXECUTE format('INSERT INTO audit_prunedentry (index, entry_id, leaf_hash)'
        ' SELECT index, entry_id, leaf_hash FROM %I', part);
    EXECUTE format('ALTER TABLE audit_entry DETACH PARTITION %I', part);
    EXECUTE format('DROP TABLE %I', part);
    payload_partitions := audit_drop_pruned_payloads();
END $$;

CREATE FUNCTION audit_floor_is_told() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF audit_is_told(NEW.entry_id, 'retention.floor_set', 'floor_id', NEW.id::text) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a floor needs its entry: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER told BEFORE INSERT ON audit_retentionfloor
    FOR EACH ROW EXECUTE FUNCTION audit_floor_is_told();
ALTER TABLE audit_retentionfloor ENABLE ALWAYS TRIGGER told;

REVOKE ALL ON FUNCTION audit_prune(bigint, uuid), audit_drop_pruned_payloads(),
    audit_check_prunable(bigint, bigint), audit_check_not_held(bigint, bigint)
    FROM PUBLIC;
"""

DROP_RULES = """
DROP TRIGGER told ON audit_retentionfloor;
DROP FUNCTION audit_floor_is_told();
DROP FUNCTION audit_prune(bigint, uuid);
DROP FUNCTION audit_drop_pruned_payloads();
DROP FUNCTION audit_check_not_held(bigint, bigint);
DROP FUNCTION audit_check_prunable(bigint, bigint);
DROP FUNCTION audit_entry_partitions();
"""

KEPT = ("audit_retentionfloor", "audit_prunedblock", "audit_prunedentry")


def step(sql: str, reverse: str) -> migrations.RunSQL:
    """Run the statements on the database that holds the entries."""
    return migrations.RunSQL(sql, reverse, hints={"database": "default"})


def kept(table: str) -> tuple[str, str]:
    create = f"""
    CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION audit_refuse();
    ALTER TABLE {table} ENABLE ALWAYS TRIGGER kept;
    CREATE TRIGGER kept_whole BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
    ALTER TABLE {table} ENABLE ALWAYS TRIGGER kept_whole;
    """
    return create, f"DROP TRIGGER kept_whole ON {table}; DROP TRIGGER kept ON {table};"


class Migration(migrations.Migration):
    """The rules, then the tables that only grow."""

    dependencies: ClassVar = [("audit", "0021_retention")]
    operations: ClassVar = [
        step(RULES, DROP_RULES),
        *(step(*kept(table)) for table in KEPT),
    ]
