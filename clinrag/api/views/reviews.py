"""What people decided about versions, and deciding, signed."""

from functools import partial
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.backends import address_of
from clinrag.access.models import User
from clinrag.access.roles import Permission
from clinrag.access.signing_in import sign_in_again
from clinrag.answering.foresight.signing import Signing, sign_decision
from clinrag.api.callers import Caller, known_caller
from clinrag.api.describing import IF_MATCH, PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.reviews import (
    NewReviewSerializer,
    ReviewSerializer,
    ReviewsSerializer,
)
from clinrag.api.views.versions import STEWARDS, check_if_match
from clinrag.api.visibility import visible_version
from ingestion.errors import ReviewerIsNotAPerson
from ingestion.queries import reviews_of


class Reviews(Route):
    """What reviewers decided, and deciding."""

    needs = {"GET": STEWARDS, "POST": any_of(Permission.REVIEW)}

    @extend_schema(
        operation_id="list_reviews",
        summary="List the reviews of a version",
        responses={200: ReviewsSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, version_id: UUID) -> Response:
        visible_version(known_caller(request), version_id, at=timezone.now())
        return Response(ReviewsSerializer({"items": reviews_of(version_id)}).data)

    @extend_schema(
        operation_id="review_version",
        summary="Approve, return or reject a version, signed with the password",
        description="Bound to the text, the comparison and the foresight by hash.",
        parameters=[IF_MATCH],
        request=NewReviewSerializer,
        responses={201: ReviewSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        check_if_match(request, version_id, caller=caller, at=at)
        person = _person(caller)
        given = NewReviewSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        fields = dict(given.validated_data)
        known = partial(
            sign_in_again,
            person,
            password=fields.pop("password"),
            address=address_of(request),
            at=at,
        )
        made = sign_decision(version_id, Signing(**fields), authenticate=known, at=at)
        return Response(ReviewSerializer(made).data, status=201)


def _person(caller: Caller) -> User:
    if not isinstance(caller.holder, User):
        raise ReviewerIsNotAPerson
    return caller.holder
