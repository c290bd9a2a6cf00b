"""Legal holds and retention: placed by one person, released by two."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.actors import Actor
from audit.custody import holds, retention
from audit.custody.authorizations import Action
from audit.custody.holds import HoldView
from audit.custody.scopes import Scope
from clinrag.access.roles import Permission
from clinrag.api.agreements import Words, ask_once
from clinrag.api.custody_scopes import scope_of
from clinrag.api.custody_shapes import authorization_reply, hold_reply, hold_shape
from clinrag.api.describing import IDEMPOTENCY_KEY, IF_MATCH, PROBLEM_RESPONSES
from clinrag.api.etags import check_if_match
from clinrag.api.once import Once, create_once
from clinrag.api.people import decider, person
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.custody import (
    ALL,
    AuthorizationSerializer,
    HoldFilterSerializer,
    HoldListSerializer,
    HoldSerializer,
    NewHoldSerializer,
    ReleaseSerializer,
    RetentionSerializer,
)
from clinrag.api.serializers.exports import ReasonSerializer

MOST = 200
READERS = any_of(Permission.READ_LEDGER)
HOLDERS = any_of(Permission.EXPORT_LEDGER)


class Holds(Route):
    """Placing a hold, and the list of them."""

    needs = {"GET": READERS, "POST": HOLDERS}

    @extend_schema(
        operation_id="list_holds",
        summary="List legal holds, newest first",
        parameters=[HoldFilterSerializer],
        responses={200: HoldListSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        given = HoldFilterSerializer(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        look = holds.recent if given.validated_data["state"] == ALL else holds.active
        items = {"items": [hold_shape(one, request) for one in look(MOST)]}
        return Response(HoldListSerializer(items).data)

    @extend_schema(
        operation_id="place_hold",
        summary="Keep something from being erased and pruned",
        description="One person who signed in may; ending it takes two.",
        parameters=[IDEMPOTENCY_KEY],
        request=NewHoldSerializer,
        responses={201: HoldSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        by = person(request)
        given = NewHoldSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made, headers = _place(request, given.validated_data, by)
        return hold_reply(made, request, status=201, headers=headers)


class OneHold(Route):
    """One hold as it stands."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="get_hold",
        summary="See a legal hold",
        responses={200: HoldSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, hold_id: UUID) -> Response:
        return hold_reply(holds.by_id(hold_id), request)


class HoldReleaseRequest(Route):
    """Asking a second person to agree that a hold ends."""

    needs = {"POST": HOLDERS}

    @extend_schema(
        operation_id="request_hold_release",
        summary="Ask a second person to agree that a legal hold ends",
        parameters=[IDEMPOTENCY_KEY, IF_MATCH],
        request=ReasonSerializer,
        responses={201: AuthorizationSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, hold_id: UUID) -> Response:
        by = decider(request, Action.HOLD_RELEASE)
        check_if_match(request, holds.by_id(hold_id))
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        reason = given.validated_data["reason"]
        step = partial(holds.request_release, hold_id, reason=reason, by=by)
        words = Words(Action.HOLD_RELEASE, {"hold": str(hold_id)}, reason)
        made, headers = ask_once(
            request, given.validated_data, words=words, step=step, by=by
        )
        return authorization_reply(made, request, status=201, headers=headers)


class HoldRelease(Route):
    """Ending a hold that two people agreed to end."""

    needs = {"POST": HOLDERS}

    @extend_schema(
        operation_id="release_hold",
        summary="End a legal hold on the word of two people",
        parameters=[IF_MATCH],
        request=ReleaseSerializer,
        responses={200: HoldSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, hold_id: UUID) -> Response:
        by = decider(request, Action.HOLD_RELEASE)
        check_if_match(request, holds.by_id(hold_id))
        given = ReleaseSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        ended = holds.release(hold_id, **given.validated_data, by=by, at=timezone.now())
        return hold_reply(ended, request)


class Retention(Route):
    """How long what is kept."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="get_retention",
        summary="See retention classes and the floors under them",
        responses={200: RetentionSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        del request
        today = timezone.now().date()
        classes = [
            {"name": name, "years": retention.years_of(name, on=today)}
            for name in retention.CLASSES
        ]
        told = {"classes": classes, "floors": retention.floors()}
        return Response(RetentionSerializer(told).data)


def _place(
    request: Request, fields: Mapping[str, Any], by: Actor
) -> tuple[HoldView, dict[str, str]]:
    reason = fields["reason"]

    def scope() -> Scope:
        # Looked up only if it is to be placed: a person not known yet gets a key.
        return scope_of(fields, of_subject=Scope.of_any_subject)

    how = Once(
        make=lambda: holds.place(scope(), reason=reason, by=by, at=timezone.now()),
        read=holds.by_id,
        find=lambda since: _placed_since(since, scope(), reason, by),
    )
    return create_once(request, fields, by=by, how=how)


def _placed_since(
    since: datetime, scope: Scope, reason: str, by: Actor
) -> HoldView | None:
    same = (
        one
        for one in holds.recent(MOST)
        if one.placed_at >= since
        and one.placed_by.id == by.id
        and (one.scope, one.reason) == (scope, reason)
    )
    return next(same, None)
