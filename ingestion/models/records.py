"""What is recorded about editions and documents besides their texts.

Promises: rows that only ever come in; a decision about a hold or a reminder is written
once. Triggers in `sql/` keep that against whoever writes the rows. Will not: decide
anything, or hold a word of a document.
"""

from uuid import uuid4

from django.db import models

from ingestion.lifecycle import HoldDecision
from ingestion.models.corpus import DocumentVersion


class VersionHold(models.Model):
    """A version that waits for a person's decision, and what was decided.

    `code` names what was found, `findings` counts it by kind.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    version = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="holds")
    code = models.CharField(max_length=60)
    findings = models.JSONField(default=dict)
    held_at = models.DateTimeField()
    held_by = models.CharField(max_length=120)
    decision = models.CharField(
        max_length=8,
        blank=True,
        choices=[(decision.value, decision.value) for decision in HoldDecision],
    )
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=120, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version"],
                condition=models.Q(decided_at__isnull=True),
                name="versionhold_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(decision="", decided_at__isnull=True)
                | models.Q(
                    decision__in=[decision.value for decision in HoldDecision],
                    decided_at__isnull=False,
                ),
                name="versionhold_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.code}"
