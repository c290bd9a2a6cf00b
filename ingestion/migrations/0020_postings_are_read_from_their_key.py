"""How often a term occurs stands in the key: a search reads the index alone."""

from django.db import migrations

KEY = "ALTER TABLE ingestion_chunkposting DROP CONSTRAINT ingestion_chunkposting_pkey"


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0019_sources_are_watched")]

    operations = [
        migrations.RunSQL(
            f"{KEY}, ADD PRIMARY KEY (term, chunk_id) INCLUDE (frequency)",
            f"{KEY}, ADD PRIMARY KEY (term, chunk_id)",
        ),
    ]
