"""Add legal holds and erasures, and how far each has come."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0018_keys_end_by_rule"),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("authorization_id", models.UUIDField(unique=True)),
                ("kind", models.TextField()),
                ("scope", models.JSONField()),
                ("reason_class", models.TextField()),
                (
                    "key_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                (
                    "subject_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                ("state", models.TextField(default="begun")),
                ("begun_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_entry_id", models.UUIDField(null=True)),
                ("backups_gone_at", models.DateTimeField(null=True)),
                ("checked_at", models.DateTimeField(null=True)),
                ("checked_entry_id", models.UUIDField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["begun", "done"])),
                        fields=["begun_at"],
                        name="erasure_unfinished",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["begun", "stopped", "done", "checked"])
                        ),
                        name="erasure_state_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("scope", models.JSONField()),
                ("reason", models.TextField()),
                ("placed_by", models.TextField()),
                ("placed_by_name", models.TextField()),
                ("placed_at", models.DateTimeField()),
                ("placed_entry_id", models.UUIDField(unique=True)),
                ("released_at", models.DateTimeField(null=True)),
                ("released_entry_id", models.UUIDField(null=True, unique=True)),
                ("authorization_id", models.UUIDField(null=True, unique=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("authorization_id__isnull", True),
                                ("released_at__isnull", True),
                                ("released_entry_id__isnull", True),
                            ),
                            models.Q(
                                ("authorization_id__isnull", False),
                                ("released_at__isnull", False),
                                ("released_entry_id__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="hold_released_by_two_people",
                    )
                ],
            },
        ),
    ]
