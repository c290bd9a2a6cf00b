"""Who may say what of an answer, as far as the answer and its remarks decide it.

Promises: reads only; raises the refusal. Will not: know permissions or collections.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from audit.actors import Actor, ActorKind
from clinrag.answering.errors import UnknownAnswer
from clinrag.answering.models import Answer, AnswerRemark
from clinrag.answering.reviews.errors import (
    AnswerNotEnded,
    OnlyPeopleReview,
    OverrideIsNobodys,
    OwnAnswerReviewed,
    OwnFlagReviewed,
    RemarkInvalid,
)
from clinrag.answering.types import AnswerState

_ENDED = frozenset({AnswerState.RELEASED.value, AnswerState.REFUSED.value})


def check_reviewer(answer_id: UUID, *, by: Actor) -> None:
    """A second pair of eyes, and a person's: neither who asked nor who complained.

    Who overrode the answer complained of it. Raises OnlyPeopleReview,
    OwnAnswerReviewed, OwnFlagReviewed.
    """
    if by.kind is not ActorKind.PERSON:
        raise OnlyPeopleReview
    if Answer.objects.filter(pk=answer_id, actor_id=by.id).exists():
        raise OwnAnswerReviewed
    if _flags(answer_id).filter(made_by=by.id).exists():
        raise OwnFlagReviewed


def check_flags(answer_id: UUID, named: Sequence[UUID]) -> None:
    """Raise RemarkInvalid unless each is a flag of this answer."""
    if _flags(answer_id).filter(pk__in=named).count() != len(named):
        raise RemarkInvalid


def check_overrides(by: Actor) -> None:
    """Raise OverrideIsNobodys for an application that names nobody it acts for."""
    if by.kind is not ActorKind.PERSON and not by.on_behalf_of:
        raise OverrideIsNobodys


def check_ended(answer_id: UUID) -> None:
    """Raise UnknownAnswer, or AnswerNotEnded."""
    rows = Answer.objects.filter(pk=answer_id)
    state = rows.values_list("state", flat=True).first()
    if state is None:
        raise UnknownAnswer
    if state not in _ENDED:
        raise AnswerNotEnded


def _flags(answer_id: UUID) -> QuerySet[AnswerRemark]:
    return AnswerRemark.objects.filter(answer_id=answer_id, due_at__isnull=False)
