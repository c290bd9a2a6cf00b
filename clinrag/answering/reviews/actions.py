"""Saying something of an answer: each a new record, none of which changes it.

Promises: one transaction with the ledger entry, which names answer, kind and codes;
what somebody wrote is sealed beside it. The person an answer concerns is kept nowhere,
so these words are no part of what is erased by his reference: they are erased by their
own entry. Will not: decide who may say it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor
from audit.events import AnswerAnnotated, AnswerReviewed, FeedbackGiven
from audit.events.shape import Event
from audit.identifiers import new_id
from clinrag.answering.models import AnswerRemark
from clinrag.answering.remarks import (
    CRITERIA,
    DUE,
    FEEDBACK,
    HIGHEST,
    LOWEST,
    NOTES,
    FeedbackCode,
    RemarkKind,
    ReviewVerdict,
)
from clinrag.answering.reviews.checking import (
    check_ended,
    check_flags,
    check_overrides,
    check_reviewer,
)
from clinrag.answering.reviews.errors import RemarkInvalid

LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class _Remark:
    """What goes into the row, and into the entry that stands for it."""

    kind: RemarkKind
    event: Event
    words: str = ""
    code: str = ""
    verdict: str = ""
    scores: tuple[int, ...] = ()
    flags: tuple[UUID, ...] = ()


def give_feedback(
    answer_id: UUID,
    *,
    kind: RemarkKind,
    code: FeedbackCode = FeedbackCode.NONE,
    words: str = "",
    by: Actor,
    at: datetime,
) -> UUID:
    """Call an answer helpful, wrong or unsafe; the last two wait for a review.

    Raises UnknownAnswer, AnswerNotEnded, RemarkInvalid, LedgerUnavailable.
    """
    is_complaint = kind is not RemarkKind.HELPFUL
    if kind not in FEEDBACK or is_complaint != bool(code):
        raise RemarkInvalid
    remark_id = new_id(at)
    event = FeedbackGiven(
        feedback_id=str(remark_id),
        answer_id=str(answer_id),
        kind=kind.value,
        code=code.value,
    )
    made = _Remark(kind, event, words, code=code.value)
    return _keep(answer_id, remark_id, made, by=by, at=at)


def review_answer(
    answer_id: UUID,
    *,
    verdict: ReviewVerdict,
    scores: Mapping[str, int],
    flags: Sequence[UUID] = (),
    words: str = "",
    by: Actor,
    at: datetime,
) -> UUID:
    """Score an answer by all criteria; the `flags` that it names no longer wait.

    One that is not named waits on: it may have come after the answer was read. Raises
    OnlyPeopleReview, OwnAnswerReviewed, OwnFlagReviewed, and what `give_feedback`
    raises.
    """
    in_range = all(LOWEST <= one <= HIGHEST for one in scores.values())
    if set(scores) != set(CRITERIA) or not in_range:
        raise RemarkInvalid
    settled = tuple(sorted(set(flags)))
    check_reviewer(answer_id, by=by)
    check_flags(answer_id, settled)
    remark_id = new_id(at)
    given = tuple((name, scores[name]) for name in CRITERIA)
    event = AnswerReviewed(
        review_id=str(remark_id),
        answer_id=str(answer_id),
        verdict=verdict.value,
        scores=given,
        flags=tuple(map(str, settled)),
    )
    made = _Remark(
        RemarkKind.REVIEW,
        event,
        words,
        verdict=verdict.value,
        scores=tuple(score for _, score in given),
        flags=settled,
    )
    return _keep(answer_id, remark_id, made, by=by, at=at)


def annotate_answer(
    answer_id: UUID, *, kind: RemarkKind, words: str, by: Actor, at: datetime
) -> UUID:
    """Put words beside an answer, or what should be read in its place.

    What is to be read in its place waits for a review. Raises OverrideIsNobodys, and
    what `give_feedback` raises.
    """
    if kind not in NOTES or not words.strip():
        raise RemarkInvalid
    if kind is RemarkKind.OVERRIDE:
        check_overrides(by)
    remark_id = new_id(at)
    event = AnswerAnnotated(
        note_id=str(remark_id), answer_id=str(answer_id), kind=kind.value
    )
    made = _Remark(kind, event, words)
    return _keep(answer_id, remark_id, made, by=by, at=at)


@transaction.atomic
def _keep(
    answer_id: UUID, remark_id: UUID, made: _Remark, *, by: Actor, at: datetime
) -> UUID:
    check_ended(answer_id)
    words = made.words.strip()
    if len(words) > LONGEST or "\0" in words:
        raise RemarkInvalid
    sealed = {"words": words} if words else None
    receipt = ledger.append(made.event, by=by, at=at, sealed=sealed)
    wait = DUE.get(made.kind)
    AnswerRemark.objects.create(
        id=remark_id,
        answer_id=answer_id,
        kind=made.kind.value,
        code=made.code,
        verdict=made.verdict,
        scores=list(made.scores),
        flags=list(made.flags),
        has_words=bool(words),
        made_by=by.id,
        made_by_name=by.name[:200],
        made_at=at,
        due_at=None if wait is None else at + wait,
        entry_id=receipt.entry_id,
    )
    return remark_id
