"""Recalls, the apps concerned, and the messages to them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("answering", "0006_references_stay")]

    operations = [
        migrations.CreateModel(
            name="Recall",
            fields=[
                (
                    "id",
                    models.UUIDField(editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("version", "version"),
                            ("section", "section"),
                            ("chunk", "chunk"),
                        ],
                        max_length=8,
                    ),
                ),
                ("document_id", models.UUIDField()),
                ("version_id", models.UUIDField(db_index=True)),
                (
                    "section_path",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "chunk_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "reach",
                    models.CharField(
                        choices=[
                            ("cited", "cited"),
                            ("in_prompt", "in_prompt"),
                            ("cut", "cut"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[
                            ("critical", "critical"),
                            ("major", "major"),
                            ("minor", "minor"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField()),
                ("answers", models.PositiveIntegerField()),
                ("answers_sha256", models.CharField(max_length=64)),
                ("opened_by", models.CharField(max_length=200)),
                ("opened_by_name", models.CharField(max_length=200)),
                ("opened_at", models.DateTimeField()),
                ("opened_entry_id", models.UUIDField(unique=True)),
                ("due_at", models.DateTimeField()),
                ("closed_by", models.CharField(blank=True, default="", max_length=200)),
                (
                    "closed_by_name",
                    models.CharField(blank=True, default="", max_length=200),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_entry_id",
                    models.UUIDField(blank=True, null=True, unique=True),
                ),
                ("closing_note", models.TextField(blank=True, default="")),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("opened_at"), models.F("id"), name="recall_by_opening"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", True),
                                ("closed_entry_id__isnull", True),
                            ),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("closed_entry_id__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="recall_closed_exactly_with_its_entry",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("chunk_ids", []), ("kind", "version")),
                            models.Q(
                                models.Q(("kind", "version"), _negated=True),
                                models.Q(("chunk_ids", []), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="recall_names_passages_unless_of_a_version",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecallNotice",
            fields=[
                (
                    "id",
                    models.UUIDField(editable=False, primary_key=True, serialize=False),
                ),
                ("app", models.CharField(max_length=200)),
                ("answers", models.PositiveIntegerField()),
                ("due_at", models.DateTimeField()),
                (
                    "acknowledged_by",
                    models.CharField(blank=True, default="", max_length=200),
                ),
                (
                    "acknowledged_by_name",
                    models.CharField(blank=True, default="", max_length=200),
                ),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                (
                    "acknowledged_entry_id",
                    models.UUIDField(blank=True, null=True, unique=True),
                ),
                (
                    "recall",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="answering.recall",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                (
                    "id",
                    models.UUIDField(editable=False, primary_key=True, serialize=False),
                ),
                ("app", models.CharField(db_index=True, max_length=200)),
                ("url", models.CharField(max_length=1000)),
                ("wrapping_key", models.CharField(max_length=200)),
                ("wrapped", models.BinaryField()),
                ("registered_by", models.CharField(max_length=200)),
                ("registered_by_name", models.CharField(max_length=200)),
                ("registered_at", models.DateTimeField()),
                ("registered_entry_id", models.UUIDField(unique=True)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "removed_entry_id",
                    models.UUIDField(blank=True, null=True, unique=True),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=("app", "url"),
                        name="webhook_endpoint_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                (
                    "id",
                    models.UUIDField(editable=False, primary_key=True, serialize=False),
                ),
                ("event", models.CharField(max_length=40)),
                ("body", models.TextField()),
                ("created_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("delivered", "delivered"),
                            ("dead", "dead"),
                        ],
                        max_length=9,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField(blank=True, null=True)),
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                (
                    "last_status",
                    models.PositiveSmallIntegerField(blank=True, null=True),
                ),
                (
                    "failure_code",
                    models.CharField(blank=True, default="", max_length=60),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_entry_id",
                    models.UUIDField(blank=True, null=True, unique=True),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="answering.recallnotice",
                    ),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="answering.webhookendpoint",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="recallnotice",
            index=models.Index(
                models.F("due_at"),
                condition=models.Q(("acknowledged_at__isnull", True)),
                name="recall_notice_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="recallnotice",
            constraint=models.UniqueConstraint(
                fields=("recall", "app"), name="recall_notice_once_per_app"
            ),
        ),
        migrations.AddConstraint(
            model_name="recallnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("acknowledged_at__isnull", True),
                        ("acknowledged_entry_id__isnull", True),
                    ),
                    models.Q(
                        ("acknowledged_at__isnull", False),
                        ("acknowledged_entry_id__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="recall_notice_acknowledged_exactly_with_its_entry",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                models.F("next_attempt_at"),
                condition=models.Q(("state", "pending")),
                name="webhook_delivery_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(
                fields=("notice", "endpoint", "event"), name="webhook_delivery_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("next_attempt_at__isnull", False), ("state", "pending")),
                    models.Q(("state", "pending"), _negated=True),
                    _connector="OR",
                ),
                name="webhook_delivery_pending_has_a_time",
            ),
        ),
    ]
