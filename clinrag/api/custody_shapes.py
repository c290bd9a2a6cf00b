"""Custody's values as the serializers tell them; reasons are for people alone."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from audit.custody.authorizations import AuthorizationView
from audit.custody.erasure import ErasureView
from audit.custody.holds import HoldView
from clinrag.api.etags import etag_of
from clinrag.api.people import is_person
from clinrag.api.serializers.custody import (
    AuthorizationSerializer,
    ErasureSerializer,
    HoldSerializer,
)

AUTHORIZATIONS = "/api/v1/authorizations"
HOLDS = "/api/v1/holds"


def authorization_shape(view: AuthorizationView, request: Request) -> dict[str, Any]:
    """The fields of an authorization."""
    return asdict(view) | _reason(view.reason, request)


def authorization_reply(
    view: AuthorizationView,
    request: Request,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One authorization; with its address where it is new."""
    data = AuthorizationSerializer(authorization_shape(view, request)).data
    address = {} if headers is None else {"Location": f"{AUTHORIZATIONS}/{view.id}"}
    told = {"ETag": etag_of(view), **address, **(headers or {})}
    return Response(data, status=status, headers=told)


def hold_shape(view: HoldView, request: Request) -> dict[str, Any]:
    """The fields of a legal hold."""
    scope = {"kind": view.scope.kind.value, "scope": view.scope.as_words()}
    return asdict(view) | scope | _reason(view.reason, request)


def hold_reply(
    view: HoldView,
    request: Request,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One hold; with its address where it is new."""
    data = HoldSerializer(hold_shape(view, request)).data
    address = {} if headers is None else {"Location": f"{HOLDS}/{view.id}"}
    told = {"ETag": etag_of(view), **address, **(headers or {})}
    return Response(data, status=status, headers=told)


def erasure_shape(view: ErasureView) -> dict[str, Any]:
    """The fields of an erasure."""
    scope = {"kind": view.scope.kind.value, "scope": view.scope.as_words()}
    return asdict(view) | scope


def erasure_reply(view: ErasureView) -> Response:
    """One erasure."""
    return Response(ErasureSerializer(erasure_shape(view)).data)


def _reason(reason: str, request: Request) -> dict[str, str | None]:
    return {"reason": reason if is_person(request) else None}
