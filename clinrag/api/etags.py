"""Entity tags of what is told, and deciding only on what is still so (RFC 9110, 13.1).

Promises that whoever sends `If-Match` decides on what he saw. The action locks the row
and checks its state again, so what slips in between is refused unless it is allowed
anyway.
"""

import hashlib

from rest_framework.request import Request

from clinrag.api.errors import PreconditionFailed, PreconditionRequired


def etag_of(view: object) -> str:
    """A strong validator: changes with anything that is told of a frozen value."""
    return f'"{hashlib.sha256(repr(view).encode()).hexdigest()[:32]}"'


def check_if_match(request: Request, view: object) -> None:
    """Raise PreconditionFailed unless this is what the caller saw, if he says what."""
    wanted = request.headers.get("If-Match")
    if wanted is None or wanted.strip() == "*":
        return
    if etag_of(view) not in {tag.strip() for tag in wanted.split(",")}:
        raise PreconditionFailed


def require_if_match(request: Request, view: object) -> None:
    """Raise PreconditionRequired when the caller says nothing, or what is above.

    `*` says that any state will do (RFC 9110, 13.1.1; RFC 6585, 3).
    """
    if request.headers.get("If-Match") is None:
        raise PreconditionRequired
    check_if_match(request, view)
