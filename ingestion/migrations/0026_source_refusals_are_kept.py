"""What a source holds that is no document is kept in mind, and not read anew."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0025_passages_say_how_sure_they_are"),
    ]

    operations = [
        migrations.CreateModel(
            name="SourceRefusal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("name", models.CharField(max_length=1000)),
                ("fingerprint", models.TextField()),
                ("code", models.CharField(max_length=60)),
                ("refused_at", models.DateTimeField()),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refusals",
                        to="ingestion.source",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "name"), name="sourcerefusal_once"
                    )
                ],
            },
        ),
    ]
