"""What an edition would change, and the questions kept for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("answering", "0008_recalls_only_move_on"),
    ]

    operations = [
        migrations.CreateModel(
            name="ForesightReport",
            fields=[
                (
                    "id",
                    models.UUIDField(editable=False, primary_key=True, serialize=False),
                ),
                ("version_id", models.UUIDField(db_index=True)),
                ("older_id", models.UUIDField(blank=True, null=True)),
                ("supposed_at", models.DateTimeField()),
                (
                    "corpus_position",
                    models.CharField(blank=True, default="", max_length=40),
                ),
                ("rules", models.CharField(max_length=200)),
                ("requested_by", models.CharField(max_length=200)),
                ("requested_by_name", models.CharField(max_length=200)),
                ("requested_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "running"),
                            ("done", "done"),
                            ("failed", "failed"),
                        ],
                        max_length=8,
                    ),
                ),
                ("remaining", models.JSONField(default=list)),
                ("findings", models.JSONField(default=dict)),
                ("total", models.PositiveIntegerField(default=0)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                (
                    "failure_code",
                    models.CharField(blank=True, default="", max_length=60),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("entry_id", models.UUIDField(blank=True, null=True, unique=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "running")),
                        fields=("version_id",),
                        name="foresight_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), _negated=True),
                            models.Q(
                                ("entry_id__isnull", False),
                                models.Q(("sha256", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="foresight_done_exactly_with_its_entry",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GoldenQuestion",
            fields=[
                (
                    "id",
                    models.UUIDField(editable=False, primary_key=True, serialize=False),
                ),
                ("collection", models.CharField(db_index=True, max_length=80)),
                ("text", models.TextField()),
                (
                    "expects",
                    models.CharField(
                        choices=[("passage", "passage"), ("refusal", "refusal")],
                        max_length=8,
                    ),
                ),
                ("quotation", models.TextField(blank=True, default="")),
                ("kept_by", models.CharField(max_length=200)),
                ("kept_by_name", models.CharField(max_length=200)),
                ("kept_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "retired_by",
                    models.CharField(blank=True, default="", max_length=200),
                ),
                (
                    "retired_by_name",
                    models.CharField(blank=True, default="", max_length=200),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("expects", "refusal"), ("quotation", "")),
                            models.Q(
                                ("expects", "passage"),
                                models.Q(("quotation", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="golden_question_quotes_unless_refused",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("retired_at__isnull", True)),
                        fields=("collection", "text"),
                        name="golden_question_once",
                    ),
                ],
            },
        ),
    ]
