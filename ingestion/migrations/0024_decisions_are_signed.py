"""A review holds to its signature; those from before signatures stay as they are.

Rows never change, so the constraint is not held against those that are there.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0023_collections_say_how_they_are_read")]

    operations = [
        AddConstraintNotValid(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=Q(authenticated_by="password")
                & (
                    Q(foresight="missing", foresight_sha256="")
                    | (Q(foresight__in=["fresh", "stale"]) & ~Q(foresight_sha256=""))
                )
                & (
                    ~Q(decision="approve")
                    | (
                        ~Q(text_sha256="")
                        & (Q(foresight="fresh") | Q(acknowledged=True))
                    )
                ),
                name="review_is_signed",
            ),
        ),
    ]
