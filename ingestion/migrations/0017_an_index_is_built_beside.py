"""An index is built beside the one that is searched, and takes its place at once."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from ingestion.sql import read_sql


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0016_work_is_done_by_parts"),
    ]

    operations = [
        migrations.CreateModel(
            name="IndexBuild",
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
                ("number", models.PositiveIntegerField()),
                ("embedder", models.CharField(max_length=160)),
                ("previous_embedder", models.CharField(blank=True, max_length=160)),
                ("chunker", models.CharField(blank=True, max_length=80)),
                ("cut", models.PositiveIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("building", "Building"),
                            ("switched", "Switched"),
                            ("reverted", "Reverted"),
                            ("abandoned", "Abandoned"),
                        ],
                        max_length=10,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("started_by", models.CharField(max_length=120)),
                ("switched_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("dropped_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="versionchunk",
            name="versionchunk_position_once",
        ),
        migrations.AddField(
            model_name="collection",
            name="embedder",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=160
            ),
        ),
        migrations.AddField(
            model_name="documentversion",
            name="cut",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="versionchunk",
            name="cut",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AlterField(
            model_name="workpart",
            name="stage",
            field=models.CharField(
                choices=[
                    ("parse", "Parse"),
                    ("ocr", "Ocr"),
                    ("chunk", "Chunk"),
                    ("embed", "Embed"),
                    ("rebuild", "Rebuild"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="versionchunk",
            constraint=models.UniqueConstraint(
                fields=("version", "cut", "position"), name="versionchunk_position_once"
            ),
        ),
        migrations.AddField(
            model_name="indexbuild",
            name="collection",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="builds",
                to="ingestion.collection",
            ),
        ),
        migrations.AddConstraint(
            model_name="indexbuild",
            constraint=models.UniqueConstraint(
                fields=("collection", "number"), name="build_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="indexbuild",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "building")),
                fields=("collection",),
                name="build_one_at_a_time",
            ),
        ),
        migrations.RunSQL(
            read_sql("active_chunks_of_one_cut"),
            read_sql("active_chunks_of_one_cut_drop"),
        ),
    ]
