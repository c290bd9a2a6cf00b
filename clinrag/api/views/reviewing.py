"""Who reviews which answer, what waits for it, and how far reviewers agree."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.actors import Actor
from clinrag.access.actors import actor_of_user
from clinrag.access.queries import people_who_may_in
from clinrag.access.roles import Permission
from clinrag.answering.questions import find_collections
from clinrag.answering.reviews import assignments, queries
from clinrag.answering.reviews.assignments import Assignment
from clinrag.answering.reviews.errors import ReviewerNotEligible, ReviewNotAssigned
from clinrag.answering.types import AnswerRow
from clinrag.api.callers import Caller, known_caller
from clinrag.api.describing import IDEMPOTENCY_KEY, PROBLEM_RESPONSES
from clinrag.api.once import Once, create_once
from clinrag.api.people import person
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.remarks import (
    AssignmentSerializer,
    AssignmentsSerializer,
    NewAssignmentSerializer,
    ReviewerAgreementSerializer,
    ReviewQueueSerializer,
)
from clinrag.api.visibility import visible_answer, visible_slugs

ASSIGNERS = any_of(Permission.READ_LEDGER)
READERS = any_of(Permission.READ_LEDGER, Permission.REVIEW)


class Reviewers(Route):
    """Who is to review an answer."""

    needs = {"GET": ASSIGNERS, "POST": ASSIGNERS}

    @extend_schema(
        operation_id="list_reviewers",
        summary="List who is to review an answer and has not yet",
        responses={200: AssignmentsSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, answer_id: UUID) -> Response:
        visible_answer(known_caller(request), answer_id)
        found = assignments.standing_assignments(answer_ids=[answer_id])
        return Response(AssignmentsSerializer({"items": found}).data)

    @extend_schema(
        operation_id="assign_review",
        summary="Ask somebody to review an answer, which he may then read",
        description=(
            "By a person. The reviewer has `review`, may use every collection the"
            " question was asked of, and neither asked nor flagged. He may read the"
            " answer until he has reviewed it, each time on record."
        ),
        parameters=[IDEMPOTENCY_KEY],
        request=NewAssignmentSerializer,
        responses={201: AssignmentSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, answer_id: UUID) -> Response:
        by, at = person(request), timezone.now()
        row = visible_answer(known_caller(request), answer_id)
        given = NewAssignmentSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        due_at = told["due_at"] or assignments.usual_due_at(answer_id, at=at)
        reviewer = partial(_eligible, row, told["reviewer_id"])
        make = partial(_assigned, answer_id, reviewer, due_at=due_at, by=by, at=at)
        how = Once(make, _assignment)
        made, headers = create_once(request, told, by=by, how=how)
        shown = AssignmentSerializer(made).data
        return Response(shown, status=201, headers=headers)


class OneReviewer(Route):
    """That somebody is to review an answer."""

    needs = {"DELETE": ASSIGNERS}

    @extend_schema(
        operation_id="take_back_review",
        summary="Take a review back; the person reads the answer no more",
        responses={204: None, **PROBLEM_RESPONSES},
    )
    def delete(self, request: Request, answer_id: UUID, reviewer_id: str) -> Response:
        by = person(request)
        visible_answer(known_caller(request), answer_id)
        assignments.take_back_review(
            answer_id, reviewer_id=reviewer_id, by=by, at=timezone.now()
        )
        return Response(status=204)


class ReviewQueue(Route):
    """What waits for a review."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="list_review_queue",
        summary="List what waits for a review, unsafe first",
        description="Everything with `read_ledger`; otherwise what is assigned to you.",
        responses={200: ReviewQueueSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        caller, at = known_caller(request), timezone.now()
        mine = _assignments(caller)
        ids = None if caller.may(Permission.READ_LEDGER) else _answers(mine)
        waiting = queries.review_queue(at=at, answer_ids=ids)
        found = {"items": waiting, "assignments": mine}
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


def _assignments(caller: Caller) -> list[Assignment]:
    if caller.may(Permission.READ_LEDGER):
        return assignments.standing_assignments()
    return assignments.standing_assignments(
        reviewer_id=caller.actor.id, collections=visible_slugs(caller)
    )


def _answers(mine: list[Assignment]) -> list[UUID]:
    return [one.answer_id for one in mine]


def _assigned(
    answer_id: UUID,
    reviewer: Callable[[], Actor],
    *,
    due_at: datetime,
    by: Actor,
    at: datetime,
) -> Assignment:
    made = assignments.assign_review(
        answer_id, reviewer=reviewer(), due_at=due_at, by=by, at=at
    )
    return _assignment(made)


def _eligible(row: AnswerRow, reviewer_id: str) -> Actor:
    """The person, if he may review what is in these collections."""
    asked_of = find_collections(row.collections)
    people = people_who_may_in(Permission.REVIEW, collections=asked_of)
    named = (actor_of_user(one, "named") for one in people)
    found = next((one for one in named if one.id == reviewer_id), None)
    if found is None:
        raise ReviewerNotEligible
    return found


def _assignment(assignment_id: UUID) -> Assignment:
    found = assignments.assignment(assignment_id)
    if found is None:
        raise ReviewNotAssigned
    return found
