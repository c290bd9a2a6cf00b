"""Add what two people decide: requested by one, decided by another, used once."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import F, Q

STATES = ("pending", "approved", "refused", "executed", "expired")
UNENDED = Q(
    state__in=["pending", "approved", "refused"],
    ended_at__isnull=True,
    ended_entry_id__isnull=True,
)
ENDED = Q(
    state__in=["executed", "expired"],
    ended_at__isnull=False,
    ended_entry_id__isnull=False,
)
DECIDED = Q(
    decided_by__isnull=False,
    decided_by_name__isnull=False,
    decided_at__isnull=False,
    decided_entry_id__isnull=False,
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("audit", "0006_partitions")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Authorization",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("action", models.TextField()),
                ("scope", models.JSONField()),
                ("reason", models.TextField()),
                ("requested_by", models.TextField()),
                ("requested_by_name", models.TextField()),
                ("requested_at", models.DateTimeField()),
                ("requested_entry_id", models.UUIDField(unique=True)),
                ("expires_at", models.DateTimeField()),
                ("state", models.TextField(default="pending")),
                ("decided_by", models.TextField(null=True)),
                ("decided_by_name", models.TextField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_entry_id", models.UUIDField(null=True, unique=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_entry_id", models.UUIDField(null=True, unique=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=Q(state__in=["pending", "approved"]),
                        fields=["requested_at"],
                        name="authorization_open",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(decided_by__isnull=True)
                        | ~Q(decided_by=F("requested_by")),
                        name="authorization_by_two_people",
                    ),
                    models.CheckConstraint(
                        condition=Q(state__in=STATES), name="authorization_state_known"
                    ),
                    models.CheckConstraint(
                        condition=Q(state__in=["pending", "expired"]) | DECIDED,
                        name="authorization_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=UNENDED | ENDED,
                        name="authorization_ended_with_an_entry",
                    ),
                ],
            },
        ),
    ]
