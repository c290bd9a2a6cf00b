"""What is said of an answer afterwards, remark after remark."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("answering", "0013_verdict_not_factual"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnswerRemark",
            fields=[
                (
                    "id",
                    models.UUIDField(editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("helpful", "helpful"),
                            ("wrong", "wrong"),
                            ("unsafe", "unsafe"),
                            ("review", "review"),
                            ("annotation", "annotation"),
                            ("override", "override"),
                        ],
                        max_length=12,
                    ),
                ),
                ("code", models.CharField(blank=True, default="", max_length=24)),
                ("verdict", models.CharField(blank=True, default="", max_length=16)),
                (
                    "scores",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("has_words", models.BooleanField()),
                ("made_by", models.CharField(max_length=200)),
                ("made_by_name", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("entry_id", models.UUIDField(unique=True)),
                (
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="remarks",
                        to="answering.answer",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("answer"), models.F("made_at"), name="remark_of_answer"
                    ),
                    models.Index(
                        models.F("due_at"),
                        condition=models.Q(("due_at__isnull", False)),
                        name="remark_due",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "review"),
                            models.Q(("scores", []), ("verdict", "")),
                            _connector="OR",
                        ),
                        name="remark_scores_are_of_reviews",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_at", None),
                            ("kind__in", ["helpful", "wrong", "unsafe"]),
                            _connector="OR",
                        ),
                        name="remark_due_is_of_feedback",
                    ),
                ],
            },
        ),
    ]
