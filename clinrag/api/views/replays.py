"""Running an answer again, as it was and as it would come today."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.roles import Permission
from clinrag.answering.replay.actions import replay_answer
from clinrag.answering.replay.record import Reading
from clinrag.answering.replay.telling import as_fields
from clinrag.answering.replay.today import ask_today
from clinrag.answering.services import build_services
from clinrag.api.callers import known_caller
from clinrag.api.describing import ACTS_FOR, PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.replays import (
    NewReplaySerializer,
    ReplaySerializer,
    TodaySerializer,
)
from clinrag.api.visibility import visible_answer

READERS = any_of(Permission.READ_LEDGER)


class Replays(Route):
    """An answer, run again from its record."""

    needs = {"POST": READERS}

    @extend_schema(
        operation_id="replay_answer",
        summary="Run an answer again, stage by stage",
        description=(
            "From the record, over the text in force then by what was known then."
            " Leaves an entry for the reading and one for the outcome. Asks no model"
            " server."
        ),
        parameters=[ACTS_FOR],
        request=NewReplaySerializer,
        responses={200: ReplaySerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, answer_id: UUID) -> Response:
        reading = _reading(request, answer_id, surface="api.replay")
        made = replay_answer(answer_id, reading, services=build_services())
        return Response(ReplaySerializer(as_fields(made)).data)


class Todays(Route):
    """What the same question would be told today."""

    needs = {"POST": READERS}

    @extend_schema(
        operation_id="ask_today",
        summary="Compare an answer with what the same question is told today",
        description=(
            "Over what is in force now, by today's rules and the built-in answerer."
            " Leaves an entry for the reading; no answer is kept."
        ),
        parameters=[ACTS_FOR],
        request=NewReplaySerializer,
        responses={200: TodaySerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, answer_id: UUID) -> Response:
        reading = _reading(request, answer_id, surface="api.today")
        made = ask_today(answer_id, reading, services=build_services())
        return Response(TodaySerializer(made).data)


def _reading(request: Request, answer_id: UUID, *, surface: str) -> Reading:
    caller = known_caller(request)
    visible_answer(caller, answer_id)
    given = NewReplaySerializer(data=request.data)
    given.is_valid(raise_exception=True)
    told: dict[str, Any] = dict(given.validated_data)
    return Reading(caller.actor, timezone.now(), told["purpose"], surface)
