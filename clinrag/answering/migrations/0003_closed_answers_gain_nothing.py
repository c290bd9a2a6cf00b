"""A closed answer gains no citation and no passage: rows come while it is open.

The share lock waits for a rival that is just closing the answer, and then sees its
state; a key-share lock, which the foreign key takes, would not wait. `pg_temp` is
named last, or a temporary table named `answering_answer` would be asked instead.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION answering_only_while_open() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM answering_answer WHERE id = NEW.answer_id AND state = 'open' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a closed answer gains no rows of %', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER answering_citation_in_time BEFORE INSERT ON answering_citation
    FOR EACH ROW EXECUTE FUNCTION answering_only_while_open();
CREATE TRIGGER answering_answerpassage_in_time BEFORE INSERT ON answering_answerpassage
    FOR EACH ROW EXECUTE FUNCTION answering_only_while_open();

ALTER TABLE answering_citation ENABLE ALWAYS TRIGGER answering_citation_in_time;
ALTER TABLE answering_answerpassage ENABLE ALWAYS TRIGGER answering_answerpassage_in_time;
"""

BACKWARD = """
DROP TRIGGER answering_citation_in_time ON answering_citation;
DROP TRIGGER answering_answerpassage_in_time ON answering_answerpassage;
DROP FUNCTION answering_only_while_open();
"""


class Migration(migrations.Migration):
    dependencies = [("answering", "0002_freeze_closed_answers")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
