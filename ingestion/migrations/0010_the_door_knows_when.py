"""The one door to searchable text also tells what was known at a moment."""

from django.db import migrations

from ingestion.sql import read_sql


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0009_versions_are_held_and_expire")]

    operations = [
        migrations.RunSQL(read_sql("active_chunks_drop"), read_sql("active_chunks")),
        migrations.RunSQL(
            read_sql("active_chunks_as_known"), read_sql("active_chunks_as_known_drop")
        ),
    ]
