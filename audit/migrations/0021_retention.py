"""Add floors of retention, and what stays of blocks whose bytes were dropped."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0020_holds_and_erasures_by_rule"),
    ]

    operations = [
        migrations.CreateModel(
            name="PrunedBlock",
            fields=[
                (
                    "first_index",
                    models.BigIntegerField(primary_key=True, serialize=False),
                ),
                ("end_index", models.BigIntegerField()),
                ("authorization_id", models.UUIDField(unique=True)),
                ("kept_until", models.DateTimeField()),
                ("pruned_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PrunedEntry",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.UUIDField(db_index=True)),
                ("leaf_hash", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="RetentionFloor",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("retention_class", models.TextField()),
                ("source", models.TextField()),
                ("years", models.PositiveSmallIntegerField()),
                ("applies_from", models.DateField()),
                ("set_at", models.DateTimeField()),
                ("entry_id", models.UUIDField(unique=True)),
            ],
        ),
    ]
