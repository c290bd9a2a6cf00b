"""Full-text configurations that fold accents, one per language."""

from django.db import migrations

from ingestion.sql import read_sql


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0002_tables")]

    operations = [
        migrations.RunSQL(
            read_sql("text_search_configurations"),
            read_sql("text_search_configurations_drop"),
        )
    ]
