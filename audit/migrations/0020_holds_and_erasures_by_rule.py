"""Hold legal holds and erasures to their rules in the database, for the owner too.

A hold needs the entry that says it was placed, and ends only on an executed
authorization for exactly this hold. An erasure begins only on an executed
authorization for it, and never while a hold covers what it names; holds on subjects are
known to database `keys`, whose own trigger refuses for those.
"""

from typing import ClassVar

from django.db import migrations

RULES = """
CREATE FUNCTION audit_entries_under(kind text, id uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT id WHERE kind IN ('entry', 'question')
    UNION
    SELECT entry_id FROM audit_closedquery WHERE kind = 'question' AND query_id = id
    UNION
    SELECT unnest(ARRAY[entry_id, (told #>> '{fields,query_entry_id}')::uuid])
    FROM (
        SELECT entry_id, convert_from(body, 'UTF8')::jsonb AS told FROM audit_entry
        WHERE kind = 'version' AND audit_entry.query_id IS NOT NULL
        UNION ALL
        SELECT entry_id, convert_from(body, 'UTF8')::jsonb FROM audit_inboxentry
        WHERE kind = 'version'
    ) AS ends
    WHERE told @> jsonb_build_object('fields', jsonb_build_object('retrieved',
        jsonb_build_array(jsonb_build_object('version_id', id::text))))
$$;

CREATE FUNCTION audit_reads_version(entry uuid, version text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM (
            SELECT body FROM audit_entry WHERE entry_id IN (entry,
                (SELECT c.entry_id FROM audit_closedquery AS c WHERE c.query_id = entry))
            UNION ALL
            SELECT body FROM audit_inboxentry WHERE entry_id IN (entry,
                (SELECT c.entry_id FROM audit_closedquery AS c WHERE c.query_id = entry))
        ) AS ends
        WHERE convert_from(body, 'UTF8')::jsonb @> jsonb_build_object('fields',
            jsonb_build_object('retrieved',
                jsonb_build_array(jsonb_build_object('version_id', version))))
    )
$$;

CREATE FUNCTION audit_id_time(id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$
    -- RFC 9562: the first 48 bits of a version 7 id are milliseconds.
    SELECT to_timestamp(
        ('x0000' || left(replace(id::text, '-', ''), 12))::bit(64)::bigint / 1000.0)
$$;

CREATE FUNCTION audit_held_entries(wanted uuid[])
RETURNS TABLE (entry_id uuid, hold_id uuid)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT one, hold.id FROM unnest(wanted) AS one, audit_legalhold AS hold
    WHERE hold.released_at IS NULL AND CASE hold.kind
        WHEN 'everything' THEN true
        WHEN 'time' THEN
            audit_id_time(one) >= coalesce((hold.scope ->> 'since')::timestamptz,
                '-infinity')
            AND audit_id_time(one) < coalesce((hold.scope ->> 'until')::timestamptz,
                'infinity')
        WHEN 'entry' THEN one = (hold.scope ->> 'entry')::uuid
        WHEN 'question' THEN one = (hold.scope ->> 'question')::uuid OR one IN (
            SELECT c.entry_id FROM audit_closedquery AS c
            WHERE c.query_id = (hold.scope ->> 'question')::uuid)
        WHEN 'version' THEN audit_reads_version(one, hold.scope ->> 'version')
        ELSE false END
$$;

CREATE FUNCTION audit_is_executed(
    authorization_id uuid, wanted text, about jsonb
) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM audit_authorization
        WHERE id = authorization_id AND action = wanted AND state = 'executed'
          AND scope = about AND decided_by <> requested_by
    )
$$;

CREATE FUNCTION audit_is_told(step uuid, kind text, field text, value text)
RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM audit_inboxentry,
            LATERAL (SELECT convert_from(body, 'UTF8')::jsonb) AS entry (told)
        WHERE entry_id = step AND told ->> 'type' = kind
          AND told -> 'fields' ->> field = value
    )
$$;

CREATE FUNCTION audit_hold_only_ends() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    allowed boolean := false;
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM pg_advisory_xact_lock(5201730043);
        allowed := NEW.released_at IS NULL AND audit_is_told(
            NEW.placed_entry_id, 'hold.placed', 'hold_id', NEW.id::text);
    ELSIF TG_OP = 'UPDATE' AND OLD.released_at IS NULL AND NEW.released_at IS NOT NULL
        AND to_jsonb(NEW) - 'released_at' - 'released_entry_id' - 'authorization_id'
          = to_jsonb(OLD) - 'released_at' - 'released_entry_id' - 'authorization_id'
    THEN
        allowed := audit_is_executed(NEW.authorization_id, 'hold_release',
                jsonb_build_object('hold', NEW.id::text))
            AND audit_is_told(
                NEW.released_entry_id, 'hold.released', 'hold_id', NEW.id::text);
    END IF;
    IF allowed IS NOT TRUE THEN
        RAISE EXCEPTION 'a hold is only ever released, by two people: % is refused', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION audit_erasure_moves_on() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    allowed boolean := false;
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM pg_advisory_xact_lock(5201730043);
        IF EXISTS (SELECT FROM audit_held_entries(NEW.key_ids)) THEN
            RAISE EXCEPTION 'content under a legal hold: erasing it is refused'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        allowed := NEW.state = 'begun' AND NEW.ended_at IS NULL
            AND audit_is_executed(NEW.authorization_id, 'erasure',
                NEW.scope || jsonb_build_object('reason_class', NEW.reason_class));
    ELSIF TG_OP = 'UPDATE' AND ROW(NEW.id, NEW.authorization_id, NEW.kind, NEW.scope,
            NEW.reason_class, NEW.subject_ids, NEW.begun_at)
        IS NOT DISTINCT FROM ROW(OLD.id, OLD.authorization_id, OLD.kind, OLD.scope,
            OLD.reason_class, OLD.subject_ids, OLD.begun_at)
    THEN
        allowed := CASE OLD.state || ' ' || NEW.state
            WHEN 'begun done' THEN audit_is_told(NEW.ended_entry_id,
                'content.erased', 'erasure_id', NEW.id::text)
            WHEN 'begun stopped' THEN audit_is_told(NEW.ended_entry_id,
                'content.erasure_stopped', 'erasure_id', NEW.id::text)
            WHEN 'done done' THEN audit_is_told(NEW.checked_entry_id,
                'content.erasure_checked', 'erasure_id', NEW.id::text)
            WHEN 'done checked' THEN audit_is_told(NEW.checked_entry_id,
                'content.erasure_checked', 'erasure_id', NEW.id::text)
            ELSE false END;
    END IF;
    IF allowed IS NOT TRUE THEN
        RAISE EXCEPTION 'an erasure only moves on, as recorded: % is refused', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
"""

