"""Two ways in: `Authorization: Bearer <key>` for applications, sessions for people.

A session is held to the CSRF token on every unsafe method, as on the pages. A
wrong key is refused outright and never falls back to a session.
"""

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
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
