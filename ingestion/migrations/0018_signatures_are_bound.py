"""A decision is bound to what lay before its signer; older ones were not."""

from django.db import migrations, models


def _hash(name: str) -> migrations.AddField:
    return migrations.AddField(
        model_name="review",
        name=name,
        field=models.CharField(blank=True, default="", max_length=64),
    )


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0017_an_index_is_built_beside")]

    operations = [
        migrations.AddField(
            model_name="review",
            name="authenticated_by",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
        _hash("text_sha256"),
        _hash("comparison_sha256"),
        _hash("foresight_sha256"),
        migrations.AddField(
            model_name="review",
            name="foresight",
            field=models.CharField(blank=True, default="", max_length=8),
        ),
        migrations.AddField(
            model_name="review",
            name="acknowledged",
            field=models.BooleanField(default=False),
        ),
    ]
