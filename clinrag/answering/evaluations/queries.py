"""Reading evaluations and waivers.

Promises: values out, never rows. What a reader may see is told by the caller:
`told_to` leaves out the questions of collections that are not open to him, and says
how many; figures are of all questions.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Final
from uuid import UUID

from clinrag.answering.evaluations.encoding import decoded
from clinrag.answering.evaluations.errors import EvaluationUnknown
from clinrag.answering.evaluations.types import ReportView, WaiverView
from clinrag.answering.models import EvaluationReport, EvaluationWaiver

MOST_ROWS: Final = 100


def evaluation_reports(
    *, limit: int = 50, before: UUID | None = None
) -> list[ReportView]:
    """Newest first; `before` continues behind the last one seen. Ids sort by time."""
    rows = EvaluationReport.objects.order_by("-id")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [_view(row) for row in rows[: min(limit, MOST_ROWS)]]


def evaluation_report(report_id: UUID) -> ReportView:
    """One, with the waivers given for it; raises EvaluationUnknown."""
    row = EvaluationReport.objects.filter(pk=report_id).first()
    if row is None:
        raise EvaluationUnknown
    given = row.waivers.select_related("use").order_by("waived_at", "id")
    return replace(_view(row), waivers=tuple(_waiver(one) for one in given))


def report_by_hash(sha256: str) -> ReportView | None:
    """The first report that says this, as a baseline is known."""
    row = EvaluationReport.objects.filter(sha256=sha256).order_by("id").first()
    return _view(row) if row else None


def waiver(waiver_id: UUID) -> WaiverView:
    """One waiver; raises EvaluationUnknown."""
    rows = EvaluationWaiver.objects.select_related("use")
    row = rows.filter(pk=waiver_id).first()
    if row is None:
        raise EvaluationUnknown
    return _waiver(row)


def told_to(slugs: Collection[str], report: ReportView) -> ReportView:
    """As much of it as may be seen by whom these collections are open to."""
    rows = report.evaluation.rows
    seen = tuple(row for row in rows if set(row.collections) <= set(slugs))
    shown = replace(report.evaluation, rows=seen)
    return replace(report, evaluation=shown, hidden=len(rows) - len(seen))


def _view(row: EvaluationReport) -> ReportView:
    told = {
        "set_name": row.set_name,
        "inputs": row.inputs,
        "results": row.results,
        "gate": row.gate,
    }
    return ReportView(
        id=row.id,
        evaluation=decoded(told),
        made_by_name=row.made_by_name,
        made_at=row.made_at,
        sha256=row.sha256,
    )


def _waiver(row: EvaluationWaiver) -> WaiverView:
    used = getattr(row, "use", None)
    return WaiverView(
        id=row.id,
        report_id=row.report_id,
        measure=row.measure,
        reason=row.reason,
        waived_by_name=row.waived_by_name,
        waived_at=row.waived_at,
        expires_at=row.expires_at,
        used_by=used.report_id if used else None,
    )
