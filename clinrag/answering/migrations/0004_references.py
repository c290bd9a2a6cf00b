"""Which answer used which passage, to be counted by the million."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("answering", "0003_closed_answers_gain_nothing")]

    operations = [
        migrations.CreateModel(
            name="Asker",
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
                ("app", models.CharField(max_length=200)),
                ("unit", models.CharField(max_length=64)),
                ("actor_id", models.CharField(max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("actor_id", "app", "unit"), name="asker_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AnswerReference",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "answer_id",
                        "chunk_id",
                        "version_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("chunk_id", models.UUIDField()),
                ("version_id", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                (
                    "use",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "CITED"), (2, "IN_PROMPT"), (3, "CUT")]
                    ),
                ),
                (
                    "uses_of_version",
                    models.PositiveSmallIntegerField(default=0),
                ),
                (
                    "answer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="answering.answer",
                    ),
                ),
                (
                    "asker",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="answering.asker",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["version_id", "asked_at", "answer"],
                        condition=models.Q(("uses_of_version__gt", 0)),
                        include=("asker", "uses_of_version"),
                        name="answer_reference_by_version",
                    ),
                    models.Index(
                        fields=["chunk_id", "asked_at", "answer"],
                        include=("asker", "use"),
                        name="answer_reference_by_chunk",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("use__in", [1, 2, 3])),
                        name="answer_reference_use_known",
                    )
                ],
            },
        ),
    ]
