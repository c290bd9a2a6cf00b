"""Who was to review an answer is never rewritten."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER answering_reviewassignment_frozen
    BEFORE UPDATE OR DELETE ON answering_reviewassignment
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();
ALTER TABLE answering_reviewassignment
    ENABLE ALWAYS TRIGGER answering_reviewassignment_frozen;
"""

BACKWARD = """
DROP TRIGGER answering_reviewassignment_frozen ON answering_reviewassignment;
"""


class Migration(migrations.Migration):
    dependencies = [("answering", "0020_reviews_are_assigned")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
