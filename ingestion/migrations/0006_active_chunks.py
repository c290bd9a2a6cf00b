"""The one door to searchable text."""

from django.db import migrations

from ingestion.sql import read_sql


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0005_immutable_content")]

    operations = [
        migrations.RunSQL(read_sql("active_chunks"), read_sql("active_chunks_drop"))
    ]
