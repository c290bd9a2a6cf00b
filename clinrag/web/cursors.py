"""Where a list goes on: what its last line is known by, in an address.

Promises: what is no cursor opens as nothing, and the list begins at its top. Will not:
hold what may not stand in an address; titles and names of files may.
"""

from datetime import datetime
from typing import Final

from django.utils.dateparse import parse_datetime

SEAM: Final = "~"


def cursor_of(*parts: object) -> str:
    """Only the last part may hold a seam; a moment is told in ISO 8601."""
    told = (one.isoformat() if isinstance(one, datetime) else one for one in parts)
    return SEAM.join("" if one is None else str(one) for one in told)


def parts_of(cursor: str, *, number: int) -> list[str] | None:
    """As many parts as it was made of, or nothing."""
    parts = cursor.replace("\x00", "").split(SEAM, number - 1)
    return parts if len(parts) == number else None


def moment_of(text: str) -> datetime | None:
    """A moment with its zone, or nothing."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
