"""Create the ledger's tables."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Alarm",
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
                ("kind", models.TextField()),
                ("detail", models.TextField()),
                ("tree_size", models.BigIntegerField()),
                ("raised_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("note", models.TextField()),
                ("signed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ClosedQuery",
            fields=[
                ("query_id", models.UUIDField(primary_key=True, serialize=False)),
                ("entry_id", models.UUIDField()),
            ],
            options={
                "verbose_name_plural": "closed queries",
            },
        ),
        migrations.CreateModel(
            name="DataKey",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("wrapping_key", models.TextField()),
                ("wrapped", models.BinaryField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("destroyed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="InboxEntry",
            fields=[
                ("arrival", models.BigAutoField(primary_key=True, serialize=False)),
                ("entry_id", models.UUIDField(unique=True)),
                ("body", models.BinaryField()),
                ("leaf_hash", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Payload",
            fields=[
                ("entry_id", models.UUIDField(primary_key=True, serialize=False)),
                ("retention_class", models.TextField()),
                ("key_id", models.UUIDField()),
                ("ciphertext", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.UUIDField(db_index=True)),
                ("body", models.BinaryField()),
                ("leaf_hash", models.BinaryField()),
                ("type", models.TextField()),
                ("at", models.DateTimeField(null=True)),
                ("actor_id", models.TextField()),
                ("query_id", models.UUIDField(null=True)),
            ],
            options={
                "verbose_name_plural": "entries",
                "indexes": [
                    models.Index(fields=["type", "index"], name="entry_by_type"),
                    models.Index(fields=["actor_id", "index"], name="entry_by_actor"),
                    models.Index(
                        condition=models.Q(("query_id__isnull", False)),
                        fields=["query_id"],
                        name="entry_by_query",
                    ),
                    models.Index(
                        condition=models.Q(("type", "query.received")),
                        fields=["at"],
                        name="query_by_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, primary_key=True, serialize=False
                    ),
                ),
                ("epoch", models.BigIntegerField(default=0)),
                ("size", models.BigIntegerField(default=0)),
                ("root", models.BinaryField()),
                ("frontier", models.BinaryField()),
                ("advanced_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="one_head_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tile",
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
                ("level", models.PositiveSmallIntegerField()),
                ("number", models.BigIntegerField()),
                ("hashes", models.BinaryField()),
                ("root", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("level", "number"), name="one_tile_a_place"
                    )
                ],
            },
        ),
    ]
