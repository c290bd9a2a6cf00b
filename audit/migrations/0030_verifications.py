"""Add verifications that somebody asked for, with their progress and outcome."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import F, Q

STATES = ["waiting", "running", "held", "broken", "failed"]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("audit", "0022_pruning_by_rule")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="VerificationRun",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("first", models.BigIntegerField(null=True)),
                ("end", models.BigIntegerField(null=True)),
                ("requested_by", models.TextField()),
                ("requested_by_name", models.TextField()),
                ("requested_at", models.DateTimeField()),
                ("state", models.TextField(default="waiting")),
                ("layer", models.TextField(default="")),
                ("done", models.BigIntegerField(default=0)),
                ("total", models.BigIntegerField(default=0)),
                ("attended_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("report", models.JSONField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-requested_at"], name="verification_newest")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(state__in=STATES), name="verification_state_known"
                    ),
                    models.CheckConstraint(
                        condition=Q(first__isnull=True, end__isnull=True)
                        | Q(first__gte=0, end__gt=F("first")),
                        name="verification_of_all_or_a_range",
                    ),
                ],
            },
        ),
    ]
