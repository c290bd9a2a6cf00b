"""How strictly each collection answers, decision after decision."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("answering", "0010_reports_stay"),
    ]

    operations = [
        migrations.CreateModel(
            name="CollectionPolicy",
            fields=[
                (
                    "id",
                    models.UUIDField(editable=False, primary_key=True, serialize=False),
                ),
                ("collection_id", models.UUIDField()),
                ("number", models.PositiveIntegerField()),
                ("grounding", models.CharField(max_length=8)),
                ("identifiers", models.CharField(max_length=8)),
                ("external_models", models.BooleanField()),
                ("set_by", models.CharField(max_length=200)),
                ("set_by_name", models.CharField(max_length=200)),
                ("set_at", models.DateTimeField()),
                ("entry_id", models.UUIDField(unique=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("collection_id", "number"),
                        name="collection_policy_numbers_are_taken_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("grounding__in", ["flag", "drop", "refuse"]),
                            ("identifiers__in", ["mask", "refuse"]),
                        ),
                        name="collection_policy_terms_are_known",
                    ),
                ],
            },
        ),
    ]
