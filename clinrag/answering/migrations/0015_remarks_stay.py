"""What was said of an answer is never rewritten."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER answering_answerremark_frozen
    BEFORE UPDATE OR DELETE ON answering_answerremark
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();
ALTER TABLE answering_answerremark
    ENABLE ALWAYS TRIGGER answering_answerremark_frozen;
"""

BACKWARD = """
DROP TRIGGER answering_answerremark_frozen ON answering_answerremark;
"""


class Migration(migrations.Migration):
    dependencies = [("answering", "0014_remarks")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
