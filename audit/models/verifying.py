"""Verifications that somebody asked for, how far they are, and what came of them.

Says what this deployment found about itself: whoever can write here can claim that it
found nothing. Who needs to know verifies with keys and tools of their own.
"""

from django.db import models
from django.db.models import Q


class VerificationRun(models.Model):
    """One verification, of the whole log or of the indices `first` up to `end`.

    `end` is not included. `layer`, `done` and `total` are what the walk said last, at
    `attended_at`; `report` holds the outcome, with the first failures.
    """

    id = models.UUIDField(primary_key=True)
    first = models.BigIntegerField(null=True)
    end = models.BigIntegerField(null=True)
    requested_by = models.TextField()
    requested_by_name = models.TextField()
    requested_at = models.DateTimeField()
    state = models.TextField(default="waiting")
    layer = models.TextField(default="")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    attended_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    report = models.JSONField(null=True)

    class Meta:
        """Known states, and the lists that are asked for."""

        constraints = [
            models.CheckConstraint(
                name="verification_state_known",
                condition=Q(
                    state__in=["waiting", "running", "held", "broken", "failed"]
                ),
            ),
            models.CheckConstraint(
                name="verification_of_all_or_a_range",
                condition=Q(first__isnull=True, end__isnull=True)
                | Q(first__gte=0, end__gt=models.F("first")),
            ),
        ]
        indexes = [
            models.Index(name="verification_newest", fields=["-requested_at"]),
        ]
