"""What was decided about answering from a collection, decision after decision.

Promises: a row is never changed or deleted (a trigger); the newest one holds.
"""

from django.db import models


class CollectionPolicy(models.Model):
    """The terms that hold for a collection from `set_at` until the next number."""

    id = models.UUIDField(primary_key=True, editable=False)
    collection_id = models.UUIDField()
    number = models.PositiveIntegerField()
    grounding = models.CharField(max_length=8)
    identifiers = models.CharField(max_length=8)
    external_models = models.BooleanField()
    loosens = models.BooleanField(default=False)
    reason = models.TextField(blank=True, default="")
    set_by = models.CharField(max_length=200)
    set_by_name = models.CharField(max_length=200)
    set_at = models.DateTimeField()
    entry_id = models.UUIDField(unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["collection_id", "number"],
                name="collection_policy_numbers_are_taken_once",
            ),
            models.CheckConstraint(
                condition=models.Q(grounding__in=["flag", "drop", "refuse"])
                & models.Q(identifiers__in=["mask", "refuse"]),
                name="collection_policy_terms_are_known",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
