"""Count the starts at a stage that no worker came back from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0007_rules_look_in_public")]

    operations = [
        migrations.AddField(
            "documentversion",
            "attempts",
            models.PositiveSmallIntegerField(default=0, db_default=0),
        ),
        migrations.AddField(
            "documentversion",
            "at_work",
            models.BooleanField(default=False, db_default=False),
        ),
    ]
