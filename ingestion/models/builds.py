"""Building a collection's index anew beside the one that is searched.

Promises: one build of a collection at a time; which embedder is searched by stands in
the collection's row, which cut of a text in the version's, and both change in one
transaction. Will not: hold vectors or text.
"""

from uuid import uuid4

from django.db import models

from ingestion.models.corpus import Collection


class BuildState(models.TextChoices):
    """Where a build stands."""

    BUILDING = "building"
    SWITCHED = "switched"
    REVERTED = "reverted"
    ABANDONED = "abandoned"


class IndexBuild(models.Model):
    """All texts of a collection by another embedder, or cut by a newer chunker.

    `cut` is the number of the new cut, or 0 when texts stay as they are cut;
    `previous_embedder` is empty only in rows older than that it is kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    collection = models.ForeignKey(Collection, models.PROTECT, related_name="builds")
    number = models.PositiveIntegerField()
    embedder = models.CharField(max_length=160)
    previous_embedder = models.CharField(max_length=160, blank=True)
    chunker = models.CharField(max_length=80, blank=True)
    cut = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=BuildState.choices)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=120)
    switched_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)  # when the vectors it replaced went

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["collection", "number"], name="build_number_once"
            ),
            models.UniqueConstraint(
                fields=["collection"],
                condition=models.Q(state="building"),
                name="build_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.collection_id} {self.embedder} {self.cut}"
