"""The database refuses to change or delete content."""

from django.db import migrations

from ingestion.sql import read_sql


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0004_two_people")]

    operations = [
        migrations.RunSQL(
            read_sql("immutable_content"), read_sql("immutable_content_drop")
        )
    ]
