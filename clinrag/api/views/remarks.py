"""What people say of answers: feedback, reviews, notes."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.errors import PermissionMissing
from clinrag.access.roles import Permission
from clinrag.answering.errors import UnknownAnswer
from clinrag.answering.queries import answer_view
from clinrag.answering.remarks import FeedbackCode, RemarkKind, ReviewVerdict
from clinrag.answering.reviews import actions, queries
from clinrag.answering.reviews.queries import RemarkView
from clinrag.api.callers import Caller, known_caller
from clinrag.api.describing import ACTS_FOR, IDEMPOTENCY_KEY, PROBLEM_RESPONSES
from clinrag.api.once import Once, create_once
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.fields import StrictSerializer
from clinrag.api.serializers.remarks import (
    NewAnswerReviewSerializer,
    NewFeedbackSerializer,
    NewNoteSerializer,
    NewReadingSerializer,
    RemarkSerializer,
    RemarksSerializer,
    RemarkWordsSerializer,
)
from clinrag.api.visibility import reviews, visible_answer

ASKERS = any_of(Permission.ASK, Permission.READ_LEDGER)
READERS = any_of(Permission.ASK, Permission.READ_LEDGER, Permission.REVIEW)
REVIEWERS = any_of(Permission.REVIEW)


class Remarks(Route):
    """What was said of an answer."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="list_remarks",
        summary="List what was said of an answer, without words",
        responses={200: RemarksSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, answer_id: UUID) -> Response:
        found = {"items": _seen(known_caller(request), answer_id)}
        return Response(RemarksSerializer(found).data)


class RemarkWords(Route):
    """What was written in the remarks on an answer."""

    needs = {"POST": READERS}

    @extend_schema(
        operation_id="read_remark_words",
        summary="Read the words of the remarks on an answer, on record",
        description=(
            "Leaves an entry for the reading before anything is opened. Who asked the"
            " question gets the words he wrote himself; its reviewer no other review."
        ),
        parameters=[ACTS_FOR],
        request=NewReadingSerializer,
        responses={200: RemarkWordsSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, answer_id: UUID) -> Response:
        caller = known_caller(request)
        remarks = _readable(caller, answer_id)
        given = NewReadingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        words = queries.read_words(
            remarks,
            by=caller.actor,
            at=timezone.now(),
            purpose=given.validated_data["purpose"],
            surface="api.remarks",
        )
        items = [{"remark_id": one, "words": said} for one, said in words.items()]
        return Response(RemarkWordsSerializer({"items": items}).data)


class Feedback(Route):
    """Calling an answer helpful, wrong or unsafe."""

    needs = {"POST": ASKERS}

    @extend_schema(
        operation_id="give_feedback",
        summary="Call an answer helpful, wrong or unsafe",
        description="Wrong and unsafe wait for a review, with a day it is due.",
        parameters=[IDEMPOTENCY_KEY, ACTS_FOR],
        request=NewFeedbackSerializer,
        responses={201: RemarkSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, answer_id: UUID) -> Response:
        return _said(request, answer_id, NewFeedbackSerializer, _feedback)


class AnswerReviews(Route):
    """Scoring an answer, by who may review and read it."""

    needs = {"POST": REVIEWERS}

    @extend_schema(
        operation_id="review_answer",
        summary="Score an answer; the flags that are named no longer wait",
        description=(
            "By a person with `review` to whom the answer is assigned, or who reads the"
            " ledger, and who neither asked the question nor flagged the answer."
        ),
        parameters=[IDEMPOTENCY_KEY, ACTS_FOR],
        request=NewAnswerReviewSerializer,
        responses={201: RemarkSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, answer_id: UUID) -> Response:
        return _said(request, answer_id, NewAnswerReviewSerializer, _review)


class Notes(Route):
    """A clinician's words beside an answer, or in its place."""

    needs = {"POST": ASKERS}

    @extend_schema(
        operation_id="annotate_answer",
        summary="Annotate or override an answer, which stays as it is",
        description=(
            "An override needs `ask` and is a person's: an application names for whom"
            " it acts (`X-On-Behalf-Of`). It waits for a review by somebody else."
        ),
        parameters=[IDEMPOTENCY_KEY, ACTS_FOR],
        request=NewNoteSerializer,
        responses={201: RemarkSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, answer_id: UUID) -> Response:
        return _said(request, answer_id, NewNoteSerializer, _note)


def _seen(caller: Caller, answer_id: UUID) -> list[RemarkView]:
    """The remarks he may see; raises UnknownAnswer as for the answer."""
    row = visible_answer(caller, answer_id)
    is_own = row.actor_id == caller.actor.id
    if is_own or caller.may(Permission.READ_LEDGER):
        return queries.remarks_of(answer_id)
    return queries.remarks_for_reviewer(answer_id, reviewer_id=caller.actor.id)


def _readable(caller: Caller, answer_id: UUID) -> list[RemarkView]:
    """Of those, the ones whose words he may read."""
    row, remarks = answer_view(answer_id).row, _seen(caller, answer_id)
    if caller.may(Permission.READ_LEDGER) or reviews(caller, row):
        return remarks
    return [one for one in remarks if one.made_by == caller.actor.id]


Say = Callable[[Caller, UUID, Mapping[str, Any]], UUID]


def _said(
    request: Request, answer_id: UUID, shape: type[StrictSerializer], say: Say
) -> Response:
    """Keep a remark, once a key, on an answer that the caller may see."""
    caller = known_caller(request)
    visible_answer(caller, answer_id)
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    told = given.validated_data
    make = partial(_made, caller, answer_id, told, say)
    made, headers = create_once(request, told, by=caller.actor, how=Once(make, _remark))
    return Response(RemarkSerializer(made).data, status=201, headers=headers)


def _made(
    caller: Caller, answer_id: UUID, told: Mapping[str, Any], say: Say
) -> RemarkView:
    return _remark(say(caller, answer_id, told))


def _remark(remark_id: UUID) -> RemarkView:
    found = queries.remark(remark_id)
    if found is None:
        raise UnknownAnswer
    return found


def _feedback(caller: Caller, answer_id: UUID, told: Mapping[str, Any]) -> UUID:
    return actions.give_feedback(
        answer_id,
        kind=RemarkKind(told["kind"]),
        code=FeedbackCode(told.get("code", "")),
        words=told["words"],
        by=caller.actor,
        at=timezone.now(),
    )


def _review(caller: Caller, answer_id: UUID, told: Mapping[str, Any]) -> UUID:
    return actions.review_answer(
        answer_id,
        verdict=ReviewVerdict(told["verdict"]),
        scores=told["scores"],
        flags=told["flags"],
        words=told["words"],
        by=caller.actor,
        at=timezone.now(),
    )


def _note(caller: Caller, answer_id: UUID, told: Mapping[str, Any]) -> UUID:
    if told["kind"] == RemarkKind.OVERRIDE and not caller.may(Permission.ASK):
        raise PermissionMissing
    return actions.annotate_answer(
        answer_id,
        kind=RemarkKind(told["kind"]),
        words=told["words"],
        by=caller.actor,
        at=timezone.now(),
    )
