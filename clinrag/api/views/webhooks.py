"""Where apps are told of recalls."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.actors import Actor
from audit.sealing import key_wrapper
from clinrag.access.roles import Permission
from clinrag.answering.recalls.endpoints import (
    endpoints,
    register_endpoint,
    registered_endpoint,
    remove_endpoint,
)
from clinrag.answering.recalls.services import outbound_rules
from clinrag.answering.recalls.types import NewEndpoint
from clinrag.api.callers import known_caller
from clinrag.api.describing import IDEMPOTENCY_KEY, PROBLEM_RESPONSES
from clinrag.api.once import Once, create_once
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.recalls import (
    EndpointListSerializer,
    NewEndpointSerializer,
    RegisteredEndpointSerializer,
)

ADMINISTRATORS = any_of(Permission.ADMINISTER)


class Webhooks(Route):
    """The addresses in use, and registering one."""

    needs = {
        "GET": any_of(Permission.ADMINISTER, Permission.RECALL),
        "POST": ADMINISTRATORS,
    }

    @extend_schema(
        operation_id="list_webhooks",
        summary="List where apps are told of recalls",
        responses={200: EndpointListSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, _request: Request) -> Response:
        return Response(EndpointListSerializer({"items": endpoints()}).data)

    @extend_schema(
        operation_id="register_webhook",
        summary="Register where an app is told of recalls",
        description="Messages are signed by the Standard Webhooks specification. The"
        " secret is told now, and again for the same Idempotency-Key.",
        parameters=[IDEMPOTENCY_KEY],
        request=NewEndpointSerializer,
        responses={201: RegisteredEndpointSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        given = NewEndpointSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        by, told = known_caller(request).actor, given.validated_data
        read = partial(registered_endpoint, wrapped_by=key_wrapper())
        how = Once(partial(_register, told, by=by), read)
        made, headers = create_once(request, told, by=by, how=how)
        shown = asdict(made.view) | {"secret": made.secret}
        data = RegisteredEndpointSerializer(shown).data
        return Response(data, status=201, headers=headers)


def _register(told: Mapping[str, Any], *, by: Actor) -> NewEndpoint:
    return register_endpoint(
        **told,
        wrapped_by=key_wrapper(),
        rules=outbound_rules(),
        by=by,
        at=timezone.now(),
    )


class OneWebhook(Route):
    """Removing one."""

    needs = {"DELETE": ADMINISTRATORS}

    @extend_schema(
        operation_id="remove_webhook",
        summary="Tell an app nothing more at this address",
        responses={204: None, **PROBLEM_RESPONSES},
    )
    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        by = known_caller(request).actor
        remove_endpoint(endpoint_id, by=by, at=timezone.now())
        return Response(status=204)
