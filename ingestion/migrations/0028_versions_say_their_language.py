"""A version says what language it is written in, as found in its text."""

from django.db import migrations, models

from ingestion.sql import read_sql


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0027_parts_of_builds_fail"),
    ]

    operations = [
        migrations.AddField(
            model_name="documentversion",
            name="language",
            field=models.CharField(blank=True, db_default="", default="", max_length=8),
        ),
        migrations.RunSQL(read_sql("version_language"), read_sql("version_content")),
    ]
