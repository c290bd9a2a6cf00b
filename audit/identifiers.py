"""Entry ids: UUID version 7 (RFC 9562), made from a given time.

Promises ids that are unique and sort by time to the millisecond. Says nothing about
order within one, and is no proof of when: the index is the order of the log.
"""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_RANDOM_A = (1 << 12) - 1
_RANDOM_B = (1 << 62) - 1


def new_id(at: datetime) -> UUID:
    """A fresh id; 74 of its bits are random."""
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    random = secrets.randbits(74)
    high = (random >> 62) & _RANDOM_A
    return UUID(
        int=milliseconds << 80 | _VERSION | high << 64 | _VARIANT | random & _RANDOM_B
    )


def time_of(made: UUID) -> datetime:
    """When an id says that it was made; the epoch for one that does not say."""
    if made.version != 7:  # noqa: PLR2004
        return EPOCH
    try:
        return EPOCH + timedelta(milliseconds=made.int >> 80)
    except OverflowError:
        return EPOCH
