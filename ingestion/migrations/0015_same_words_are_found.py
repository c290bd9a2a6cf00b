"""Whether an edition holds the same words again is asked by their hash.

For answers whose passage another chunker cut: without it every passage of the document
would be compared.
"""

from django.db import migrations

FORWARD = """
SET LOCAL lock_timeout = '5s';
CREATE INDEX ingestion_chunk_words ON ingestion_chunk (document_id, md5(text));
"""
BACKWARD = "DROP INDEX ingestion_chunk_words"


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0014_comparing_is_recorded")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