DROP_RULES = """
DROP FUNCTION audit_erasure_moves_on();
DROP FUNCTION audit_hold_only_ends();
DROP FUNCTION audit_is_told(uuid, text, text, text);
DROP FUNCTION audit_is_executed(uuid, text, jsonb);
DROP FUNCTION audit_held_entries(uuid[]);
DROP FUNCTION audit_id_time(uuid);
DROP FUNCTION audit_reads_version(uuid, text);
DROP FUNCTION audit_entries_under(text, uuid);
"""

GUARDS = {
    "audit_legalhold": "audit_hold_only_ends",
    "audit_erasure": "audit_erasure_moves_on",
}


def step(sql: str, reverse: str) -> migrations.RunSQL:
    """Run the statements on the database that holds the entries."""
    return migrations.RunSQL(sql, reverse, hints={"database": "default"})


def guarded(table: str, function: str) -> tuple[str, str]:
    create = f"""
    CREATE TRIGGER moves_on BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {function}();
    ALTER TABLE {table} ENABLE ALWAYS TRIGGER moves_on;
    CREATE TRIGGER kept_whole BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
    ALTER TABLE {table} ENABLE ALWAYS TRIGGER kept_whole;
    """
    drop = f"DROP TRIGGER kept_whole ON {table}; DROP TRIGGER moves_on ON {table};"
    return create, drop


class Migration(migrations.Migration):
    """The rules, then the triggers that hold each table to them."""

    dependencies: ClassVar = [("audit", "0019_holds_and_erasures")]
    operations: ClassVar = [
        step(RULES, DROP_RULES),
        *(step(*guarded(table, function)) for table, function in GUARDS.items()),
    ]
