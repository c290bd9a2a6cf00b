"""A sentence of an answer may state nothing that a source could hold."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("answering", "0012_policies_stay"),
    ]

    operations = [
        migrations.AlterField(
            model_name="citation",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("supported", "supported"),
                    ("partial", "partial"),
                    ("unsupported", "unsupported"),
                    ("not_factual", "not_factual"),
                ],
                max_length=16,
            ),
        ),
    ]
