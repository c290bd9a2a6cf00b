"""What people say of answers: feedback, reviews, notes, and the review queue."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

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
    ReviewerAgreementSerializer,
    ReviewQueueSerializer,
)
from clinrag.api.visibility import visible_answer, visible_slugs

ASKERS = any_of(Permission.ASK, Permission.READ_LEDGER)
READERS = any_of(Permission.READ_LEDGER)
REVIEWERS = any_of(Permission.REVIEW)
WORD_READERS = any_of(Permission.ASK, Permission.READ_LEDGER, Permission.REVIEW)


class Remarks(Route):
    """What was said of an answer."""

    needs = {"GET": ASKERS}

    @extend_schema(
        operation_id="list_remarks",
        summary="List what was said of an answer, without words",
        responses={200: RemarksSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, answer_id: UUID) -> Response:
        visible_answer(known_caller(request), answer_id)
        found = {"items": queries.remarks_of(answer_id)}
        return Response(RemarksSerializer(found).data)


class RemarkWords(Route):
    """What was written in the remarks on an answer."""

    needs = {"POST": WORD_READERS}

    @extend_schema(
        operation_id="read_remark_words",
        summary="Read the words of the remarks on an answer, on record",
        description=(
            "Leaves an entry for the reading before anything is opened. Whoever reads"
            " neither the ledger nor reviews gets the words he wrote himself."
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
            "By a person with `review` who may also read other people's answers, and"
            " neither asked the question nor called the answer wrong or unsafe."
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
        parameters=[IDEMPOTENCY_KEY, ACTS_FOR],
        request=NewNoteSerializer,
        responses={201: RemarkSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, answer_id: UUID) -> Response:
        return _said(request, answer_id, NewNoteSerializer, _note)


class ReviewQueue(Route):
    """What waits for a review."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="list_review_queue",
        summary="List what waits for a review, unsafe first",
        responses={200: ReviewQueueSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        del request
        found = {"items": queries.review_queue(at=timezone.now())}
        return Response(ReviewQueueSerializer(found).data)


class ReviewAgreement(Route):
    """How far reviewers agree."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="get_review_agreement",
        summary="Tell how far reviewers agree beyond chance",
        responses={200: ReviewerAgreementSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        del request
        return Response(ReviewerAgreementSerializer(queries.agreement()).data)


def _readable(caller: Caller, answer_id: UUID) -> list[RemarkView]:
    """The remarks whose words he may read; raises UnknownAnswer as for the answer."""
    row = answer_view(answer_id).row
    remarks = queries.remarks_of(answer_id)
    is_open = set(row.collections) <= set(visible_slugs(caller))
    if caller.may(Permission.READ_LEDGER) or (
        caller.may(Permission.REVIEW) and is_open
    ):
        return remarks
    visible_answer(caller, answer_id)
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
    return actions.annotate_answer(
        answer_id,
        kind=RemarkKind(told["kind"]),
        words=told["words"],
        by=caller.actor,
        at=timezone.now(),
    )
