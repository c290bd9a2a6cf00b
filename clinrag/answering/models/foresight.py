"""What an edition would change, worked out beforehand; the questions kept for it.

Promises: a report that is done never changes (a trigger), and its hash stands in the
ledger. Findings hold ids, places and quantities out of documents; no question that was
asked. Golden questions are staff's own words, written for testing.
"""

from django.db import models
from django.db.models import Q

from clinrag.answering.foresight_states import Expects, ReportState


class ForesightReport(models.Model):
    """What putting a version in force at `supposed_at` would change, step by step.

    `remaining` are answers, changed statements (by number) and golden questions still
    to be looked at; `claimed_until` is the lease of
    the worker that goes on with it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    version_id = models.UUIDField(db_index=True)
    older_id = models.UUIDField(null=True, blank=True)
    supposed_at = models.DateTimeField()
    corpus_position = models.CharField(max_length=40, blank=True, default="")
    rules = models.CharField(max_length=200)
    requested_by = models.CharField(max_length=200)
    requested_by_name = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    state = models.CharField(
        max_length=8, choices=[(one.value, one.value) for one in ReportState]
    )
    remaining = models.JSONField(default=list)
    findings = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    failure_code = models.CharField(max_length=60, blank=True, default="")
    finished_at = models.DateTimeField(null=True, blank=True)
    entry_id = models.UUIDField(unique=True, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version_id"],
                condition=Q(state=ReportState.RUNNING.value),
                name="foresight_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReportState.DONE.value)
                | (Q(entry_id__isnull=False) & ~Q(sha256="")),
                name="foresight_done_exactly_with_its_entry",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class GoldenQuestion(models.Model):
    """A question whose answer is known: words that must be cited, or a refusal."""

    id = models.UUIDField(primary_key=True, editable=False)
    collection = models.CharField(max_length=80, db_index=True)
    text = models.TextField()
    expects = models.CharField(
        max_length=8, choices=[(one.value, one.value) for one in Expects]
    )
    quotation = models.TextField(blank=True, default="")
    kept_by = models.CharField(max_length=200)
    kept_by_name = models.CharField(max_length=200)
    kept_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.CharField(max_length=200, blank=True, default="")
    retired_by_name = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expects=Expects.REFUSAL.value, quotation="")
                | (Q(expects=Expects.PASSAGE.value) & ~Q(quotation="")),
                name="golden_question_quotes_unless_refused",
            ),
            models.UniqueConstraint(
                fields=["collection", "text"],
                condition=Q(retired_at__isnull=True),
                name="golden_question_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
