"""What was decided about answering from a collection is never rewritten."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER answering_collectionpolicy_frozen
    BEFORE UPDATE OR DELETE ON answering_collectionpolicy
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();
ALTER TABLE answering_collectionpolicy
    ENABLE ALWAYS TRIGGER answering_collectionpolicy_frozen;
"""

BACKWARD = """
DROP TRIGGER answering_collectionpolicy_frozen ON answering_collectionpolicy;
"""


class Migration(migrations.Migration):
    dependencies = [("answering", "0011_collection_policies")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
