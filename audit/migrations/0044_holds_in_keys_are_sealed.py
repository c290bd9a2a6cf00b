"""Release a hold in database `keys` only with a token that the records give out.

That database cannot ask for the two people who agree to a release. So each hold has a
random token in the records, where no role may read it; `keys` has its hash, and its
trigger asks for the token. A function of the records gives it out once the hold there is
released, on the word of two people and with its entry, or was never committed at all.
Whoever has the application's role on `keys` can so release nothing by a statement; with
its role on the records too, only by entries that say so.

The owner of `keys` ends a row without it: the records may have lost hold and token. Rows
of before this rule have no hash and end as they did; `holds.mirror` adds one that has.
"""

from typing import ClassVar

from django.db import migrations, models

RECORDS = """
CREATE FUNCTION audit_seal_hold(hold uuid) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Two random ids, since the core of PostgreSQL makes no longer secret: 244 bits.
    INSERT INTO audit_holdseal (hold_id, token) VALUES (hold, decode(replace(
        gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'))
    ON CONFLICT DO NOTHING;
    RETURN (SELECT sha256(token) FROM audit_holdseal WHERE hold_id = hold);
END $$;

CREATE FUNCTION audit_open_hold(hold uuid) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Whoever places this hold at the moment has not committed it: wait for that.
    PERFORM pg_advisory_xact_lock(5201730043);
    IF EXISTS (SELECT FROM audit_legalhold WHERE id = hold AND released_at IS NULL) THEN
        RETURN NULL;
    END IF;
    UPDATE audit_holdseal SET opened_at = coalesce(opened_at, now())
    WHERE hold_id = hold;
    RETURN (SELECT token FROM audit_holdseal WHERE hold_id = hold);
END $$;

CREATE FUNCTION audit_hold_is_sealed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(5201730043);
    IF EXISTS (SELECT FROM audit_holdseal WHERE hold_id = NEW.id AND opened_at IS NULL)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a hold needs a seal that nobody opened: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit_seal_is_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.hold_id = OLD.hold_id AND NEW.token = OLD.token
        AND (OLD.opened_at IS NULL OR NEW.opened_at = OLD.opened_at)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the seal of a hold is kept: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;

INSERT INTO audit_holdseal (hold_id, token)
SELECT id, decode(replace(
    gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')
FROM audit_legalhold;

CREATE TRIGGER sealed BEFORE INSERT ON audit_legalhold
    FOR EACH ROW EXECUTE FUNCTION audit_hold_is_sealed();
ALTER TABLE audit_legalhold ENABLE ALWAYS TRIGGER sealed;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON audit_holdseal
    FOR EACH ROW EXECUTE FUNCTION audit_seal_is_kept();
ALTER TABLE audit_holdseal ENABLE ALWAYS TRIGGER kept;
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON audit_holdseal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_seal_is_kept();
ALTER TABLE audit_holdseal ENABLE ALWAYS TRIGGER kept_whole;

REVOKE ALL ON FUNCTION audit_seal_hold(uuid), audit_open_hold(uuid) FROM PUBLIC;
"""

KEYS = """
CREATE OR REPLACE FUNCTION audit_key_hold_only_ends() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    is_owner boolean := current_user = (
        SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID);
BEGIN
    IF TG_OP = 'INSERT' AND NEW.released_at IS NULL AND NEW.release_token IS NULL
        AND (is_owner OR coalesce(length(NEW.release_hash), 0) = 32)
    THEN
        -- A key that is being destroyed is gone, or stays, before the hold is placed.
        PERFORM pg_advisory_xact_lock(5201730042);
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.released_at IS NULL AND NEW.released_at IS NOT NULL
        AND NEW.release_entry_id IS NOT NULL
        AND ROW(NEW.id, NEW.hold_id, NEW.subject_id, NEW.key_ids, NEW.since, NEW.until,
                NEW.placed_at, NEW.covered_to, NEW.release_hash)
            IS NOT DISTINCT FROM
            ROW(OLD.id, OLD.hold_id, OLD.subject_id, OLD.key_ids, OLD.since, OLD.until,
                OLD.placed_at, OLD.covered_to, OLD.release_hash)
        AND (is_owner OR OLD.release_hash IS NULL
            OR coalesce(sha256(NEW.release_token) = OLD.release_hash, false))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a hold is only ever released, with its token: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def step(sql: str, database: str) -> migrations.RunSQL:
    """Run the statements on one of the two databases."""
    return migrations.RunSQL(sql, hints={"database": database})


class Migration(migrations.Migration):
    """A table, three columns, the rules. There is no way back but a backup."""

    dependencies: ClassVar = [("audit", "0043_versions_read_are_indexed")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="HoldSeal",
            fields=[
                ("hold_id", models.UUIDField(primary_key=True, serialize=False)),
                ("token", models.BinaryField()),
                ("opened_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField("keyhold", "covered_to", models.BigIntegerField(null=True)),
        migrations.AddField("keyhold", "release_hash", models.BinaryField(null=True)),
        migrations.AddField("keyhold", "release_token", models.BinaryField(null=True)),
        step(RECORDS, "default"),
        step(KEYS, "keys"),
    ]
