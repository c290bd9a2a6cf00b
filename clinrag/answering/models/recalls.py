"""Recalls, who has to be told of them, and what is sent to whom.

Promises: opening, each acknowledgement and closing commit with their ledger entries,
whose ids stand here; triggers let nothing but the next step change. Messages hold ids
and counts, never text. An attacker who can change these rows can silence a recall; the
ledger still tells that it was opened, and for how many answers.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from clinrag.answering.reach import DeliveryState, Reach, Severity, TargetKind

RECALLABLE = (TargetKind.VERSION, TargetKind.SECTION, TargetKind.CHUNK)


class Recall(models.Model):
    """A text that a person calls back, and why.

    `chunk_ids` are the passages of a section or the chunk; none for a whole version.
    `answers` had used it when it was opened; `answers_sha256` is over their ids.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(
        max_length=8, choices=[(one.value, one.value) for one in RECALLABLE]
    )
    document_id = models.UUIDField()
    version_id = models.UUIDField(db_index=True)
    section_path = ArrayField(models.TextField(), default=list, blank=True)
    chunk_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    reach = models.CharField(
        max_length=9, choices=[(one.value, one.value) for one in Reach]
    )
    severity = models.CharField(
        max_length=8, choices=[(one.value, one.value) for one in Severity]
    )
    reason = models.TextField()
    answers = models.PositiveIntegerField()
    answers_sha256 = models.CharField(max_length=64)
    opened_by = models.CharField(max_length=200)
    opened_by_name = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    opened_entry_id = models.UUIDField(unique=True)
    due_at = models.DateTimeField()
    closed_by = models.CharField(max_length=200, blank=True, default="")
    closed_by_name = models.CharField(max_length=200, blank=True, default="")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_entry_id = models.UUIDField(unique=True, null=True, blank=True)
    closing_note = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_entry_id__isnull=True)
                | Q(closed_at__isnull=False, closed_entry_id__isnull=False),
                name="recall_closed_exactly_with_its_entry",
            ),
            models.CheckConstraint(
                condition=Q(kind=TargetKind.VERSION.value, chunk_ids=[])
                | (~Q(kind=TargetKind.VERSION.value) & ~Q(chunk_ids=[])),
                name="recall_names_passages_unless_of_a_version",
            ),
        ]
        indexes = [models.Index("opened_at", "id", name="recall_by_opening")]

    def __str__(self) -> str:
        return str(self.id)


class RecallNotice(models.Model):
    """That an app's answers are concerned, until somebody acknowledges it."""

    id = models.UUIDField(primary_key=True, editable=False)
    recall = models.ForeignKey(Recall, models.PROTECT, related_name="notices")
    app = models.CharField(max_length=200)
    answers = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    acknowledged_by = models.CharField(max_length=200, blank=True, default="")
    acknowledged_by_name = models.CharField(max_length=200, blank=True, default="")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_entry_id = models.UUIDField(unique=True, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recall", "app"], name="recall_notice_once_per_app"
            ),
            models.CheckConstraint(
                condition=Q(
                    acknowledged_at__isnull=True, acknowledged_entry_id__isnull=True
                )
                | Q(acknowledged_at__isnull=False, acknowledged_entry_id__isnull=False),
                name="recall_notice_acknowledged_exactly_with_its_entry",
            ),
        ]
        indexes = [
            models.Index(
                "due_at",
                condition=Q(acknowledged_at__isnull=True),
                name="recall_notice_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.recall_id}:{self.app}"


class WebhookEndpoint(models.Model):
    """Where an app wants to be told; its secret is wrapped by the deployment's key."""

    id = models.UUIDField(primary_key=True, editable=False)
    app = models.CharField(max_length=200, db_index=True)
    url = models.CharField(max_length=1000)
    wrapping_key = models.CharField(max_length=200)
    wrapped = models.BinaryField()
    registered_by = models.CharField(max_length=200)
    registered_by_name = models.CharField(max_length=200)
    registered_at = models.DateTimeField()
    registered_entry_id = models.UUIDField(unique=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_entry_id = models.UUIDField(unique=True, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["app", "url"],
                condition=Q(removed_at__isnull=True),
                name="webhook_endpoint_once",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class WebhookDelivery(models.Model):
    """One message to one endpoint: the outbox. Its bytes never change.

    `claimed_until` is the lease of the worker that is sending it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    endpoint = models.ForeignKey(
        WebhookEndpoint, models.PROTECT, related_name="deliveries"
    )
    notice = models.ForeignKey(RecallNotice, models.PROTECT, related_name="deliveries")
    event = models.CharField(max_length=40)
    body = models.TextField()
    created_at = models.DateTimeField()
    state = models.CharField(
        max_length=9, choices=[(one.value, one.value) for one in DeliveryState]
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    failure_code = models.CharField(max_length=60, blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_entry_id = models.UUIDField(unique=True, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "endpoint", "event"], name="webhook_delivery_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    state=DeliveryState.PENDING.value, next_attempt_at__isnull=False
                )
                | ~Q(state=DeliveryState.PENDING.value),
                name="webhook_delivery_pending_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                "next_attempt_at",
                condition=Q(state=DeliveryState.PENDING.value),
                name="webhook_delivery_due",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
