"""What is said about documents and editions is kept as records; owners are reminded."""

import django.db.models.deletion
from django.db import migrations, models

ID = (
    "id",
    models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    ),
)
RECORDED = [
    ("reason", models.TextField(blank=True)),
    ("recorded_at", models.DateTimeField()),
    ("recorded_by", models.CharField(max_length=120)),
    ("recorded_by_name", models.CharField(blank=True, max_length=200)),
]


def of(table: str, *, related_name: str) -> "models.ForeignKey[object, object]":
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        to=f"ingestion.{table}",
    )


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0011_editions_under_embargo")]

    operations = [
        migrations.CreateModel(
            name="DocumentRecord",
            fields=[
                ID,
                ("title", models.CharField(max_length=500)),
                ("publisher", models.CharField(blank=True, max_length=300)),
                ("citation", models.TextField(blank=True)),
                ("url", models.URLField(blank=True, max_length=1000)),
                ("licence", models.CharField(blank=True, max_length=200)),
                ("language", models.CharField(max_length=8)),
                ("owner_id", models.CharField(max_length=120)),
                ("review_by", models.DateField(blank=True, null=True)),
                *RECORDED,
                ("document", of("document", related_name="records")),
            ],
        ),
        migrations.CreateModel(
            name="VersionLabel",
            fields=[
                ID,
                ("label", models.CharField(max_length=200)),
                *RECORDED,
                ("version", of("documentversion", related_name="labels")),
            ],
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ID,
                ("owner_id", models.CharField(max_length=120)),
                ("review_by", models.DateField()),
                ("opened_at", models.DateTimeField()),
                ("note", models.TextField(blank=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.CharField(blank=True, max_length=120)),
                ("closed_by_name", models.CharField(blank=True, max_length=200)),
                ("document", of("document", related_name="reminders")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("document", "review_by"), name="reminder_once_a_day"
                    )
                ],
            },
        ),
    ]
