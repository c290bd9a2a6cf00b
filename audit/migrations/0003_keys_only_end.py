"""Let a data key change once: from wrapped to destroyed. Runs on database `keys`.

A deleted row would look like a lost key; a destroyed one says when it ended.
"""

from typing import ClassVar

from django.db import migrations

GUARD = """
CREATE FUNCTION audit_key_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.destroyed_at IS NULL AND NEW.destroyed_at IS NOT NULL
           AND NEW.wrapped IS NULL AND NEW.id = OLD.id
           AND NEW.wrapping_key = OLD.wrapping_key
           AND NEW.created_at = OLD.created_at THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a data key is only ever destroyed: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER only_ends BEFORE UPDATE OR DELETE ON audit_datakey
    FOR EACH ROW EXECUTE FUNCTION audit_key_only_ends();
ALTER TABLE audit_datakey ENABLE ALWAYS TRIGGER only_ends;
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON audit_datakey
    FOR EACH STATEMENT EXECUTE FUNCTION audit_key_only_ends();
ALTER TABLE audit_datakey ENABLE ALWAYS TRIGGER kept_whole;
"""

DROP_GUARD = """
DROP TRIGGER kept_whole ON audit_datakey;
DROP TRIGGER only_ends ON audit_datakey;
DROP FUNCTION audit_key_only_ends();
"""


class Migration(migrations.Migration):
    """One guard on one table."""

    dependencies: ClassVar = [("audit", "0002_append_only")]
    operations: ClassVar = [
        migrations.RunSQL(GUARD, DROP_GUARD, hints={"database": "keys"})
    ]
