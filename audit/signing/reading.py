"""The log as the signer reads it: its claimed end, and the bytes of its entries.

Promises entries in the order of their indices without a gap, a page at a time. Believes
nothing of what it reads; the desk compares it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from audit import merkle
from audit.errors import HistoryRewritten
from audit.models import Entry, Head
from audit.models.log import FIRST_SHARD

PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class LogEnd:
    """What the database says of the newest shard: its leaves, and their root."""

    shard: int
    first_index: int
    size: int
    root: bytes


def log_end() -> LogEnd:
    head = Head.objects.first()
    if head is None:
        return LogEnd(FIRST_SHARD, 0, 0, merkle.EMPTY_ROOT)
    return LogEnd(head.shard, head.first_index, head.size, bytes(head.root))


def bodies(start: int, end: int) -> Iterator[bytes]:
    """Bytes of the entries from one index up to another.

    Raises HistoryRewritten at a gap.
    """
    expected = start
    while expected < end:
        rows = Entry.objects.filter(index__gte=expected, index__lt=end)
        page = list(rows.order_by("index").values_list("index", "body")[:PAGE])
        for index, body in page:
            if index != expected:
                break
            yield bytes(body)
            expected += 1
        else:
            if page:
                continue
        raise HistoryRewritten(f"entry {expected} is missing")
