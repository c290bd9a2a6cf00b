"""Django's door to signing in, so that pages and admin site share one.

Part of the edge: it reads the clock and the caller's address, which is that of the
connection unless the operator says how many proxies are in front.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from clinrag.access.addresses import client_address
from clinrag.access.errors import SignInFailed, SignInLocked
from clinrag.access.models import User
from clinrag.access.signing_in import sign_in


class ThrottledBackend(ModelBackend):
    """Name and password, with a lock after repeated failures, all recorded."""

    def authenticate(
        self,
        request: Any,
        username: str | None = None,
        password: str | None = None,
        **_credentials: Any,
    ) -> User | None:
        if username is None or password is None:
            return None
        try:
            return sign_in(
                username,
                password=password,
                address=address_of(request),
                at=timezone.now(),  # noqa: TID251  the edge, called by Django
            )
        except (SignInFailed, SignInLocked) as error:
            # Stops Django from asking another backend.
            raise PermissionDenied from error


def address_of(request: Any) -> str:
    """The caller's address, or nothing where there is no connection (a shell)."""
    meta = getattr(request, "META", {})
    return client_address(meta, proxies=settings.CLINRAG_TRUSTED_PROXIES)
