"""Descriptions and names of editions change by records, and no other way."""

from django.db import migrations

from ingestion.sql import read_sql


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0012_descriptions_are_records")]

    operations = [
        migrations.RunSQL(
            read_sql("version_content"), read_sql("version_content_drop")
        ),
        migrations.RunSQL(
            read_sql("corrected_by_records"), read_sql("corrected_by_records_drop")
        ),
    ]
