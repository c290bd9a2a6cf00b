"""A review names the feedback it settles; what it does not name waits on."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("answering", "0018_evaluations_stay"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="answerremark",
            name="remark_scores_are_of_reviews",
        ),
        migrations.AddField(
            model_name="answerremark",
            name="flags",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), blank=True, default=list, size=None
            ),
        ),
        migrations.AddConstraint(
            model_name="answerremark",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "review"),
                    models.Q(("flags", []), ("scores", []), ("verdict", "")),
                    _connector="OR",
                ),
                name="remark_scores_are_of_reviews",
            ),
        ),
    ]
