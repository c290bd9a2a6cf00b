"""A closed answer, its citations and its passages, and every template, stay as they are.

Row triggers, ALWAYS enabled so that replication mode does not skip them. They stop
mistakes and the application's own role; what proves the absence of tampering is the
ledger, with which every row can be compared.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION answering_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION answering_guard_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'open' THEN
        RAISE EXCEPTION 'a closed answer is never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.id, NEW.query_entry_id, NEW.actor_id, NEW.created_at)
       IS DISTINCT FROM (OLD.id, OLD.query_entry_id, OLD.actor_id, OLD.created_at) THEN
        RAISE EXCEPTION 'who asked what and when is never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER answering_answer_guard BEFORE UPDATE ON answering_answer
    FOR EACH ROW EXECUTE FUNCTION answering_guard_answer();
CREATE TRIGGER answering_answer_kept BEFORE DELETE ON answering_answer
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();
CREATE TRIGGER answering_citation_frozen BEFORE UPDATE OR DELETE ON answering_citation
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();
CREATE TRIGGER answering_answerpassage_frozen BEFORE UPDATE OR DELETE ON answering_answerpassage
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();
CREATE TRIGGER answering_prompttemplate_frozen BEFORE UPDATE OR DELETE ON answering_prompttemplate
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();

ALTER TABLE answering_answer ENABLE ALWAYS TRIGGER answering_answer_guard;
ALTER TABLE answering_answer ENABLE ALWAYS TRIGGER answering_answer_kept;
ALTER TABLE answering_citation ENABLE ALWAYS TRIGGER answering_citation_frozen;
ALTER TABLE answering_answerpassage ENABLE ALWAYS TRIGGER answering_answerpassage_frozen;
ALTER TABLE answering_prompttemplate ENABLE ALWAYS TRIGGER answering_prompttemplate_frozen;
"""

BACKWARD = """
DROP TRIGGER answering_answer_guard ON answering_answer;
DROP TRIGGER answering_answer_kept ON answering_answer;
DROP TRIGGER answering_citation_frozen ON answering_citation;
DROP TRIGGER answering_answerpassage_frozen ON answering_answerpassage;
DROP TRIGGER answering_prompttemplate_frozen ON answering_prompttemplate;
DROP FUNCTION answering_guard_answer();
DROP FUNCTION answering_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("answering", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
