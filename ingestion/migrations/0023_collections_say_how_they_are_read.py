"""A collection says how its files are read and cut; nothing said is the usual."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0022_reviews_have_database_defaults"),
    ]

    operations = [
        migrations.AddField(
            model_name="collection",
            name="chunk_tokens",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="collection",
            name="chunk_min_tokens",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="collection",
            name="tracked_changes",
            field=models.CharField(
                choices=[
                    ("accept", "accept"),
                    ("reject", "reject"),
                    ("refuse", "refuse"),
                ],
                db_default="accept",
                default="accept",
                max_length=6,
            ),
        ),
        migrations.AddConstraint(
            model_name="collection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("chunk_tokens__isnull", True),
                    ("chunk_tokens__range", (64, 8192)),
                    _connector="OR",
                ),
                name="collection_chunk_tokens",
            ),
        ),
        migrations.AddConstraint(
            model_name="collection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("chunk_min_tokens__isnull", True),
                    ("chunk_min_tokens__range", (0, 4096)),
                    _connector="OR",
                ),
                name="collection_chunk_min_tokens",
            ),
        ),
        migrations.AddConstraint(
            model_name="collection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("tracked_changes__in", ["accept", "reject", "refuse"])
                ),
                name="collection_tracked_changes_known",
            ),
        ),
    ]
