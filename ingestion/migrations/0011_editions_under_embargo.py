"""An edition may be closed to plain readers until a moment, and not in force before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0010_the_door_knows_when")]

    operations = [
        migrations.AddField(
            "documentversion", "embargo_until", models.DateTimeField(null=True)
        ),
        migrations.AddConstraint(
            "documentversion",
            models.CheckConstraint(
                condition=models.Q(in_force_from__isnull=True)
                | models.Q(embargo_until__isnull=True)
                | models.Q(in_force_from__gte=models.F("embargo_until")),
                name="version_in_force_after_embargo",
            ),
        ),
    ]
