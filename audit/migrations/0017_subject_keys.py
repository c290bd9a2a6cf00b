"""Add the keys of subjects, what recognises them, and the holds that guard keys."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0025_emergency_accesses_and_exports"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeyHold",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("hold_id", models.UUIDField()),
                ("subject_id", models.UUIDField(null=True)),
                (
                    "key_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), null=True, size=None
                    ),
                ),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("placed_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(null=True)),
                ("release_entry_id", models.UUIDField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ReferenceKey",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("wrapping_key", models.TextField()),
                ("wrapped", models.BinaryField()),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SubjectKey",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("reference_hmac", models.BinaryField(null=True)),
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
        migrations.AddField(
            model_name="datakey",
            name="subject_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="datakey",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["subject_ids"], name="data_key_by_subject"
            ),
        ),
        migrations.AddIndex(
            model_name="datakey",
            index=models.Index(
                condition=models.Q(("wrapped__isnull", False)),
                fields=["wrapping_key", "id"],
                name="data_key_by_wrapping",
            ),
        ),
        migrations.AddConstraint(
            model_name="subjectkey",
            constraint=models.UniqueConstraint(
                fields=("reference_hmac",), name="one_subject_key_a_reference"
            ),
        ),
    ]
