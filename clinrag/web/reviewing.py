"""Remarks and reviews as their pages show them.

Promises: an overdue review is marked wherever it is named; a reviewer sees of other
reviews nothing. Will not: open what somebody wrote; the caller does, on record.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinrag.answering.remarks import RemarkKind
from clinrag.answering.reviews.assignments import Assignment
from clinrag.answering.reviews.queries import RemarkView, Waiting
from clinrag.web.labels import Label, Words, in_words

KINDS: Final[Mapping[str, Label]] = {
    "helpful": Label(gettext_lazy("helpful"), "ok"),
    "wrong": Label(gettext_lazy("wrong"), "warn"),
    "unsafe": Label(gettext_lazy("unsafe"), "bad"),
    "review": Label(gettext_lazy("review"), "info"),
    "annotation": Label(gettext_lazy("annotation"), "info"),
    "override": Label(gettext_lazy("in its place"), "warn"),
}
VERDICTS: Final[Mapping[str, Label]] = {
    "correct": Label(gettext_lazy("correct"), "ok"),
    "minor_issues": Label(gettext_lazy("minor issues"), "info"),
    "wrong": Label(gettext_lazy("wrong"), "warn"),
    "unsafe": Label(gettext_lazy("unsafe"), "bad"),
}
CODES: Final[Mapping[str, Words]] = {
    "wrong_dose": gettext_lazy("wrong dose"),
    "contraindication": gettext_lazy("contraindication missed"),
    "out_of_date": gettext_lazy("out of date"),
    "not_in_source": gettext_lazy("not in the source"),
    "incomplete": gettext_lazy("incomplete"),
    "not_answered": gettext_lazy("question not answered"),
    "other": gettext_lazy("something else"),
}
CRITERIA: Final[Mapping[str, Words]] = {
    "accuracy": gettext_lazy("Accuracy"),
    "completeness": gettext_lazy("Completeness"),
    "safety": gettext_lazy("Safety"),
    "sources": gettext_lazy("Sources"),
}
# Above 0.8 conclusions may be drawn, above 0.667 tentative ones (Krippendorff 2004,
# "Content Analysis", section 11.4.2).
RELIABLE, TENTATIVE = 0.8, 0.667


@dataclass(frozen=True, slots=True)
class RemarkLine:
    """A remark with its words, which are empty where there are none or no more."""

    view: RemarkView
    kind: Label
    code: Words
    verdict: Label | None
    words: str
    was_erased: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """An answer that waits for a review: why, whose it is, by when."""

    answer_id: UUID
    flags: tuple[Label, ...]
    reviewers: tuple[Assignment, ...]
    due_at: datetime
    is_overdue: bool
    is_mine: bool
    state: Label


def remark_lines(
    remarks: Iterable[RemarkView], words: Mapping[UUID, str], *, opened: bool = True
) -> list[RemarkLine]:
    """In the order they come; `opened` tells that their words were asked for."""
    return [
        RemarkLine(
            view=one,
            kind=KINDS[one.kind.value],
            code=CODES.get(one.code, in_words(one.code)),
            verdict=VERDICTS.get(one.verdict),
            words=words.get(one.id, ""),
            was_erased=opened and one.has_words and one.id not in words,
        )
        for one in remarks
    ]


def pieces_of(
    waiting: Sequence[Waiting],
    assigned: Sequence[Assignment],
    *,
    reader_id: str,
    at: datetime,
) -> list[Piece]:
    """One an answer: what somebody called unsafe first, then what is due first."""
    flags: dict[UUID, list[RemarkView]] = defaultdict(list)
    for one in waiting:
        flags[one.remark.answer_id].append(one.remark)
    people: dict[UUID, list[Assignment]] = defaultdict(list)
    for held in assigned:
        people[held.answer_id].append(held)
    pieces = [
        _piece(answer_id, flags[answer_id], people[answer_id], seen=(reader_id, at))
        for answer_id in dict.fromkeys([*flags, *people])
    ]
    unsafe = {a for a, said in flags.items() if any(_is_unsafe(one) for one in said)}
    return sorted(pieces, key=lambda one: (one.answer_id not in unsafe, one.due_at))


def reliability(alpha: float | None) -> Label:
    """What a figure of agreement allows one to say."""
    if alpha is None:
        return Label(_("nothing to compare yet"))
    if alpha >= RELIABLE:
        return Label(_("reliable"), "ok")
    if alpha >= TENTATIVE:
        return Label(_("for tentative conclusions"), "info")
    return Label(_("too little to rely on"), "warn")


def _is_unsafe(one: RemarkView) -> bool:
    return one.kind is RemarkKind.UNSAFE


def _piece(
    answer_id: UUID,
    flags: Sequence[RemarkView],
    people: Sequence[Assignment],
    *,
    seen: tuple[str, datetime],
) -> Piece:
    """`seen` is by whom, and when."""
    reader_id, at = seen
    days = [one.due_at for one in flags if one.due_at is not None]
    days += [one.due_at for one in people]
    overdue = min(days) < at
    return Piece(
        answer_id=answer_id,
        flags=tuple(KINDS[one.kind.value] for one in flags),
        reviewers=tuple(people),
        due_at=min(days),
        is_overdue=overdue,
        is_mine=any(one.reviewer_id == reader_id for one in people),
        state=_state(overdue=overdue, is_assigned=bool(people)),
    )


def _state(*, overdue: bool, is_assigned: bool) -> Label:
    if overdue:
        return Label(_("overdue"), "bad")
    if is_assigned:
        return Label(_("assigned"), "info")
    return Label(_("nobody asked yet"), "warn")
