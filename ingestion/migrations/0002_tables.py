"""The tables of the corpus, with the constraints PostgreSQL keeps."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import pgvector.django.halfvec
from django.db import migrations, models

import ingestion.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ingestion", "0001_extensions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Chunk",
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
                ("content_sha256", models.CharField(max_length=64)),
                ("text", models.TextField()),
                (
                    "section_path",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                ("token_count", models.PositiveIntegerField()),
                ("chunker", models.CharField(max_length=80)),
                ("lexeme_count", models.PositiveIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Collection",
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
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("specialty", models.CharField(max_length=100)),
                ("language", models.CharField(max_length=8)),
                (
                    "audience",
                    models.CharField(
                        choices=[("everyone", "Everyone"), ("granted", "Granted")],
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="DocumentVersion",
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
                ("label", models.CharField(max_length=200)),
                ("filename", models.CharField(max_length=255)),
                ("content_sha256", models.CharField(db_index=True, max_length=64)),
                ("byte_size", models.BigIntegerField()),
                ("author_id", models.CharField(max_length=120)),
                ("author_name", models.CharField(max_length=200)),
                ("received_at", models.DateTimeField()),
                ("attended_at", models.DateTimeField()),
                ("media_type", models.CharField(blank=True, max_length=120)),
                ("parser", models.CharField(blank=True, max_length=80)),
                ("parsed_sha256", models.CharField(blank=True, max_length=64)),
                ("chunker", models.CharField(blank=True, max_length=80)),
                ("embedder", models.CharField(blank=True, max_length=160)),
                ("pages", models.PositiveIntegerField(null=True)),
                ("warnings", models.JSONField(default=list)),
                ("progress", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("received", "received"),
                            ("parsed", "parsed"),
                            ("chunked", "chunked"),
                            ("embedded", "embedded"),
                            ("failed", "failed"),
                            ("in_review", "in_review"),
                            ("returned", "returned"),
                            ("rejected", "rejected"),
                            ("approved", "approved"),
                            ("scheduled", "scheduled"),
                            ("in_force", "in_force"),
                            ("superseded", "superseded"),
                            ("withdrawn", "withdrawn"),
                        ],
                        max_length=12,
                    ),
                ),
                ("failure_code", models.CharField(blank=True, max_length=60)),
                ("failure_message", models.CharField(blank=True, max_length=300)),
                ("approved_at", models.DateTimeField(null=True)),
                ("activated_at", models.DateTimeField(null=True)),
                ("in_force_from", models.DateTimeField(null=True)),
                ("in_force_to", models.DateTimeField(null=True)),
                ("planned_until", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawal_reason", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="ChunkPosting",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "term",
                        "chunk_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("term", models.TextField()),
                ("frequency", models.PositiveIntegerField()),
                (
                    "chunk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postings",
                        to="ingestion.chunk",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Document",
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
                ("title", models.CharField(max_length=500)),
                ("publisher", models.CharField(blank=True, max_length=300)),
                ("citation", models.TextField(blank=True)),
                ("url", models.URLField(blank=True, max_length=1000)),
                ("licence", models.CharField(blank=True, max_length=200)),
                ("language", models.CharField(max_length=8)),
                ("owner_id", models.CharField(max_length=120)),
                ("review_by", models.DateField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="ingestion.collection",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="chunk",
            name="document",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="chunks",
                to="ingestion.document",
            ),
        ),
        migrations.CreateModel(
            name="VersionText",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="version_text",
                        serialize=False,
                        to="ingestion.documentversion",
                    ),
                ),
                ("text", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
            ],
        ),
        migrations.AddField(
            model_name="documentversion",
            name="document",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="versions",
                to="ingestion.document",
            ),
        ),
        migrations.CreateModel(
            name="CorpusChange",
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
                ("entry_id", models.UUIDField(db_index=True)),
                ("in_force_from", models.DateTimeField()),
                ("in_force_to", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField()),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corpus_changes",
                        to="ingestion.documentversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Review",
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
                ("reviewer_id", models.CharField(max_length=120)),
                ("reviewer_name", models.CharField(max_length=200)),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("approve", "approve"),
                            ("return", "return"),
                            ("reject", "reject"),
                        ],
                        max_length=8,
                    ),
                ),
                ("meaning", models.CharField(max_length=300)),
                ("comment", models.TextField(blank=True)),
                ("decided_at", models.DateTimeField()),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="ingestion.documentversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="VersionChunk",
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
                ("position", models.PositiveIntegerField()),
                ("page_from", models.PositiveIntegerField(null=True)),
                ("page_to", models.PositiveIntegerField(null=True)),
                ("char_start", models.PositiveIntegerField()),
                ("char_end", models.PositiveIntegerField()),
                (
                    "chunk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="placements",
                        to="ingestion.chunk",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="placements",
                        to="ingestion.documentversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ChunkEmbedding",
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
                ("embedder", models.CharField(max_length=160)),
                ("embedding", pgvector.django.halfvec.HalfVectorField()),
                (
                    "chunk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="embeddings",
                        to="ingestion.chunk",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("chunk", "embedder"), name="chunkembedding_once"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="chunk",
            constraint=models.UniqueConstraint(
                fields=("document", "content_sha256"), name="chunk_content_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="documentversion",
            constraint=models.UniqueConstraint(
                fields=("document", "number"), name="version_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="documentversion",
            constraint=models.UniqueConstraint(
                fields=("document", "content_sha256"), name="version_bytes_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="documentversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        [
                            "received",
                            "parsed",
                            "chunked",
                            "embedded",
                            "failed",
                            "in_review",
                            "returned",
                            "rejected",
                            "approved",
                            "scheduled",
                            "in_force",
                            "superseded",
                            "withdrawn",
                        ],
                    )
                ),
                name="version_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="documentversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("in_force_to__isnull", True),
                    ("in_force_to__gte", models.F("in_force_from")),
                    _connector="OR",
                ),
                name="version_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="documentversion",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("in_force_from__isnull", False)),
                expressions=[
                    ("document", "="),
                    (
                        ingestion.models.TimestampRange("in_force_from", "in_force_to"),
                        "&&",
                    ),
                ],
                name="version_one_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["approve", "return", "reject"])),
                name="review_decision_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="versionchunk",
            constraint=models.UniqueConstraint(
                fields=("version", "position"), name="versionchunk_position_once"
            ),
        ),
    ]
