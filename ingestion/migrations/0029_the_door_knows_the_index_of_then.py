"""The door to searchable text knows by which cuts it was searched at a moment."""

from django.db import migrations

from ingestion.sql import read_sql


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0028_versions_say_their_language"),
    ]

    operations = [
        migrations.RunSQL(
            read_sql("active_chunks_as_indexed"),
            read_sql("active_chunks_as_indexed_drop")
            + read_sql("active_chunks_of_one_cut"),
        ),
    ]
