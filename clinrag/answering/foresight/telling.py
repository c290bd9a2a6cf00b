"""A report as it is told to somebody.

A report is worked out by the system over every collection of a language; who reads it
may see fewer. Promises: no place, word or number out of a collection that is not open
to the reader, nor out of an edition that he may not see; what is left out is counted.
What signatures and ledger hold is the whole report: its hash stays that of the whole.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from clinrag.answering.foresight.queries import Outlook
from clinrag.answering.foresight.types import Conflict, ReportView, TouchedAnswer
from clinrag.answering.models import Answer
from ingestion import queries
from ingestion.queries import VersionView


@dataclass(frozen=True, slots=True)
class Eyes:
    """The collections open to a reader, and which of their versions he may see."""

    slugs: frozenset[str]
    may_see: Callable[[VersionView], bool]

    def sees(self, version: VersionView) -> bool:
        return version.collection_slug in self.slugs and self.may_see(version)


def told_to(eyes: Eyes, seen: Outlook) -> Outlook:
    """The outlook with each of its reports as far as the reader may see it."""
    return replace(
        seen,
        report=seen.report and _told(seen.report, eyes),
        running=seen.running and _told(seen.running, eyes),
        failed=seen.failed and _told(seen.failed, eyes),
    )


def _told(report: ReportView, eyes: Eyes) -> ReportView:
    versions = {key for one in report.conflicts for key in _versions(one)}
    seen = {key for key in versions if eyes.sees(queries.version(key))}
    open_to_him = tuple(one for one in report.conflicts if _versions(one) <= seen)
    closed = _closed(report, eyes)
    return replace(
        report,
        conflicts=open_to_him,
        hidden_conflicts=len(report.conflicts) - len(open_to_him),
        answers=tuple(
            _blank(one) if one.answer_id in closed else one for one in report.answers
        ),
        hidden_answers=closed,
    )


def _versions(conflict: Conflict) -> set[UUID]:
    return {conflict.ours.version_id, conflict.theirs.version_id}


def _closed(report: ReportView, eyes: Eyes) -> frozenset[UUID]:
    """Answers of which a collection is not open to him, or is no longer known."""
    compared = frozenset(one.answer_id for one in report.answers)
    rows = Answer.objects.filter(
        pk__in=compared, collections__contained_by=list(eyes.slugs)
    )
    return compared - frozenset(rows.values_list("pk", flat=True))


def _blank(answer: TouchedAnswer) -> TouchedAnswer:
    return replace(answer, lost=(), come=(), numbers_lost=(), numbers_come=())
