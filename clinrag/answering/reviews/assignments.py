"""Who is to review an answer: assigned, and taken back, as new records.

Promises: one transaction with the ledger entry; an assignment holds until the reviewer
has reviewed the answer since, or it is taken back. It is what lets a reviewer read an
answer that is not his own. Will not: look up what a person may do in general, nor which
collections are open to him: whoever assigns, and whoever shows, does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from audit import ledger
from audit.actors import Actor, ActorKind
from audit.events import ReviewAssigned, ReviewTakenBack
from audit.events.shape import Event
from audit.identifiers import new_id
from clinrag.answering.models import Answer, AnswerRemark, ReviewAssignment
from clinrag.answering.remarks import DUE, RemarkKind
from clinrag.answering.reviews.checking import check_ended, check_reviewer
from clinrag.answering.reviews.errors import (
    OnlyPeopleReview,
    ReviewDueInPast,
    ReviewIsAssigned,
    ReviewNotAssigned,
)
from clinrag.answering.reviews.queries import review_queue

MOST_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Assignment:
    """One review that somebody is to make, by `due_at`."""

    id: UUID
    answer_id: UUID
    reviewer_id: str
    reviewer_name: str
    due_at: datetime
    assigned_by_name: str
    assigned_at: datetime


def usual_due_at(answer_id: UUID, *, at: datetime) -> datetime:
    """When its first flag that waits is due; a day from now if that is over already.

    Two weeks from now where nobody flagged the answer.
    """
    waiting = review_queue(at=at, answer_ids=[answer_id])
    due = [one.remark.due_at for one in waiting if one.remark.due_at]
    if not due:
        return at + DUE[RemarkKind.WRONG]
    return max(min(due), at + DUE[RemarkKind.UNSAFE])


def assign_review(
    answer_id: UUID, *, reviewer: Actor, due_at: datetime, by: Actor, at: datetime
) -> UUID:
    """Ask somebody to review an answer, which he may read from now on.

    Raises UnknownAnswer, AnswerNotEnded, OnlyPeopleReview, OwnAnswerReviewed,
    OwnFlagReviewed, ReviewIsAssigned, ReviewDueInPast, LedgerUnavailable.
    """
    if by.kind is not ActorKind.PERSON:
        raise OnlyPeopleReview
    if due_at <= at:
        raise ReviewDueInPast
    row = _row(answer_id, reviewer, due_at=due_at, by=by, at=at)
    event = ReviewAssigned(
        assignment_id=str(row.id),
        answer_id=str(answer_id),
        reviewer=reviewer.id,
        due_at=due_at.isoformat(),
    )
    with transaction.atomic():
        _alone(answer_id)
        check_ended(answer_id)
        check_reviewer(answer_id, by=reviewer)
        if assignment_of(answer_id, reviewer_id=reviewer.id):
            raise ReviewIsAssigned
        _keep(row, event, by=by)
    return row.id


def take_back_review(
    answer_id: UUID, *, reviewer_id: str, by: Actor, at: datetime
) -> None:
    """End an assignment before it was done; the reviewer reads the answer no more.

    Raises ReviewNotAssigned, OnlyPeopleReview, LedgerUnavailable.
    """
    if by.kind is not ActorKind.PERSON:
        raise OnlyPeopleReview
    with transaction.atomic():
        _alone(answer_id)
        held = assignment_of(answer_id, reviewer_id=reviewer_id)
        if held is None:
            raise ReviewNotAssigned
        person = Actor(ActorKind.PERSON, held.reviewer_id, held.reviewer_name, "named")
        row = _row(answer_id, person, due_at=held.due_at, by=by, at=at)
        row.is_standing = False
        event = ReviewTakenBack(
            assignment_id=str(held.id), answer_id=str(answer_id), reviewer=reviewer_id
        )
        _keep(row, event, by=by)


def assignment_of(answer_id: UUID, *, reviewer_id: str) -> Assignment | None:
    """The review of this answer that is his to make; None when none is."""
    rows = _standing().filter(answer_id=answer_id, reviewer_id=reviewer_id)
    row = rows.first()
    return None if row is None else _view(row)


def assignment(assignment_id: UUID) -> Assignment | None:
    """One assignment, standing or not; None when there is none."""
    row = ReviewAssignment.objects.filter(pk=assignment_id, is_standing=True).first()
    return None if row is None else _view(row)


def standing_assignments(
    *,
    answer_ids: Sequence[UUID] | None = None,
    reviewer_id: str | None = None,
    collections: Sequence[str] | None = None,
    limit: int = MOST_ROWS,
) -> list[Assignment]:
    """Reviews still to be made, the one due first in front.

    With `collections`, of answers that were asked of those and no others.
    """
    rows = _standing()
    if answer_ids is not None:
        rows = rows.filter(answer_id__in=answer_ids)
    if reviewer_id is not None:
        rows = rows.filter(reviewer_id=reviewer_id)
    if collections is not None:
        rows = rows.filter(answer__collections__contained_by=list(collections))
    return [_view(row) for row in rows.order_by("due_at", "id")[:limit]]


def _standing() -> QuerySet[ReviewAssignment]:
    """Neither followed by another row of the two, nor by a review of his."""
    pair = {"answer_id": OuterRef("answer_id")}
    later = ReviewAssignment.objects.filter(
        **pair, reviewer_id=OuterRef("reviewer_id"), made_at__gt=OuterRef("made_at")
    )
    done = AnswerRemark.objects.filter(
        **pair,
        kind=RemarkKind.REVIEW.value,
        made_by=OuterRef("reviewer_id"),
        made_at__gte=OuterRef("made_at"),
    )
    return ReviewAssignment.objects.filter(
        ~Exists(later), ~Exists(done), is_standing=True
    )


def _alone(answer_id: UUID) -> None:
    """Two that assign the same review at once come one after the other."""
    list(Answer.objects.filter(pk=answer_id).select_for_update(no_key=True))


def _row(
    answer_id: UUID, reviewer: Actor, *, due_at: datetime, by: Actor, at: datetime
) -> ReviewAssignment:
    return ReviewAssignment(
        id=new_id(at),
        answer_id=answer_id,
        reviewer_id=reviewer.id,
        reviewer_name=reviewer.name[:200],
        is_standing=True,
        due_at=due_at,
        made_by=by.id,
        made_by_name=by.name[:200],
        made_at=at,
    )


def _keep(row: ReviewAssignment, event: Event, *, by: Actor) -> None:
    row.entry_id = ledger.append(event, by=by, at=row.made_at).entry_id
    ReviewAssignment.objects.bulk_create([row])


def _view(row: ReviewAssignment) -> Assignment:
    return Assignment(
        id=row.id,
        answer_id=row.answer_id,
        reviewer_id=row.reviewer_id,
        reviewer_name=row.reviewer_name,
        due_at=row.due_at,
        assigned_by_name=row.made_by_name,
        assigned_at=row.made_at,
    )
