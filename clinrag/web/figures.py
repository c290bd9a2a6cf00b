"""The numbers of the overview, each with its range of time and the list it counts.

Promises: answers are counted whatever their number, and a number that had to stop
counting says so with a plus; a list's address carries the very filters that were
counted. Will not: count what the person may not list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.custody import authorizations, break_glass
from audit.exports import records
from clinrag.access.deciding import may_see
from clinrag.access.roles import Permission
from clinrag.answering import counts
from clinrag.answering.types import AnswerState, Outcome
from ingestion.lifecycle import Status
from ingestion.queries import versions_in

WEEK = timedelta(days=7)
CHART_DAYS = 14
MOST_VERSIONS = 100
MOST_WAITING = 100
MOST_STALE = 20
# The chart's own units, those of its viewBox in the template.
BAR_STEP, BAR_WIDTH, CHART_TOP, CHART_HEIGHT = 78, 58, 6, 90


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and the list it counts; `more` when counting stopped early."""

    number: int
    label: str
    range: str
    url: str
    more: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Figures under one heading."""

    title: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the chart, in the chart's units."""

    date: date
    answered: int
    other: int
    x: int
    middle: int
    answered_y: str
    answered_height: str
    other_y: str
    other_height: str


@dataclass(frozen=True, slots=True)
class Stale:
    """An edition no longer in force that answers rest on."""

    version_id: UUID
    document_title: str
    label: str
    status: str
    answers: int
    url: str


def answer_figures(*, at: datetime) -> Group:
    """How the questions of the last week ended, by outcome."""
    since = timezone.localtime(at - WEEK)
    found = counts.outcomes_since(since)
    shown = [(Outcome.ANSWERED, _("answered")), (Outcome.NO_EVIDENCE, _("no evidence"))]
    shown += [(Outcome.NOT_GROUNDED, _("not grounded"))]
    shown += [(Outcome.MODEL_FAILED, _("failed"))]
    figures = [_figure(found[one], one, label, since) for one, label in shown]
    if found[AnswerState.LOST]:
        figures.append(_figure(found[AnswerState.LOST], "lost", _("lost"), since))
    return Group(_("Answers"), tuple(figures))


def custody_figures(permissions: frozenset[Permission], *, at: datetime) -> Group:
    """What waits for a second person, and what is ready."""
    figures = [_waiting(permissions)]
    if Permission.READ_LEDGER in permissions:
        figures += _emergencies(at)
    if Permission.EXPORT_LEDGER in permissions:
        ready = [
            one for one in records.recent(limit=MOST_WAITING) if _is_ready(one, at)
        ]
        figures.append(_now(len(ready), _("evidence packages ready"), "packages"))
    return Group(_("Custody"), tuple(figures))


def _waiting(permissions: frozenset[Permission]) -> Figure:
    seen = may_see(permissions)
    found = authorizations.pending(limit=MOST_WAITING)
    number = sum(one.action in seen for one in found)
    return _now(number, _("waiting for a second person"), "waiting", of=len(found))


def _emergencies(at: datetime) -> list[Figure]:
    waiting = len(break_glass.unreviewed(limit=MOST_WAITING))
    late = len(break_glass.overdue(at=at, limit=MOST_WAITING))
    figures = [_now(waiting, _("emergency accesses to review"), "emergencies")]
    if late:
        figures.append(_now(late, _("reviews overdue"), "emergencies"))
    return figures


def _is_ready(one: records.ExportView, at: datetime) -> bool:
    is_kept = one.expires_at is None or one.expires_at > at
    return one.state is records.State.BUILT and is_kept


def _now(number: int, label: str, page: str, *, of: int = 0) -> Figure:
    more = max(number, of) >= MOST_WAITING
    return Figure(number, label, _("now"), reverse(f"web:{page}"), more=more)


def _figure(number: int, outcome: str, label: str, since: datetime) -> Figure:
    query = {"outcome": str(outcome), "since": since.strftime("%Y-%m-%dT%H:%M")}
    url = f"{reverse('web:answers')}?{urlencode(query)}"
    return Figure(number, label, _("last 7 days"), url)


def corpus_figures() -> Group:
    """What waits for somebody, and what is in force."""
    shown = (
        (Status.IN_REVIEW, _("editions in review")),
        (Status.APPROVED, _("approved, not in force yet")),
        (Status.FAILED, _("failed editions")),
        (Status.IN_FORCE, _("editions in force")),
    )
    return Group(_("Documents"), tuple(_corpus_figure(*one) for one in shown))


def _corpus_figure(status: Status, label: str) -> Figure:
    number = len(versions_in(status, limit=MOST_VERSIONS))
    url = f"{reverse('web:documents')}?{urlencode({'status': status.value})}"
    return Figure(number, label, _("now"), url, more=number == MOST_VERSIONS)


def stale_editions() -> list[Stale]:
    """Editions superseded or withdrawn that logged answers rest on."""
    gone = [
        version
        for status in (Status.WITHDRAWN, Status.SUPERSEDED)
        for version in versions_in(status, limit=MOST_STALE)
    ]
    found = []
    for version in gone:
        number = counts.citing(version.id)
        if number:
            url = f"{reverse('web:answers')}?{urlencode({'version': str(version.id)})}"
            found.append(
                Stale(
                    version_id=version.id,
                    document_title=version.document_title,
                    label=version.label,
                    status=version.status,
                    answers=number,
                    url=url,
                )
            )
    return found


def chart_of(*, at: datetime) -> tuple[Day, ...]:
    """Questions by day; nothing when there were none."""
    zone = timezone.get_current_timezone()
    first = timezone.localtime(at).date() - timedelta(days=CHART_DAYS - 1)
    since = datetime.combine(first, time.min, tzinfo=zone)
    found = {one.day: one for one in counts.days_since(since, zone=zone)}
    if not found:
        return ()
    tallest = max(one.answered + one.other for one in found.values())
    wanted = [first + timedelta(days=n) for n in range(CHART_DAYS)]
    return tuple(
        _day(one, place, _numbers(found.get(one)), tallest)
        for place, one in enumerate(wanted)
    )


def _numbers(found: counts.DayCount | None) -> tuple[int, int]:
    return (found.answered, found.other) if found else (0, 0)


def _day(one: date, place: int, numbers: Sequence[int], tallest: int) -> Day:
    answered, other = numbers
    unit = CHART_HEIGHT / tallest
    x = place * BAR_STEP + (BAR_STEP - BAR_WIDTH) // 2
    floor = CHART_TOP + CHART_HEIGHT
    return Day(
        date=one,
        answered=answered,
        other=other,
        x=x,
        middle=x + BAR_WIDTH // 2,
        answered_y=f"{floor - answered * unit:.1f}",
        answered_height=f"{answered * unit:.1f}",
        other_y=f"{floor - (answered + other) * unit:.1f}",
        other_height=f"{other * unit:.1f}",
    )
