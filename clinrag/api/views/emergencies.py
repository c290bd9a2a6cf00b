"""Emergency accesses and accounts of disclosures."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit import purposes
from audit.custody import break_glass
from audit.custody.break_glass import BreakGlassView
from audit.exports.accounting import disclosures
from clinrag.access.roles import Permission
from clinrag.answering.queries import answer_view, open_in_emergency
from clinrag.api.asking import read_result
from clinrag.api.callers import known_caller
from clinrag.api.describing import PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.answers import (
    AnswerSerializer,
    describe_answer,
)
from clinrag.api.serializers.exports import (
    AccountingSerializer,
    DisclosureListSerializer,
    EmergencyAccessListSerializer,
    EmergencyAccessSerializer,
    EmergencyFilterSerializer,
    ReasonSerializer,
    ReviewedSerializer,
)

MOST = 200


class Emergency(Route):
    """Opening one answer without the permission for it."""

    needs = {"POST": any_of(Permission.ASK, Permission.RETRIEVE)}

    @extend_schema(
        operation_id="break_glass",
        summary="Open one answer in an emergency",
        description=(
            "For a person who signed in, with a reason. It is recorded first, ends"
            " after an hour, and a second person reviews it."
        ),
        request=ReasonSerializer,
        responses={201: AnswerSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, answer_id: UUID) -> Response:
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        caller, now = known_caller(request), timezone.now()
        reason = given.validated_data["reason"]
        open_in_emergency(answer_id, reason=reason, by=caller.actor, at=now)
        row = answer_view(answer_id).row
        found = read_result(row, caller=caller, at=now, purpose=purposes.BREAK_GLASS)
        return Response(describe_answer(found), status=201)


class Emergencies(Route):
    """Emergency accesses for those who review them."""

    needs = {"GET": any_of(Permission.READ_LEDGER)}

    @extend_schema(
        operation_id="list_emergency_accesses",
        summary="List emergency accesses",
        parameters=[EmergencyFilterSerializer],
        responses={200: EmergencyAccessListSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        given = EmergencyFilterSerializer(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        now = timezone.now()
        found = _listed(given.validated_data["state"], at=now)
        shown = {"items": [_shown(one, at=now) for one in found]}
        return Response(EmergencyAccessListSerializer(shown).data)


class EmergencyReview(Route):
    """A second person's judgement."""

    needs = {"POST": any_of(Permission.READ_LEDGER)}

    @extend_schema(
        operation_id="review_emergency_access",
        summary="Review an emergency access of another person",
        request=ReviewedSerializer,
        responses={200: EmergencyAccessSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, break_glass_id: UUID) -> Response:
        given = ReviewedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        now, by = timezone.now(), known_caller(request).actor
        done = break_glass.review(break_glass_id, **given.validated_data, by=by, at=now)
        return Response(EmergencyAccessSerializer(_shown(done, at=now)).data)


class Disclosures(Route):
    """To whom a person's content was disclosed."""

    needs = {"POST": any_of(Permission.READ_LEDGER)}

    @extend_schema(
        operation_id="account_for_disclosures",
        summary="Account for the disclosures of a person's content",
        description="A POST, so that the person's reference stands in no address.",
        request=AccountingSerializer,
        responses={200: DisclosureListSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        given = AccountingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        found = disclosures(
            wanted["subject"], since=wanted["since"], until=wanted["until"]
        )
        return Response(DisclosureListSerializer({"items": found}).data)


def _listed(state: str, *, at: datetime) -> Sequence[BreakGlassView]:
    if state == "unreviewed":
        return break_glass.unreviewed(limit=MOST)
    if state == "overdue":
        return break_glass.overdue(at=at, limit=MOST)
    return break_glass.recent(limit=MOST)


def _shown(one: BreakGlassView, *, at: datetime) -> dict[str, Any]:
    is_overdue = one.reviewed_by is None and one.review_due_at < at
    return asdict(one) | {"is_overdue": is_overdue}
