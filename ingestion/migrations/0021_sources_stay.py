"""Who added a source does not approve its editions; what was found there stays."""

from django.db import migrations

from ingestion.sql import read_sql


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0020_postings_are_read_from_their_key")]

    operations = [
        migrations.RunSQL(read_sql("sources_stay"), read_sql("sources_stay_drop")),
    ]
