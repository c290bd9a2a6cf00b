"""Work is done by parts, each under a lease; messages stand here until they are sent."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0015_same_words_are_found"),
    ]

    operations = [
        migrations.CreateModel(
            name="OutboxMessage",
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
                ("task", models.CharField(max_length=80)),
                ("subject_id", models.UUIDField()),
                ("queue", models.CharField(max_length=40)),
                ("posted_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveField(
            model_name="documentversion",
            name="at_work",
        ),
        migrations.RemoveField(
            model_name="documentversion",
            name="attempts",
        ),
        migrations.CreateModel(
            name="WorkPart",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("parse", "Parse"),
                            ("ocr", "Ocr"),
                            ("chunk", "Chunk"),
                            ("embed", "Embed"),
                        ],
                        max_length=8,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("first", models.PositiveIntegerField(default=0)),
                ("last", models.PositiveIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("leased", "Leased"),
                            ("done", "Done"),
                            ("cancelled", "Cancelled"),
                        ],
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("fence", models.BigIntegerField(db_default=0, default=0)),
                ("holder", models.CharField(blank=True, max_length=120)),
                ("leased_until", models.DateTimeField(null=True)),
                ("announced_at", models.DateTimeField()),
                ("done", models.PositiveIntegerField(db_default=0, default=0)),
                ("total", models.PositiveIntegerField(db_default=0, default=0)),
                ("result_sha256", models.CharField(blank=True, max_length=64)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="ingestion.documentversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "leased"])),
                        fields=["announced_at"],
                        name="workpart_open",
                    ),
                    models.Index(
                        fields=["stage", "finished_at"], name="workpart_finished"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "stage", "number"), name="workpart_once"
                    )
                ],
            },
        ),
    ]
