"""Collections opened to one person or one key."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
        ("ingestion", "0002_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="CollectionGrant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("granted_at", models.DateTimeField()),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="ingestion.collection",
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="access.apikey",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("key__isnull", True), ("user__isnull", False)),
                            models.Q(("key__isnull", False), ("user__isnull", True)),
                            _connector="OR",
                        ),
                        name="access_grant_has_one_holder",
                    ),
                    models.UniqueConstraint(
                        fields=("collection", "user"), name="access_grant_once_per_user"
                    ),
                    models.UniqueConstraint(
                        fields=("collection", "key"), name="access_grant_once_per_key"
                    ),
                ],
            },
        ),
    ]
