"""A part of an index built beside may fail, and says why."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0026_source_refusals_are_kept")]

    operations = [
        migrations.AddField(
            model_name="workpart",
            name="failure_code",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=60
            ),
        ),
        migrations.AlterField(
            model_name="workpart",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("leased", "Leased"),
                    ("done", "Done"),
                    ("cancelled", "Cancelled"),
                    ("failed", "Failed"),
                ],
                max_length=10,
            ),
        ),
    ]
