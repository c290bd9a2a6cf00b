"""Ask, when a subject's key ends, for holds on that subject or on everything.

The id of a data key tells when it was made; that of a subject's key is random, and read
as a time it lay under almost any span without an end. What such a hold covers is known
by the subject's data keys, which are still asked one by one. Runs on database `keys`.
"""

from typing import ClassVar

from django.db import migrations

RULE = """
CREATE OR REPLACE FUNCTION audit_subject_key_only_ends() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.destroyed_at IS NULL AND NEW.id = OLD.id
        AND NEW.created_at = OLD.created_at
    THEN
        IF NEW.destroyed_at IS NOT NULL AND NEW.wrapped IS NULL
            AND NEW.reference_hmac IS NULL AND NEW.wrapping_key = OLD.wrapping_key
        THEN
            PERFORM pg_advisory_xact_lock(5201730042);
            PERFORM audit_refuse_if_held({asked} OR EXISTS (
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
"""
BY_SUBJECT = """EXISTS (
                    SELECT FROM audit_keyhold
                    WHERE released_at IS NULL AND (subject_id = OLD.id
                        OR num_nonnulls(subject_id, key_ids, since, until) = 0))"""
BY_ID = "audit_key_is_held(OLD.id, ARRAY[OLD.id])"


class Migration(migrations.Migration):
    """The rule of 0018 with another question; the trigger stays."""

    dependencies: ClassVar = [("audit", "0031_descriptions_within_bounds")]
    operations: ClassVar = [
        migrations.RunSQL(
            RULE.replace("{asked}", BY_SUBJECT),
            RULE.replace("{asked}", BY_ID),
            hints={"database": "keys"},
        )
    ]
