"""The numbers of the overview, each with its range of time and the list it counts.

Promises: a number that had to stop counting says so with a plus; a list's address
carries the very filters that were counted. Will not: count what the person may not
list.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinrag.answering import queries
from clinrag.answering.types import AnswerFilters, AnswerRow, AnswerState, Outcome
from ingestion.lifecycle import Status
from ingestion.queries import versions_in

WEEK = timedelta(days=7)
CHART_DAYS = 14
PAGE_SIZE = 200
MOST_PAGES = 5
MOST_VERSIONS = 100
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
    more: bool
    url: str


@dataclass(frozen=True, slots=True)
class Lately:
    """The answers of the last days; not `complete` when there were too many."""

    rows: tuple[AnswerRow, ...]
    complete: bool


def lately(*, at: datetime) -> Lately:
    """Answers of the chart's days, newest first, a thousand at most."""
    filters = AnswerFilters(since=at - timedelta(days=CHART_DAYS))
    rows: list[AnswerRow] = []
    cursor = None
    for _page in range(MOST_PAGES):
        found = queries.answers(filters, limit=PAGE_SIZE, cursor=cursor)
        rows.extend(found.rows)
        cursor = found.next_cursor
        if cursor is None:
            break
    return Lately(tuple(rows), cursor is None)


def answer_figures(found: Lately, *, at: datetime) -> Group:
    """How the questions of the last week ended, by outcome."""
    since = timezone.localtime(at - WEEK)
    rows = [row for row in found.rows if row.created_at >= since]
    counts = Counter(row.outcome or str(row.state) for row in rows)
    shown = [(Outcome.ANSWERED, _("answered")), (Outcome.NO_EVIDENCE, _("no evidence"))]
    shown += [(Outcome.NOT_GROUNDED, _("not grounded"))]
    shown += [(Outcome.MODEL_FAILED, _("failed"))]
    figures = [_figure(counts[one], one, label, since) for one, label in shown]
    if counts[AnswerState.LOST]:
        figures.append(_figure(counts["lost"], "lost", _("lost"), since))
    if not found.complete:
        figures = [
            Figure(f.number, f.label, f.range, f.url, more=True) for f in figures
        ]
    return Group(_("Answers"), tuple(figures))


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
        page = queries.answers_citing(version.id, limit=PAGE_SIZE)
        if page.rows:
            url = f"{reverse('web:answers')}?{urlencode({'version': str(version.id)})}"
            found.append(
                Stale(
                    version_id=version.id,
                    document_title=version.document_title,
                    label=version.label,
                    status=version.status,
                    answers=len(page.rows),
                    more=page.next_cursor is not None,
                    url=url,
                )
            )
    return found


def chart_of(found: Lately, *, at: datetime) -> tuple[Day, ...]:
    """Questions by day; nothing when there were none, or too many to count."""
    if not found.rows or not found.complete:
        return ()
    days = [timezone.localtime(row.created_at).date() for row in found.rows]
    kinds = [row.outcome == Outcome.ANSWERED for row in found.rows]
    counts = Counter(zip(days, kinds, strict=True))
    tallest = max(Counter(days).values())
    today = timezone.localtime(at).date()
    wanted = [today - timedelta(days=back) for back in reversed(range(CHART_DAYS))]
    return tuple(
        _day(one, place, (counts[one, True], counts[one, False]), tallest)
        for place, one in enumerate(wanted)
    )


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
