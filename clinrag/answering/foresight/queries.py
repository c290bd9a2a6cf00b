"""Reading reports, and what one is worth at the moment of deciding.

Promises: values out, never rows. A report is fresh while the corpus, the rules, the
index and the golden questions are those it was worked out with, and while no edition
came into force or ended since the moment it supposes.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinrag.answering.foresight.encoding import decoded
from clinrag.answering.foresight.errors import ForesightUnknown
from clinrag.answering.foresight.golden import golden_questions
from clinrag.answering.foresight.reports import rules_for
from clinrag.answering.foresight.types import Freshness, ReportView
from clinrag.answering.foresight_states import ReportState
from clinrag.answering.models import ForesightReport
from ingestion import queries
from ingestion.queries import VersionView
from ingestion.queries.corpus import begins_or_ends


@dataclass(frozen=True, slots=True)
class Outlook:
    """A version's newest report that is done, what it is worth, and what runs."""

    report: ReportView | None
    freshness: Freshness
    running: ReportView | None
    failed: ReportView | None


def report(report_id: UUID) -> ReportView:
    """One report; raises ForesightUnknown."""
    row = ForesightReport.objects.filter(pk=report_id).first()
    if row is None:
        raise ForesightUnknown
    return _view(row)


def outlook(version_id: UUID, *, at: datetime) -> Outlook:
    """What there is to see about a version at a moment; raises VersionNotFound."""
    rows = ForesightReport.objects.filter(version_id=version_id)
    newest = {row.state: row for row in rows.order_by("requested_at", "id")}
    done = newest.get(ReportState.DONE.value)
    running = newest.get(ReportState.RUNNING.value)
    failed = newest.get(ReportState.FAILED.value)
    return Outlook(
        report=_view(done) if done else None,
        freshness=_freshness(done, version_id, at=at),
        running=_view(running) if running else None,
        failed=_view(failed) if failed else None,
    )


def _freshness(
    row: ForesightReport | None, version_id: UUID, *, at: datetime
) -> Freshness:
    version = queries.version(version_id)
    if row is None:
        return Freshness.MISSING
    asked = {one["question_id"] for one in row.findings.get("golden", ())}
    kept = {str(one.id) for one in golden_questions(version.collection_slug)}
    same_corpus = row.corpus_position == (queries.corpus_position() or "")
    same_rules = row.rules == rules_for(version)
    is_fresh = same_corpus and same_rules and asked == kept
    if is_fresh and not _is_overtaken(row, version, at=at):
        return Freshness.FRESH
    return Freshness.STALE


def _is_overtaken(row: ForesightReport, version: VersionView, *, at: datetime) -> bool:
    """Whether time has passed an edition: what was scheduled begins without a write."""
    moment = max(row.supposed_at, at)
    older = queries.version_in_force(version.document_id, at=moment)
    if (older.id if older else None) != row.older_id:
        return True
    language = queries.collection_by_slug(version.collection_slug).language
    return begins_or_ends(language, after=row.supposed_at, until=moment)


def _view(row: ForesightReport) -> ReportView:
    found = decoded(row.findings)
    return ReportView(
        id=row.id,
        version_id=row.version_id,
        older_id=row.older_id,
        supposed_at=row.supposed_at,
        corpus_position=row.corpus_position,
        rules=row.rules,
        requested_by_name=row.requested_by_name,
        requested_at=row.requested_at,
        state=ReportState(row.state),
        done=row.total - len(row.remaining),
        total=row.total,
        sha256=row.sha256,
        failure_code=row.failure_code,
        finished_at=row.finished_at,
        passages=found.passages,
        answers=found.answers,
        conflicts=found.conflicts,
        golden=found.golden,
        limits=found.limits,
    )
