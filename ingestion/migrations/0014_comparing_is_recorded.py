"""Sections seen, comments on a range and threads settled are recorded, and only added to."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from ingestion.sql import read_sql


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0013_names_are_corrected_by_records"),
    ]

    operations = [
        migrations.CreateModel(
            name="ComparisonComment",
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
                ("entry_id", models.UUIDField()),
                ("section", models.CharField(max_length=40)),
                (
                    "side",
                    models.CharField(
                        choices=[("old", "Old"), ("new", "New")], max_length=3
                    ),
                ),
                ("char_start", models.PositiveIntegerField()),
                ("char_end", models.PositiveIntegerField()),
                ("quote", models.TextField()),
                ("text", models.TextField()),
                ("author_id", models.CharField(max_length=120)),
                ("author_name", models.CharField(max_length=200)),
                ("written_at", models.DateTimeField()),
                (
                    "newer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comments",
                        to="ingestion.documentversion",
                    ),
                ),
                (
                    "older",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ingestion.documentversion",
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replies",
                        to="ingestion.comparisoncomment",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SectionViewing",
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
                ("entry_id", models.UUIDField()),
                ("section", models.CharField(max_length=40)),
                ("is_viewed", models.BooleanField()),
                ("person_id", models.CharField(max_length=120)),
                ("person_name", models.CharField(max_length=200)),
                ("viewed_at", models.DateTimeField()),
                (
                    "newer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="viewings",
                        to="ingestion.documentversion",
                    ),
                ),
                (
                    "older",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ingestion.documentversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ThreadSettlement",
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
                ("entry_id", models.UUIDField()),
                ("is_resolved", models.BooleanField()),
                ("person_id", models.CharField(max_length=120)),
                ("person_name", models.CharField(max_length=200)),
                ("settled_at", models.DateTimeField()),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlements",
                        to="ingestion.comparisoncomment",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="comparisoncomment",
            index=models.Index(fields=["newer", "older"], name="comment_of_comparison"),
        ),
        migrations.AddConstraint(
            model_name="comparisoncomment",
            constraint=models.CheckConstraint(
                condition=models.Q(("char_start__lt", models.F("char_end"))),
                name="comment_range_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparisoncomment",
            constraint=models.CheckConstraint(
                condition=models.Q(("side__in", ["old", "new"])),
                name="comment_side_known",
            ),
        ),
        migrations.AddIndex(
            model_name="sectionviewing",
            index=models.Index(
                fields=["newer", "older", "person_id"], name="viewing_of_person"
            ),
        ),
        migrations.RunSQL(
            read_sql("comparing_only_grows"), read_sql("comparing_only_grows_drop")
        ),
    ]
