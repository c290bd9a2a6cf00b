"""References and askers stay as they are; a closed answer gains none.

The same rules as for an answer's passages, by the same functions.
"""

from django.db import migrations

FORWARD = """
CREATE TRIGGER answering_answerreference_frozen
    BEFORE UPDATE OR DELETE ON answering_answerreference
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();
CREATE TRIGGER answering_answerreference_in_time
    BEFORE INSERT ON answering_answerreference
    FOR EACH ROW EXECUTE FUNCTION answering_only_while_open();
CREATE TRIGGER answering_asker_frozen BEFORE UPDATE OR DELETE ON answering_asker
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();

ALTER TABLE answering_answerreference
    ENABLE ALWAYS TRIGGER answering_answerreference_frozen;
ALTER TABLE answering_answerreference
    ENABLE ALWAYS TRIGGER answering_answerreference_in_time;
ALTER TABLE answering_asker ENABLE ALWAYS TRIGGER answering_asker_frozen;
"""

BACKWARD = """
DROP TRIGGER answering_answerreference_frozen ON answering_answerreference;
DROP TRIGGER answering_answerreference_in_time ON answering_answerreference;
DROP TRIGGER answering_asker_frozen ON answering_asker;
"""


class Migration(migrations.Migration):
    dependencies = [("answering", "0005_references_of_old_answers")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
