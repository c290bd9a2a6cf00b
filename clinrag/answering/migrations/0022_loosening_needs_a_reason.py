"""A policy that is looser than what held says so, with its reason."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("answering", "0021_assignments_stay"),
    ]

    operations = [
        migrations.AddField(
            model_name="collectionpolicy",
            name="loosens",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="collectionpolicy",
            name="reason",
            field=models.TextField(blank=True, default=""),
        ),
    ]
