"""What the page to approve an edition shows of a report, in words and with links.

Promises: what it lays out is a report as it is told to the person (`told_to`); of what
they may not see there is a count and no word. No question that was asked is shown: a
logged answer is a link, and opening it is a reading on record. Will not: decide
anything.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from clinrag.access.models import User
from clinrag.answering.foresight.golden import golden_questions
from clinrag.answering.foresight.telling import Eyes
from clinrag.answering.foresight.types import (
    Conflict,
    Effect,
    GoldenOutcome,
    Place,
    ReportView,
)
from clinrag.web.visibility import may_see, visible_slugs
from ingestion import queries
from ingestion.queries import PassageView

SHOWN = 50
EFFECTS: Mapping[Effect, tuple[str, str]] = {
    Effect.NUMBER: ("bad", "another number"),
    Effect.EVIDENCE: ("warn", "other passages"),
    Effect.ORDER: ("info", "another order"),
    Effect.UNCHANGED: ("ok", "the same"),
}


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A logged answer whose evidence would be another."""

    url: str
    short_id: str
    badge: str
    effect: str
    lost: int
    come: int
    numbers_lost: str
    numbers_come: str
    is_of_document: bool
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One of two sentences, with where it stands."""

    title: str
    label: str
    section: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """Two sentences side by side."""

    kind: str
    our_words: str
    their_words: str
    ours: Side
    theirs: Side


@dataclass(frozen=True, slots=True)
class GoldenLine:
    """A golden question whose answer would be another."""

    text: str
    expects: str
    before: str
    after: str
    met_before: bool
    met_after: bool


@dataclass(frozen=True, slots=True)
class ForesightPage:
    """What the page shows of a report that is done."""

    answers: tuple[AnswerLine, ...]
    answers_changed: int
    answers_compared: int
    conflicts: tuple[ConflictLine, ...]
    hidden_conflicts: int
    golden: tuple[GoldenLine, ...]
    golden_asked: int


def eyes_of(person: User, *, at: datetime) -> Eyes:
    """What the person may see of a report."""
    return Eyes(
        frozenset(visible_slugs(person)), partial(may_see, person=person, at=at)
    )


def foresight_page(report: ReportView, *, collection: str) -> ForesightPage:
    """Lay a report out, as it is told to somebody (`told_to`)."""
    found = _passages(report.conflicts)
    told = tuple(_conflicts(report.conflicts, found))
    changed = report.changed_answers
    return ForesightPage(
        answers=tuple(_answers(report)),
        answers_changed=len(changed),
        answers_compared=len(report.answers),
        conflicts=told,
        hidden_conflicts=report.hidden_conflicts + len(report.conflicts) - len(told),
        golden=tuple(_golden(report.changed_golden, collection=collection)),
        golden_asked=len(report.golden),
    )


def _answers(report: ReportView) -> Iterator[AnswerLine]:
    for one in report.changed_answers[:SHOWN]:
        badge, words = EFFECTS[one.effect]
        yield AnswerLine(
            url=reverse("web:answer", args=[one.answer_id]),
            short_id=str(one.answer_id)[-8:],
            badge=badge,
            effect=_(words),
            lost=len(one.lost),
            come=len(one.come),
            numbers_lost=" · ".join(one.numbers_lost),
            numbers_come=" · ".join(one.numbers_come),
            is_of_document=one.is_of_document,
            is_hidden=one.answer_id in report.hidden_answers,
        )


def _passages(
    conflicts: Iterable[Conflict],
) -> dict[tuple[UUID, UUID], PassageView]:
    """The passages of both sides."""
    pairs = {
        (place.version_id, place.chunk_id)
        for one in conflicts
        for place in (one.ours, one.theirs)
    }
    return {(one.version_id, one.chunk_id): one for one in queries.passages(pairs)}


def _conflicts(
    conflicts: Iterable[Conflict], found: Mapping[tuple[UUID, UUID], PassageView]
) -> Iterator[ConflictLine]:
    for one in conflicts:
        ours = found.get((one.ours.version_id, one.ours.chunk_id))
        theirs = found.get((one.theirs.version_id, one.theirs.chunk_id))
        if ours and theirs:
            yield ConflictLine(
                kind=_("quantity") if one.kind == "quantity" else _("strength"),
                our_words=one.our_words,
                their_words=one.their_words,
                ours=_side(ours, one.ours),
                theirs=_side(theirs, one.theirs),
            )


def _side(passage: PassageView, place: Place) -> Side:
    start, end = passage.char_start + place.start, passage.char_start + place.end
    address = reverse("web:version", args=[passage.version_id])
    return Side(
        title=passage.document_title,
        label=passage.version_label,
        section=" › ".join(passage.section_path[-2:]),
        text=passage.text[place.start : place.end].strip("*_ "),
        url=f"{address}?{urlencode({'span': f'{start}-{end}'})}#span",
    )


def _golden(
    outcomes: Iterable[GoldenOutcome], *, collection: str
) -> Iterator[GoldenLine]:
    texts = {one.id: one.text for one in golden_questions(collection)}
    for one in outcomes:
        yield GoldenLine(
            text=texts.get(one.question_id, _("a question retired since")),
            expects=_("a passage") if one.expects == "passage" else _("a refusal"),
            before=one.outcome_before.replace("_", " "),
            after=one.outcome_after.replace("_", " "),
            met_before=one.met_before,
            met_after=one.met_after,
        )
