"""A version may be held for a person's decision, and may end on its own day."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from ingestion.sql import read_sql

AFTER = [
    "received", "parsed", "chunked", "embedded", "failed", "held", "in_review",
    "returned", "rejected", "approved", "scheduled", "in_force", "superseded",
    "expired", "withdrawn",
]  # fmt: skip
DECISIONS = [("release", "release"), ("reject", "reject")]


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0008_attempts")]

    operations = [
        migrations.RemoveConstraint("documentversion", "version_status_known"),
        migrations.AlterField(
            "documentversion",
            "status",
            models.CharField(max_length=12, choices=[(one, one) for one in AFTER]),
        ),
        migrations.AddConstraint(
            "documentversion",
            models.CheckConstraint(
                condition=models.Q(status__in=AFTER), name="version_status_known"
            ),
        ),
        migrations.CreateModel(
            name="VersionHold",
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
                ("code", models.CharField(max_length=60)),
                ("findings", models.JSONField(default=dict)),
                ("held_at", models.DateTimeField()),
                ("held_by", models.CharField(max_length=120)),
                (
                    "decision",
                    models.CharField(blank=True, choices=DECISIONS, max_length=8),
                ),
                ("reason", models.TextField(blank=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(blank=True, max_length=120)),
                ("decided_by_name", models.CharField(blank=True, max_length=200)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="ingestion.documentversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(decided_at__isnull=True),
                        fields=("version",),
                        name="versionhold_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(decided_at__isnull=True, decision="")
                        | models.Q(
                            decided_at__isnull=False,
                            decision__in=["release", "reject"],
                        ),
                        name="versionhold_decided_whole",
                    ),
                ],
            },
        ),
        migrations.RunSQL(read_sql("decided_once"), read_sql("decided_once_drop")),
    ]
