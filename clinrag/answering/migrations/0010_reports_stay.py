"""A report of foresight that ended never changes; a golden question is only retired."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION answering_guard_foresight() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'running' OR
       (NEW.id, NEW.version_id, NEW.older_id, NEW.supposed_at, NEW.corpus_position,
        NEW.rules, NEW.requested_by, NEW.requested_by_name, NEW.requested_at)
       IS DISTINCT FROM
       (OLD.id, OLD.version_id, OLD.older_id, OLD.supposed_at, OLD.corpus_position,
        OLD.rules, OLD.requested_by, OLD.requested_by_name, OLD.requested_at) THEN
        RAISE EXCEPTION 'a report that ended never changes'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION answering_guard_golden() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.retired_at IS NOT NULL OR NEW.retired_at IS NULL OR
       (to_jsonb(NEW) - ARRAY['retired_at', 'retired_by', 'retired_by_name'])
       IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['retired_at', 'retired_by', 'retired_by_name']) THEN
        RAISE EXCEPTION 'a golden question is only retired, once'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER answering_foresightreport_guard
    BEFORE UPDATE ON answering_foresightreport
    FOR EACH ROW EXECUTE FUNCTION answering_guard_foresight();
CREATE TRIGGER answering_foresightreport_kept
    BEFORE DELETE ON answering_foresightreport
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();
CREATE TRIGGER answering_goldenquestion_guard
    BEFORE UPDATE ON answering_goldenquestion
    FOR EACH ROW EXECUTE FUNCTION answering_guard_golden();
CREATE TRIGGER answering_goldenquestion_kept
    BEFORE DELETE ON answering_goldenquestion
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();

ALTER TABLE answering_foresightreport
    ENABLE ALWAYS TRIGGER answering_foresightreport_guard;
ALTER TABLE answering_foresightreport
    ENABLE ALWAYS TRIGGER answering_foresightreport_kept;
ALTER TABLE answering_goldenquestion
    ENABLE ALWAYS TRIGGER answering_goldenquestion_guard;
ALTER TABLE answering_goldenquestion
    ENABLE ALWAYS TRIGGER answering_goldenquestion_kept;
"""

BACKWARD = """
DROP TRIGGER answering_foresightreport_guard ON answering_foresightreport;
DROP TRIGGER answering_foresightreport_kept ON answering_foresightreport;
DROP TRIGGER answering_goldenquestion_guard ON answering_goldenquestion;
DROP TRIGGER answering_goldenquestion_kept ON answering_goldenquestion;
DROP FUNCTION answering_guard_foresight();
DROP FUNCTION answering_guard_golden();
"""


class Migration(migrations.Migration):
    dependencies = [("answering", "0009_foresight")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
