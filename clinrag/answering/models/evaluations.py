"""What evaluations measured, and who let a worse figure pass.

Promises: no row is ever changed or deleted (triggers); a report's hash stands in the
ledger. The questions in it are staff's own words, written for testing. A waiver opens
one gate: its use is a row of its own, and there is one at most.
"""

from django.db import models


class EvaluationReport(models.Model):
    """An evaluation; `inputs_sha256` says what it rests on, `sha256` what it found."""

    id = models.UUIDField(primary_key=True, editable=False)
    set_name = models.CharField(max_length=200)
    inputs = models.JSONField()
    inputs_sha256 = models.CharField(max_length=64)
    results = models.JSONField()
    gate = models.JSONField(null=True)
    made_by = models.CharField(max_length=200)
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    entry_id = models.UUIDField(unique=True)

    def __str__(self) -> str:
        return str(self.id)


class EvaluationWaiver(models.Model):
    """One person's word that a measure may be worse, once and until `expires_at`."""

    id = models.UUIDField(primary_key=True, editable=False)
    report = models.ForeignKey(
        EvaluationReport, on_delete=models.PROTECT, related_name="waivers"
    )
    measure = models.CharField(max_length=40)
    reason = models.TextField()
    waived_by = models.CharField(max_length=200)
    waived_by_name = models.CharField(max_length=200)
    waived_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    entry_id = models.UUIDField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("waived_at")),
                name="evaluation_waiver_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class EvaluationWaiverUse(models.Model):
    """The gate that a waiver opened."""

    waiver = models.OneToOneField(
        EvaluationWaiver, on_delete=models.PROTECT, primary_key=True, related_name="use"
    )
    report = models.ForeignKey(
        EvaluationReport, on_delete=models.PROTECT, related_name="uses"
    )
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.pk)
