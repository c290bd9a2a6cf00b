"""Recalls over REST: opening, reading, acknowledging, closing, and messages.

An app sees the recalls that concern its own answers, and acknowledges for itself.
Whoever has `recall` sees those of the collections open to them, an auditor all of them.
A person is no app, whatever their name: with neither they see none.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.actors import ActorKind
from clinrag.access.roles import Permission
from clinrag.answering.impact.queries import touched_answers
from clinrag.answering.impact.targets import target_of
from clinrag.answering.impact.types import ImpactFilters
from clinrag.answering.reach import Reach, Severity
from clinrag.answering.recalls import queries
from clinrag.answering.recalls.actions import (
    acknowledge_recall,
    close_recall,
    open_recall,
)
from clinrag.answering.recalls.deliveries import replay_delivery
from clinrag.answering.recalls.errors import DeliveryUnknown, RecallUnknown
from clinrag.answering.recalls.types import RecallView
from clinrag.answering.tasks import deliver_soon
from clinrag.api.callers import Caller, known_caller
from clinrag.api.cursors import open_cursor, seal_cursor
from clinrag.api.describing import (
    ACTS_FOR,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    PROBLEM_RESPONSES,
)
from clinrag.api.errors import CursorInvalid
from clinrag.api.etags import etag_of, require_if_match
from clinrag.api.once import Once, create_once
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.impact import (
    AnswersOfRecallSerializer,
    ImpactPageSerializer,
)
from clinrag.api.serializers.recalls import (
    AcknowledgementSerializer,
    ClosingSerializer,
    DeliveryListSerializer,
    DeliverySerializer,
    NewRecallSerializer,
    RecallFilterSerializer,
    RecallPageSerializer,
    RecallSerializer,
)
from clinrag.api.visibility import visible_slugs, visible_version
from ingestion.queries import version

READERS = any_of(Permission.ASK, Permission.RECALL, Permission.READ_LEDGER)
RECALLERS = any_of(Permission.RECALL)
CURSOR_NAME = "recalls"
NO_APP = ""


class Recalls(Route):
    """Recalls, newest first, and opening one."""

    needs = {"GET": READERS, "POST": RECALLERS}

    @extend_schema(
        operation_id="list_recalls",
        summary="List recalls",
        description="An app sees those that concern its answers.",
        parameters=[RecallFilterSerializer],
        responses={200: RecallPageSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        given = RecallFilterSerializer(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        wanted, caller = given.validated_data, known_caller(request)
        found = queries.recalls(
            at=timezone.now(),
            state=wanted["state"],
            app=_only_app(caller),
            collection_slugs=_only_collections(caller),
            version_id=wanted["version_id"],
            before=_position(wanted.get("cursor")),
            limit=wanted["limit"],
        )
        full = len(found) == wanted["limit"]
        following = seal_cursor(CURSOR_NAME, str(found[-1].id)) if full else None
        shown = {"items": [_shown(caller, one) for one in found], "next": following}
        return Response(RecallPageSerializer(shown).data)

    @extend_schema(
        operation_id="open_recall",
        summary="Call a text back from the answers that used it",
        parameters=[IDEMPOTENCY_KEY],
        request=NewRecallSerializer,
        responses={201: RecallSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        given = NewRecallSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        caller, told = known_caller(request), given.validated_data
        visible_version(caller, told["version_id"], at=timezone.now())
        made, headers = create_once(
            request, told, by=caller.actor, how=Once(partial(_open, caller, told), _now)
        )
        headers |= {"Location": f"/api/v1/recalls/{made.id}"}
        return _told(made, status=201, headers=headers)


class OneRecall(Route):
    """One recall with its acknowledgements."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="get_recall",
        summary="Read a recall and who has acknowledged it",
        responses={200: RecallSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, recall_id: UUID) -> Response:
        caller = known_caller(request)
        return _told(_shown(caller, _visible(caller, recall_id)))


