"""What is recorded about editions and documents besides their texts.

Promises: rows that only ever come in; a decision about a hold or a reminder is written
once. Triggers in `sql/` keep that against whoever writes the rows. Will not: decide
anything, or hold a word of a document.
"""

from uuid import uuid4

from django.db import models

from ingestion.lifecycle import HoldDecision
from ingestion.models.corpus import Document, DocumentVersion


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


class DocumentRecord(models.Model):
    """How a document was described from a moment on, and why; the last one holds."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="records")
    title = models.CharField(max_length=500)
    publisher = models.CharField(max_length=300, blank=True)
    citation = models.TextField(blank=True)
    url = models.URLField(max_length=1000, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8)
    owner_id = models.CharField(max_length=120)
    review_by = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=120)
    recorded_by_name = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.title


class VersionLabel(models.Model):
    """What an edition was called from a moment on, and why; the last one holds."""

    version = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="labels")
    label = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=120)
    recorded_by_name = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.label


class Reminder(models.Model):
    """A task for a document's owner: to look through it by a day."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="reminders")
    owner_id = models.CharField(max_length=120)
    review_by = models.DateField()
    opened_at = models.DateTimeField()
    note = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=120, blank=True)
    closed_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document", "review_by"], name="reminder_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.review_by}"
