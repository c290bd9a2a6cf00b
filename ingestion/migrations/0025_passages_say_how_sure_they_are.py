"""A passage says how strong its recommendations are, and how sure OCR was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0024_decisions_are_signed"),
    ]

    operations = [
        migrations.AddField(
            model_name="versionchunk",
            name="strength",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="versionchunk",
            name="certainty",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="versionchunk",
            name="ocr_confidence",
            field=models.FloatField(null=True),
        ),
    ]
