"""Letting a worse figure pass: one person's word, for one gate, on record.

Promises: a waiver names the report that found something worse, the measure, and why;
it is one transaction with its entry `evaluation.waived`. It holds until it is used or
ends, thirty days at most. Will not: change the report it is about.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor
from audit.events import EvaluationWaived
from audit.identifiers import new_id
from clinrag.answering.evaluations.errors import (
    NothingToWaive,
    WaiverInvalid,
    WaiverNotAcknowledged,
)
from clinrag.answering.evaluations.queries import evaluation_report, waiver
from clinrag.answering.evaluations.types import WaiverView
from clinrag.answering.models import EvaluationWaiver
from clinrag.privacy.identifiers import screen

LONGEST_REASON: Final = 2_000
LONGEST: Final = timedelta(days=30)
USUAL: Final = timedelta(days=7)


@transaction.atomic
def waive(
    report_id: UUID,
    *,
    measure: str,
    reason: str,
    acknowledged: bool,
    by: Actor,
    at: datetime,
    expires_at: datetime | None = None,
) -> WaiverView:
    """Let `measure` be as bad as this report says; a week unless told otherwise.

    Raises EvaluationUnknown, NothingToWaive, WaiverNotAcknowledged, WaiverInvalid.
    """
    report, until, why = evaluation_report(report_id), expires_at or at + USUAL, reason
    gate = report.evaluation.gate
    if gate is None or measure not in gate.worse:
        raise NothingToWaive
    if not acknowledged:
        raise WaiverNotAcknowledged
    _check(why := why.strip(), lasting=until - at)
    event = EvaluationWaived(
        waiver_id=str(new_id(at)),
        report_id=str(report_id),
        report_sha256=report.sha256,
        measure=measure,
        reason=why,
        expires_at=until.isoformat(),
    )
    receipt = ledger.append(event, by=by, at=at)
    row = EvaluationWaiver(
        id=UUID(event.waiver_id),
        report_id=report_id,
        measure=measure,
        reason=why,
        waived_by=by.id,
        waived_by_name=by.name[:200],
        waived_at=at,
        expires_at=until,
        entry_id=receipt.entry_id,
    )
    row.save(force_insert=True)
    return waiver(row.id)


def _check(reason: str, *, lasting: timedelta) -> None:
    if not 0 < len(reason) <= LONGEST_REASON or screen(reason).findings:
        raise WaiverInvalid
    if not timedelta(0) < lasting <= LONGEST:
        raise WaiverInvalid
