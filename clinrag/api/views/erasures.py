"""Erasures: asked for here, agreed to by a second person, then done; and their list."""

from functools import partial
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.custody import erasure
from audit.custody.authorizations import Action
from audit.custody.erasure import ReasonClass
from audit.custody.scopes import Scope
from clinrag.access.roles import Permission
from clinrag.api.agreements import Words, ask_once
from clinrag.api.custody_scopes import scope_of
from clinrag.api.custody_shapes import (
    authorization_reply,
    erasure_reply,
    erasure_shape,
)
from clinrag.api.describing import IDEMPOTENCY_KEY, PROBLEM_RESPONSES
from clinrag.api.people import decider
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.custody import (
    AuthorizationSerializer,
    ErasureListSerializer,
    ErasureSerializer,
    NewErasureSerializer,
)

MOST = 200
ERASERS = any_of(Permission.EXPORT_LEDGER)


class Erasures(Route):
    """Asking for an erasure, and the list of those that two people agreed to."""

    needs = {"GET": ERASERS, "POST": ERASERS}

    @extend_schema(
        operation_id="list_erasures",
        summary="List erasures, newest first",
        responses={200: ErasureListSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        del request
        items = {"items": [erasure_shape(one) for one in erasure.recent(MOST)]}
        return Response(ErasureListSerializer(items).data)

    @extend_schema(
        operation_id="request_erasure",
        summary="Ask a second person to agree to an erasure",
        description=(
            "For a person who signed in. Nothing is erased by this: another one agrees"
            " at `Location`, and then `POST /authorizations/{id}/erasure` does it."
        ),
        parameters=[IDEMPOTENCY_KEY],
        request=NewErasureSerializer,
        responses={201: AuthorizationSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        by = decider(request, Action.ERASURE)
        given = NewErasureSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        fields = given.validated_data
        scope = scope_of(fields, of_subject=Scope.of_subject)
        word, reason = ReasonClass(fields["reason_class"]), fields["reason"]
        step = partial(erasure.request, scope, reason_class=word, reason=reason, by=by)
        agreed = scope.as_words() | {"reason_class": word.value}
        words = Words(Action.ERASURE, agreed, reason)
        made, headers = ask_once(request, fields, words=words, step=step, by=by)
        return authorization_reply(made, request, status=201, headers=headers)


class OneErasure(Route):
    """How far an erasure has come."""

    needs = {"GET": ERASERS}

    @extend_schema(
        operation_id="get_erasure",
        summary="See how far an erasure has come",
        responses={200: ErasureSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, erasure_id: UUID) -> Response:
        del request
        return erasure_reply(erasure.by_id(erasure_id))
