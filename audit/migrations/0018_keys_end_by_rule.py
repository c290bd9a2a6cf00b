"""Let keys end only where no legal hold covers them. Runs on database `keys`.

The application calls `audit_destroy_keys` and has no right to UPDATE; the rule itself
is a trigger, so that it holds for the owner too. Placing a hold and destroying a key
wait for each other by one advisory lock. Wrapping a key anew is left to the owner: the
database cannot tell a key wrapped anew from one overwritten.
"""

from typing import ClassVar

from django.db import migrations

RULES = """
CREATE FUNCTION audit_share_keys() RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock_shared(5201730042)
$$;

CREATE FUNCTION audit_time_of_key(key uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$
    -- RFC 9562: the first 48 bits of a version 7 id are milliseconds.
    SELECT to_timestamp(
        ('x0000' || left(replace(key::text, '-', ''), 12))::bit(64)::bigint / 1000.0)
$$;

CREATE FUNCTION audit_key_is_held(key uuid, subjects uuid[]) RETURNS boolean
LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM audit_keyhold
        WHERE released_at IS NULL AND (
            num_nonnulls(subject_id, key_ids, since, until) = 0
            OR subject_id = ANY(subjects)
            OR key = ANY(key_ids)
            OR (num_nonnulls(since, until) > 0
                AND audit_time_of_key(key) >= coalesce(since, '-infinity')
                AND audit_time_of_key(key) < coalesce(until, 'infinity'))
        )
    )
$$;

CREATE FUNCTION audit_refuse_if_held(held boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF held THEN
        RAISE EXCEPTION 'content under a legal hold: destroying its key is refused'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION audit_key_only_ends() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.destroyed_at IS NULL AND NEW.id = OLD.id
        AND NEW.created_at = OLD.created_at AND NEW.subject_ids = OLD.subject_ids
    THEN
        IF NEW.destroyed_at IS NOT NULL AND NEW.wrapped IS NULL
            AND NEW.wrapping_key = OLD.wrapping_key
        THEN
            PERFORM pg_advisory_xact_lock(5201730042);
            PERFORM audit_refuse_if_held(audit_key_is_held(OLD.id, OLD.subject_ids));
            RETURN NEW;
        END IF;
        IF NEW.destroyed_at IS NULL AND OLD.wrapped IS NOT NULL
            AND NEW.wrapped IS NOT NULL AND NEW.wrapping_key <> OLD.wrapping_key
            AND 'subjects' NOT IN (NEW.wrapping_key, OLD.wrapping_key)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a data key is only ever destroyed: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit_subject_key_only_ends() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.destroyed_at IS NULL AND NEW.id = OLD.id
        AND NEW.created_at = OLD.created_at
    THEN
        IF NEW.destroyed_at IS NOT NULL AND NEW.wrapped IS NULL
            AND NEW.reference_hmac IS NULL AND NEW.wrapping_key = OLD.wrapping_key
        THEN
            PERFORM pg_advisory_xact_lock(5201730042);
            PERFORM audit_refuse_if_held(
                audit_key_is_held(OLD.id, ARRAY[OLD.id]) OR EXISTS (
                    SELECT FROM audit_datakey
                    WHERE subject_ids @> ARRAY[OLD.id] AND wrapped IS NOT NULL
                      AND audit_key_is_held(id, subject_ids)));
            RETURN NEW;
        END IF;
        IF NEW.destroyed_at IS NULL AND OLD.wrapped IS NOT NULL
            AND NEW.wrapped IS NOT NULL AND NEW.wrapping_key <> OLD.wrapping_key
            AND NEW.reference_hmac = OLD.reference_hmac
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the key of a subject is only ever destroyed: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit_reference_key_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.id = OLD.id AND NEW.created_at = OLD.created_at
        AND NEW.wrapping_key <> OLD.wrapping_key
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the key of references is kept: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit_key_hold_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.released_at IS NULL THEN
        -- A key that is being destroyed is gone, or stays, before the hold is placed.
        PERFORM pg_advisory_xact_lock(5201730042);
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.released_at IS NULL AND NEW.released_at IS NOT NULL
        AND NEW.release_entry_id IS NOT NULL
        AND ROW(NEW.id, NEW.hold_id, NEW.subject_id, NEW.key_ids, NEW.since, NEW.until,
                NEW.placed_at)
            IS NOT DISTINCT FROM
            ROW(OLD.id, OLD.hold_id, OLD.subject_id, OLD.key_ids, OLD.since, OLD.until,
                OLD.placed_at)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a hold is only ever released: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit_destroy_keys(keys uuid[], subjects uuid[], at timestamptz)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    of_content integer;
    of_subjects integer;
BEGIN
    PERFORM pg_advisory_xact_lock(5201730042);
    UPDATE audit_datakey SET wrapped = NULL, destroyed_at = at
    WHERE (id = ANY(keys) OR subject_ids && subjects) AND destroyed_at IS NULL;
    GET DIAGNOSTICS of_content = ROW_COUNT;
    UPDATE audit_subjectkey
    SET wrapped = NULL, reference_hmac = NULL, destroyed_at = at
    WHERE id = ANY(subjects) AND destroyed_at IS NULL;
    GET DIAGNOSTICS of_subjects = ROW_COUNT;
    RETURN of_content + of_subjects;
END $$;
REVOKE ALL ON FUNCTION audit_destroy_keys(uuid[], uuid[], timestamptz) FROM PUBLIC;
"""

DROP_RULES = """
DROP FUNCTION audit_destroy_keys(uuid[], uuid[], timestamptz);
DROP FUNCTION audit_key_hold_only_ends();
DROP FUNCTION audit_reference_key_is_kept();
DROP FUNCTION audit_subject_key_only_ends();
DROP FUNCTION audit_refuse_if_held(boolean);
DROP FUNCTION audit_key_is_held(uuid, uuid[]);
DROP FUNCTION audit_time_of_key(uuid);
DROP FUNCTION audit_share_keys();
"""

GUARDS = {
    "audit_subjectkey": ("audit_subject_key_only_ends", "UPDATE OR DELETE"),
    "audit_referencekey": ("audit_reference_key_is_kept", "UPDATE OR DELETE"),
    "audit_keyhold": ("audit_key_hold_only_ends", "INSERT OR UPDATE OR DELETE"),
}


def step(sql: str, reverse: str) -> migrations.RunSQL:
    """Run the statements on the database of keys."""
    return migrations.RunSQL(sql, reverse, hints={"database": "keys"})


def guarded(table: str, function: str, events: str) -> tuple[str, str]:
    create = f"""
    CREATE TRIGGER only_ends BEFORE {events} ON {table}
        FOR EACH ROW EXECUTE FUNCTION {function}();
    ALTER TABLE {table} ENABLE ALWAYS TRIGGER only_ends;
    CREATE TRIGGER kept_whole BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION {function}();
    ALTER TABLE {table} ENABLE ALWAYS TRIGGER kept_whole;
    """
    drop = f"DROP TRIGGER kept_whole ON {table}; DROP TRIGGER only_ends ON {table};"
    return create, drop


class Migration(migrations.Migration):
    """The rules, then the triggers that hold each table to them."""

    dependencies: ClassVar = [("audit", "0017_subject_keys")]
    operations: ClassVar = [
        step(RULES, DROP_RULES),
        *(step(*guarded(table, *how)) for table, how in GUARDS.items()),
    ]
