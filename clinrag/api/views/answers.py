"""Asking, and reading an answer again."""

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit import purposes
from audit.custody import break_glass
from clinrag.access.idempotency import check_key
from clinrag.access.roles import Permission
from clinrag.answering.queries import answer_view, answers
from clinrag.answering.types import (
    AnswerFilters,
    AnswerResult,
    AnswerRow,
    Question,
)
from clinrag.api.asking import Asked, Asking, answer, ask, read_result
from clinrag.api.awaiting import Awaited, is_awaited
from clinrag.api.callers import Caller, known_caller
from clinrag.api.deliveries import EventDelivery, WholeDelivery, repeated_events
from clinrag.api.describing import (
    ACTS_FOR,
    IDEMPOTENCY_KEY,
    PREFER,
    PROBLEM_RESPONSES,
)
from clinrag.api.permissions import any_of
from clinrag.api.proving import (
    JSON,
    applied,
    describe_proof_in_time,
    seconds_to_wait,
)
from clinrag.api.responses import request_id_of
from clinrag.api.routes import Route
from clinrag.api.serializers.answers import (
    AnswerFilterSerializer,
    AnswerPageSerializer,
    AnswerSerializer,
    AskedSerializer,
    AskSerializer,
    describe_answer,
)
from clinrag.api.sse import MEDIA_TYPE as EVENTS
from clinrag.api.sse import event_stream
from clinrag.api.visibility import check_can_search, reviews, visible_answer

ASKERS = any_of(Permission.ASK, Permission.READ_LEDGER)
REVIEWING = "quality_assurance"


class Answers(Route):
    """Asking, and the list of what was asked."""

    needs = {"GET": ASKERS, "POST": any_of(Permission.ASK)}

    @extend_schema(
        operation_id="list_answers",
        summary="List answers, newest first",
        description="Own answers; all of them with `read_ledger`.",
        parameters=[AnswerFilterSerializer],
        responses={200: AnswerPageSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        given = AnswerFilterSerializer(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        wanted = dict(given.validated_data)
        page = answers(
            _filters(known_caller(request), wanted),
            cursor=wanted.get("cursor"),
            limit=wanted["limit"],
        )
        shown = {"items": page.rows, "next": page.next_cursor}
        return Response(AnswerPageSerializer(shown).data)

    @extend_schema(
        operation_id="ask",
        summary="Ask a question",
        description=(
            "The answer, or the refusal with its reason, is on record before it is "
            "sent. A refusal is a success of the request: look at `outcome`. With "
            "`Accept: text/event-stream` events are sent: `accepted` with the answer's "
            "id at once, `sources` by id, then, once all is on record, `claim` and "
            "`verdict` of each statement and `done` with the whole answer; or `error` "
            "with problem details. A client that leaves early finds the answer by its "
            "id, and that it left is on record."
        ),
        parameters=[IDEMPOTENCY_KEY, PREFER, ACTS_FOR],
        request=AskSerializer,
        responses={
            (201, "application/json"): AskedSerializer,
            (200, EVENTS): OpenApiTypes.STR,
            **PROBLEM_RESPONSES,
        },
    )
    def post(self, request: Request) -> HttpResponseBase:
        caller = known_caller(request)
        seconds = seconds_to_wait(request.headers.get("Prefer"))
        key = request.headers.get("Idempotency-Key")
        question = _question(request, caller)
        check_can_search(caller, question.collection_slugs)
        asked = ask(
            question, caller=caller, key=None if key is None else check_key(key)
        )
        response = _delivered(request, asked, wait=seconds)
        for name, value in applied(seconds).items():
            response.headers[name] = value
        return response


class OneAnswer(Route):
    """An answer as it was given; reading it is recorded."""

    needs = {"GET": ASKERS}

    @extend_schema(
        operation_id="get_answer",
        summary="Read an answer again",
        description="Leaves an entry in the ledger: who read it, when, through what.",
        parameters=[ACTS_FOR],
        responses={200: AnswerSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, answer_id: UUID) -> Response:
        caller, now = known_caller(request), timezone.now()
        row, purpose = _readable(caller, answer_id, at=now)
        found = read_result(row, caller=caller, at=now, purpose=purpose)
        return Response(describe_answer(found))


def _delivered(
    request: Request, asked: Asking | Asked, *, wait: int | None
) -> HttpResponseBase:
    """As events or as one object; awaited on the event loop where there is one."""
    streams = _wants_events(request)
    if isinstance(asked, Asked):
        return _repeated(asked.result, wait=wait, streams=streams)
    if is_awaited(request):
        kind = EventDelivery if streams else WholeDelivery
        request_id = request_id_of(request)
        return Awaited(kind(asked, request_id=request_id, wait=wait))
    return _whole(answer(asked), wait=wait)


def _wants_events(request: Request) -> bool:
    """Events are for those who name them, where the server can send them."""
    preferred = request.get_preferred_type([JSON, EVENTS])
    return preferred == EVENTS and is_awaited(request)


def _repeated(
    result: AnswerResult, *, wait: int | None, streams: bool
) -> HttpResponseBase:
    whole = _whole(result, wait=wait)
    response = event_stream(repeated_events(whole.data)) if streams else whole
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _whole(result: AnswerResult, *, wait: int | None) -> Response:
    proof = describe_proof_in_time(result.id, result.entry_id, wait)
    return Response(
        {**describe_answer(result), "proof": proof},
        status=HTTPStatus.CREATED,
        headers={"Location": f"/api/v1/answers/{result.id}"},
    )


def _readable(
    caller: Caller, answer_id: UUID, *, at: datetime
) -> tuple[AnswerRow, str]:
    """The answer, and for what it is read: also under an emergency access."""
    if break_glass.standing(answer_id, by=caller.actor, at=at) is not None:
        return answer_view(answer_id).row, purposes.BREAK_GLASS
    row = visible_answer(caller, answer_id)
    return row, REVIEWING if reviews(caller, row) else purposes.FOLLOW_UP


def _question(request: Request, caller: Caller) -> Question:
    given = AskSerializer(data=request.data)
    given.is_valid(raise_exception=True)
    fields = given.validated_data
    return Question(
        text=fields["question"],
        collection_slugs=tuple(fields["collections"]),
        as_of=fields["as_of"],
        known_at=fields["known_at"],
        purpose=fields["purpose"],
        app=caller.actor.name,
        limit=fields["limit"],
        subject=fields["subject"],
        unit=fields["unit"],
        format=fields["format"],
        style=fields["style"],
        context=fields["context"],
    )


def _filters(caller: Caller, wanted: dict[str, Any]) -> AnswerFilters:
    filters = AnswerFilters(
        since=wanted.get("since"),
        until=wanted.get("until"),
        actor_id=wanted.get("actor_id"),
        app=wanted.get("app"),
        collection_slug=wanted.get("collection"),
        outcome=wanted.get("outcome"),
        state=wanted.get("state"),
        version_id=wanted.get("version_id"),
    )
    if caller.may(Permission.READ_LEDGER):
        return filters
    return replace(filters, actor_id=caller.actor.id)
