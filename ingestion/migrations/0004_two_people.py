"""The database refuses a review by the author and a version nobody else approved."""

from django.db import migrations

from ingestion.sql import read_sql


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0003_text_search_configurations")]

    operations = [
        migrations.RunSQL(read_sql("two_people"), read_sql("two_people_drop"))
    ]
