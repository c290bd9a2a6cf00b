"""Putting an evaluation on record, behind its gate if it has one.

Promises: one transaction with the entry `evaluation.recorded`, which holds the report's
hash, what it rests on and its figures; a report is never changed. A gate compares with
a baseline and takes, for each measure that is worse, a waiver that holds now, was given
for the very same inputs and baseline, and for no less of a loss; a waiver is used up.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor
from audit.events import EvaluationRecorded
from audit.identifiers import new_id
from clinrag.answering.evaluations.comparing import compare
from clinrag.answering.evaluations.encoding import decoded, encoded, sha256_of
from clinrag.answering.evaluations.figures import figures
from clinrag.answering.evaluations.types import QUESTIONS_LEFT_OUT, Evaluation, Gate
from clinrag.answering.models import (
    EvaluationReport,
    EvaluationWaiver,
    EvaluationWaiverUse,
)


@transaction.atomic
def record_evaluation(
    evaluation: Evaluation,
    *,
    by: Actor,
    at: datetime,
    baseline: Evaluation | None = None,
    tolerance: Decimal = Decimal("0.02"),
) -> UUID:
    """Keep it; with a baseline, say in it whether its gate is open. The report's id."""
    report_id = new_id(at)
    used: Sequence[EvaluationWaiver] = ()
    if baseline is not None:
        gate = _gate(evaluation, baseline, tolerance=tolerance)
        found = _waivers_for(evaluation, baseline, gate, at=at)
        used = _use_up(found, report_id=report_id, at=at)
        waived = tuple(one.measure for one in used)
        evaluation = replace(evaluation, gate=replace(gate, waived=waived))
    digest = sha256_of(evaluation)
    event = _recorded(report_id, digest, evaluation, used)
    receipt = ledger.append(event, by=by, at=at)
    row = EvaluationReport(
        id=report_id,
        **encoded(evaluation),
        inputs_sha256=evaluation.inputs.sha256,
        made_by=by.id,
        made_by_name=by.name[:200],
        made_at=at,
        sha256=digest,
        entry_id=receipt.entry_id,
    )
    row.save(force_insert=True)
    return report_id


def _gate(evaluation: Evaluation, baseline: Evaluation, *, tolerance: Decimal) -> Gate:
    worse = compare(baseline.rows, evaluation.rows).worse(tolerance=tolerance)
    return Gate(sha256_of(baseline), str(tolerance), worse)


def _waivers_for(
    evaluation: Evaluation, baseline: Evaluation, gate: Gate, *, at: datetime
) -> tuple[EvaluationWaiver, ...]:
    """Those that would do, the oldest first; perhaps several for one measure."""
    rows = EvaluationWaiver.objects.filter(
        report__inputs_sha256=evaluation.inputs.sha256,
        report__gate__baseline_sha256=gate.baseline_sha256,
        measure__in=gate.worse,
        waived_at__lte=at,
        expires_at__gt=at,
        use__isnull=True,
    )
    found = rows.select_related("report").order_by("waived_at", "id")
    return tuple(one for one in found if _covers(one, evaluation, baseline))


def _use_up(
    found: Sequence[EvaluationWaiver], *, report_id: UUID, at: datetime
) -> tuple[EvaluationWaiver, ...]:
    """One for each measure. Of two gates that want one waiver, one inserts its use.

    The report's row comes later: the reference is checked as the transaction ends.
    """
    used: dict[str, EvaluationWaiver] = {}
    for one in found:
        if one.measure in used:
            continue
        how = {"report_id": report_id, "used_at": at}
        _, is_ours = EvaluationWaiverUse.objects.get_or_create(waiver=one, defaults=how)
        if is_ours:
            used[one.measure] = one
    return tuple(used.values())


def _covers(
    waiver: EvaluationWaiver, evaluation: Evaluation, baseline: Evaluation
) -> bool:
    """Whether no more is lost now than whoever waived it was shown."""
    seen = decoded(
        {
            "set_name": waiver.report.set_name,
            "inputs": waiver.report.inputs,
            "results": waiver.report.results,
            "gate": waiver.report.gate,
        }
    )
    return _loss(waiver.measure, evaluation, baseline) <= _loss(
        waiver.measure, seen, baseline
    )


def _loss(measure: str, evaluation: Evaluation, baseline: Evaluation) -> Fraction:
    found = compare(baseline.rows, evaluation.rows)
    if measure == QUESTIONS_LEFT_OUT:
        return Fraction(found.left_out)
    return next(-one.gain for one in found.changes if one.measure == measure)


def _recorded(
    report_id: UUID,
    digest: str,
    evaluation: Evaluation,
    used: Sequence[EvaluationWaiver],
) -> EvaluationRecorded:
    gate = evaluation.gate
    told = figures(evaluation.rows)
    return EvaluationRecorded(
        report_id=str(report_id),
        report_sha256=digest,
        set_name=evaluation.set_name,
        questions=len(evaluation.rows),
        inputs=evaluation.inputs.pairs,
        figures=tuple((str(f.measure), f.share.hits, f.share.of) for f in told),
        baseline_sha256=gate.baseline_sha256 if gate else None,
        worse=gate.worse if gate else (),
        waivers=tuple(str(one.id) for one in used),
    )
