"""Let a package know the erasures before it, and how often a process has begun on it."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("audit", "0041_checked_erasures_may_begin_again")]
    operations: ClassVar = [
        migrations.AddField(
            "export", "erasures_before", models.IntegerField(default=0)
        ),
        migrations.AddField("export", "attempts", models.IntegerField(default=0)),
    ]
