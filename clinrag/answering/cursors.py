"""Where a page of answers ended, as a word for the next page.

Promises that a page goes on right after an answer's place in time, whatever came since;
answers of one moment stand in the order of their ids.
"""

import base64
import binascii
from datetime import datetime
from uuid import UUID

from clinrag.answering.errors import InvalidCursor


def write_cursor(at: datetime, answer_id: UUID) -> str:
    """The place of an answer, in letters that a URL may hold (RFC 4648, section 5)."""
    place = f"{at.isoformat()} {answer_id}"
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """The inverse of `write_cursor`. Raises InvalidCursor."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        moment, _, answer_id = place.partition(" ")
        at, last_id = datetime.fromisoformat(moment), UUID(answer_id)
    except (ValueError, binascii.Error):
        raise InvalidCursor from None
    if at.tzinfo is None:
        raise InvalidCursor
    return at, last_id
