"""Opaque cursors for keyset pagination.

A cursor names the last row seen by its sort key, so that a list stays stable
while rows are appended. It is signed: a cursor of another list, or one made up,
is refused rather than interpreted.
"""

from django.core import signing

from clinrag.api.errors import CursorInvalid

SALT = "clinrag.api.cursors"


def seal_cursor(name: str, *position: str) -> str:
    """The cursor that continues list `name` after this position."""
    return signing.dumps([name, *position], salt=SALT)


def open_cursor(name: str, cursor: str) -> tuple[str, ...]:
    """The position; raises CursorInvalid unless we made it for this list."""
    try:
        found = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError):
        raise CursorInvalid from None
    if found[0] != name:
        raise CursorInvalid
    return tuple(found[1:])
