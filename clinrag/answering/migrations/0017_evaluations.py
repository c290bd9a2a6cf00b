"""Evaluations, waivers, and what each waiver was used for."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("answering", "0016_formats_and_styles"),
    ]

    operations = [
        migrations.CreateModel(
            name="EvaluationReport",
            fields=[
                (
                    "id",
                    models.UUIDField(editable=False, primary_key=True, serialize=False),
                ),
                ("set_name", models.CharField(max_length=200)),
                ("inputs", models.JSONField()),
                ("inputs_sha256", models.CharField(max_length=64)),
                ("results", models.JSONField()),
                ("gate", models.JSONField(null=True)),
                ("made_by", models.CharField(max_length=200)),
                ("made_by_name", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("sha256", models.CharField(max_length=64)),
                ("entry_id", models.UUIDField(unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="EvaluationWaiver",
            fields=[
                (
                    "id",
                    models.UUIDField(editable=False, primary_key=True, serialize=False),
                ),
                ("measure", models.CharField(max_length=40)),
                ("reason", models.TextField()),
                ("waived_by", models.CharField(max_length=200)),
                ("waived_by_name", models.CharField(max_length=200)),
                ("waived_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("entry_id", models.UUIDField(unique=True)),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waivers",
                        to="answering.evaluationreport",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EvaluationWaiverUse",
            fields=[
                (
                    "waiver",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="use",
                        serialize=False,
                        to="answering.evaluationwaiver",
                    ),
                ),
                ("used_at", models.DateTimeField()),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="answering.evaluationreport",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="evaluationwaiver",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("waived_at"))),
                name="evaluation_waiver_ends_after_it_begins",
            ),
        ),
    ]
