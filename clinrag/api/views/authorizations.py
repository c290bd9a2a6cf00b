"""What needs two people: asked for by one, agreed to or refused by another.

An application sees what it may, without the reasons, and decides nothing.
"""

from functools import partial
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.actors import Actor
from audit.custody import authorizations, erasure, retention
from audit.custody.authorizations import Action, AuthorizationView
from audit.custody.erasure import ErasureState
from audit.errors import (
    AuthorizationInvalid,
    AuthorizationUnknown,
    ContentHeld,
    NotAuthorized,
)
from audit.signing.requests import scope_of_change
from clinrag.access.deciding import may_see
from clinrag.access.roles import Permission
from clinrag.api.agreements import Words, ask_once
from clinrag.api.callers import known_caller
from clinrag.api.custody_shapes import (
    authorization_reply,
    authorization_shape,
    erasure_reply,
)
from clinrag.api.describing import IDEMPOTENCY_KEY, IF_MATCH, PROBLEM_RESPONSES
from clinrag.api.etags import check_if_match
from clinrag.api.people import decider, person
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.custody import (
    OPEN,
    AuthorizationFilterSerializer,
    AuthorizationListSerializer,
    AuthorizationSerializer,
    ErasureSerializer,
    NewAuthorizationSerializer,
)
from clinrag.api.serializers.exports import ReasonSerializer

MOST = 200
DECIDING = any_of(Permission.EXPORT_LEDGER, Permission.ADMINISTER)
SEEING = any_of(Permission.READ_LEDGER, Permission.EXPORT_LEDGER, Permission.ADMINISTER)


class Authorizations(Route):
    """Asking a second person, and the list of what was asked."""

    needs = {"GET": SEEING, "POST": DECIDING}

    @extend_schema(
        operation_id="list_authorizations",
        summary="List what waits for a second person, or was decided",
        parameters=[AuthorizationFilterSerializer],
        responses={200: AuthorizationListSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        given = AuthorizationFilterSerializer(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        seen = may_see(known_caller(request).permissions)
        found = [one for one in _listed(**given.validated_data) if one.action in seen]
        items = {"items": [authorization_shape(one, request) for one in found]}
        return Response(AuthorizationListSerializer(items).data)

    @extend_schema(
        operation_id="request_authorization",
        summary="Ask a second person to agree to a new key, a new shard or a pruning",
        description=(
            "For a person who signed in. Packages, erasures and the release of a hold"
            " are asked for at their own addresses."
        ),
        parameters=[IDEMPOTENCY_KEY],
        request=NewAuthorizationSerializer,
        responses={201: AuthorizationSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        person(request)
        given = NewAuthorizationSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        fields = given.validated_data
        action = Action(fields["action"])
        by = decider(request, action)
        scope, reason = _scope(action, fields["first_index"]), fields["reason"]
        step = partial(
            authorizations.request, action, scope=scope, reason=reason, by=by
        )
        words = Words(action, scope, reason)
        made, headers = ask_once(request, fields, words=words, step=step, by=by)
        return authorization_reply(made, request, status=201, headers=headers)


class OneAuthorization(Route):
    """What was asked for, and how it stands."""

    needs = {"GET": SEEING}

    @extend_schema(
        operation_id="get_authorization",
        summary="See what was asked for and how it stands",
        responses={200: AuthorizationSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, authorization_id: UUID) -> Response:
        return authorization_reply(_visible(request, authorization_id), request)


class AuthorizationApproval(Route):
    """A second person agrees."""

    needs = {"POST": DECIDING}

    @extend_schema(
        operation_id="approve_authorization",
        summary="Agree to what another person asked for",
        parameters=[IF_MATCH],
        request=None,
        responses={200: AuthorizationSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, authorization_id: UUID) -> Response:
        by = _decider(request, authorization_id)
        done = authorizations.approve(authorization_id, by=by, at=timezone.now())
        return authorization_reply(done, request)


class AuthorizationRefusal(Route):
    """A second person does not agree."""

    needs = {"POST": DECIDING}

    @extend_schema(
        operation_id="refuse_authorization",
        summary="Refuse what another person asked for",
        parameters=[IF_MATCH],
        request=ReasonSerializer,
        responses={200: AuthorizationSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, authorization_id: UUID) -> Response:
        by = _decider(request, authorization_id)
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        reason = given.validated_data["reason"]
        done = authorizations.refuse(
            authorization_id, reason=reason, by=by, at=timezone.now()
        )
        return authorization_reply(done, request)


class ErasureExecution(Route):
    """Doing what two people agreed on."""

    needs = {"POST": any_of(Permission.EXPORT_LEDGER)}

    @extend_schema(
        operation_id="execute_erasure",
        summary="Erase for good what two people agreed on",
        parameters=[IF_MATCH],
        request=None,
        responses={200: ErasureSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, authorization_id: UUID) -> Response:
        by = _decider(request, authorization_id)
        if authorizations.by_id(authorization_id).action is not Action.ERASURE:
            raise NotAuthorized
        done = erasure.execute(authorization_id, by=by, at=timezone.now())
        if done.state is ErasureState.STOPPED:  # a hold came in between
            raise ContentHeld
        return erasure_reply(done)


def _listed(state: str, action: str | None) -> list[AuthorizationView]:
    wanted = None if action is None else Action(action)
    if state == OPEN:
        found = authorizations.pending(MOST)
        return [one for one in found if wanted in (None, one.action)]
    return authorizations.recent(MOST, action=wanted)


def _scope(action: Action, first_index: int | None) -> dict[str, str]:
    if (action is Action.PRUNING) != (first_index is not None):
        raise AuthorizationInvalid("first_index")
    if first_index is None:
        return scope_of_change(action)
    if first_index not in {first for first, _ in retention.blocks()}:
        raise AuthorizationInvalid("first_index")
    return {"first_index": str(first_index)}


def _visible(request: Request, authorization_id: UUID) -> AuthorizationView:
    """Raises AuthorizationUnknown for what this caller may not see, too."""
    view = authorizations.by_id(authorization_id)
    if view.action not in may_see(known_caller(request).permissions):
        raise AuthorizationUnknown
    return view


def _decider(request: Request, authorization_id: UUID) -> Actor:
    view = _visible(request, authorization_id)
    by = decider(request, view.action)
    check_if_match(request, view)
    return by