class AnswersOfRecall(Route):
    """The answers a recall concerns."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="list_answers_of_recall",
        summary="List the answers that a recall concerns",
        description="An app sees its own.",
        parameters=[AnswersOfRecallSerializer],
        responses={200: ImpactPageSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, recall_id: UUID) -> Response:
        given = AnswersOfRecallSerializer(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        caller = known_caller(request)
        found = _visible(caller, recall_id)
        filters = ImpactFilters(uses=found.reach.uses, app=_only_app(caller))
        page = touched_answers(
            queries.target_of_recall(found),
            at=timezone.now(),
            filters=filters,
            **given.validated_data,
        )
        shown = {"items": page.rows, "next": page.next_cursor}
        return Response(ImpactPageSerializer(shown).data)


class Acknowledgement(Route):
    """Taking note of a recall."""

    needs = {"POST": any_of(Permission.ASK, Permission.RECALL)}

    @extend_schema(
        operation_id="acknowledge_recall",
        summary="Acknowledge a recall for an app",
        parameters=[ACTS_FOR],
        request=AcknowledgementSerializer,
        responses={200: RecallSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, recall_id: UUID) -> Response:
        given = AcknowledgementSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        caller = known_caller(request)
        _visible(caller, recall_id)
        only = _only_app(caller)
        app = given.validated_data.get("app", only) if only is None else only
        acknowledge_recall(recall_id, app=app or "", by=caller.actor, at=timezone.now())
        return _told(_shown(caller, _visible(caller, recall_id)))


class Closing(Route):
    """Ending a recall."""

    needs = {"POST": RECALLERS}

    @extend_schema(
        operation_id="close_recall",
        summary="Close a recall",
        parameters=[IF_MATCH],
        request=ClosingSerializer,
        responses={200: RecallSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, recall_id: UUID) -> Response:
        caller = known_caller(request)
        require_if_match(request, _stable(_shown(caller, _visible(caller, recall_id))))
        given = ClosingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        close_recall(
            recall_id,
            note=given.validated_data["note"],
            by=caller.actor,
            at=timezone.now(),
        )
        deliver_soon()
        return _told(_now(recall_id))


class Deliveries(Route):
    """The messages of a recall."""

    needs = {"GET": any_of(Permission.RECALL, Permission.READ_LEDGER)}

    @extend_schema(
        operation_id="list_deliveries",
        summary="List the messages of a recall and how sending them goes",
        responses={200: DeliveryListSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, recall_id: UUID) -> Response:
        _visible(known_caller(request), recall_id)
        found = {"items": queries.deliveries(recall_id)}
        return Response(DeliveryListSerializer(found).data)


class Replay(Route):
    """Sending a message once more."""

    needs = {"POST": RECALLERS}

    @extend_schema(
        operation_id="replay_delivery",
        summary="Send a message of a recall once more, with the same id",
        request=None,
        responses={202: DeliverySerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, recall_id: UUID, delivery_id: UUID) -> Response:
        _visible(known_caller(request), recall_id)
        if queries.delivery(delivery_id).recall_id != recall_id:
            raise DeliveryUnknown
        replay_delivery(delivery_id, at=timezone.now())
        deliver_soon()
        shown = DeliverySerializer(queries.delivery(delivery_id)).data
        return Response(shown, status=202)


def _open(caller: Caller, told: Mapping[str, Any]) -> RecallView:
    target = target_of(
        told["version_id"], section_path=told["section"], chunk_id=told["passage"]
    )
    recall_id = open_recall(
        target,
        reason=told["reason"],
        severity=Severity(told["severity"]),
        reach=Reach(told["reach"]),
        by=caller.actor,
        at=timezone.now(),
    )
    deliver_soon()
    return _now(recall_id)


def _now(recall_id: UUID) -> RecallView:
    return queries.recall(recall_id, at=timezone.now())


def _only_app(caller: Caller) -> str | None:
    """The app whose recalls the caller is held to; None for those who see all."""
    if caller.may(Permission.RECALL) or caller.may(Permission.READ_LEDGER):
        return None
    # People choose their names, or their directory does: one may be that of an app.
    return caller.actor.name if caller.actor.kind is ActorKind.APP else NO_APP


def _only_collections(caller: Caller) -> tuple[str, ...] | None:
    """Those whose recalls the caller is held to; None for apps, which see their own."""
    return visible_slugs(caller) if _only_app(caller) is None else None


def _visible(caller: Caller, recall_id: UUID) -> RecallView:
    found = queries.recall(recall_id, at=timezone.now())
    if not _is_visible(caller, found):
        raise RecallUnknown
    return found


def _is_visible(caller: Caller, found: RecallView) -> bool:
    only = _only_app(caller)
    if only is not None:
        return any(one.app == only for one in found.notices)
    return version(found.version_id).collection_slug in visible_slugs(caller)


def _shown(caller: Caller, found: RecallView) -> RecallView:
    """Without what other apps make of it, for an app."""
    only = _only_app(caller)
    notices = tuple(one for one in found.notices if only in {None, one.app})
    return replace(found, notices=notices)


def _stable(view: RecallView) -> tuple[object, ...]:
    """What a person decides on; time going by, or a message sent, changes no tag."""
    notices = sorted((one.app, str(one.acknowledged_at)) for one in view.notices)
    return (view.id, view.closed_at, notices)


def _told(
    view: RecallView, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    tagged = {"ETag": etag_of(_stable(view)), **(headers or {})}
    return Response(RecallSerializer(view).data, status=status, headers=tagged)


def _position(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    position = open_cursor(CURSOR_NAME, cursor)
    if len(position) != 1:
        raise CursorInvalid
    return UUID(position[0])
