"""Two ways in: `Authorization: Bearer <key>` for applications, sessions for people.

A session is held to the CSRF token on every unsafe method, as on the pages. A
wrong key is refused outright and never falls back to a session.
"""

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from clinrag.access.authentication import authenticate_key
from clinrag.access.errors import KeyUnknown
from clinrag.access.models import User
from clinrag.api.callers import (
    ON_BEHALF_OF,
    Caller,
    caller_from_key,
    caller_from_user,
)
from clinrag.api.errors import CsrfFailed

SCHEME = "bearer"


class ApiKeyAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer <key>`."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Caller] | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _, plaintext = header.strip().partition(" ")
        if scheme.lower() != SCHEME or not plaintext:
            raise KeyUnknown
        key = authenticate_key(plaintext.strip(), at=timezone.now())
        caller = caller_from_key(key, request.headers.get(ON_BEHALF_OF))
        return AnonymousUser(), caller

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return 'Bearer realm="clinrag"'


class PersonAuthentication(SessionAuthentication):
    """Takes the session of a person who signed in, and demands its CSRF token."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        user = found[0]
        return (user, caller_from_user(user)) if isinstance(user, User) else None

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied:
            raise CsrfFailed from None


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the key to OpenAPI."""

    target_class = ApiKeyAuthentication
    name = "key"

    def get_security_definition(
        self,
        auto_schema: AutoSchema,  # noqa: ARG002
    ) -> dict[str, object]:
        return {
            "type": "http",
            "scheme": SCHEME,
            "description": "An API key: its scopes are the permissions.",
        }


class PersonScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the session to OpenAPI."""

    target_class = PersonAuthentication
    name = "session"

    def get_security_definition(
        self,
        auto_schema: AutoSchema,  # noqa: ARG002
    ) -> dict[str, object]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A person's session; unsafe methods need X-CSRFToken.",
        }
