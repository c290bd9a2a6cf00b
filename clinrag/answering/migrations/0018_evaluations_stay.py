"""What an evaluation found, a waiver, and its use are never rewritten."""

from django.db import migrations

TABLES = ("evaluationreport", "evaluationwaiver", "evaluationwaiveruse")
FORWARD = """
CREATE TRIGGER answering_{0}_frozen
    BEFORE UPDATE OR DELETE ON answering_{0}
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();
ALTER TABLE answering_{0} ENABLE ALWAYS TRIGGER answering_{0}_frozen;
"""
BACKWARD = "DROP TRIGGER answering_{0}_frozen ON answering_{0};"


class Migration(migrations.Migration):
    dependencies = [("answering", "0017_evaluations")]

    operations = [
        migrations.RunSQL(FORWARD.format(table), BACKWARD.format(table))
        for table in TABLES
    ]
