"""Opening a shard: the entry that says so becomes leaf 0 of a tree of its own.

Promises that nothing else is in the batch, and that the tree before stays as it is.
Judges only whether the entry fits the log's end; whether it was allowed and commits to
what was signed is for the signer, who refuses otherwise, and for verification.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from audit.events import ShardOpened
from audit.merkle import EMPTY_ROOT, HASH_SIZE
from audit.models import Head, InboxEntry, Shard
from audit.sequencing.partitions import make_partitions
from audit.shards import read_opening

LOOK_AT: Final = 16
MOST_SHARDS: Final = (1 << 15) - 1
# More cannot have been lost; a leap further would find no partition.
LARGEST_LEAP: Final = 1 << 25
_BEGIN: Final = """
UPDATE audit_head SET shard = %s, first_index = %s, size = 0, root = %s, frontier = ''
WHERE epoch = %s
"""


@dataclass(frozen=True, slots=True)
class Opening:
    """An entry in the inbox that opens a shard."""

    arrival: int
    entry_id: UUID
    leaf_hash: bytes
    event: ShardOpened


def waiting_opening(head: Head) -> Opening | None:
    """The opening that waits and fits the end of the log; they go before the rest."""
    for row in InboxEntry.objects.filter(arrival__lt=0).order_by("-arrival")[:LOOK_AT]:
        event = read_opening(bytes(row.body))
        if event is not None and _fits(event, head):
            leaf_hash = bytes(row.leaf_hash)
            return Opening(row.arrival, row.entry_id, leaf_hash, event)
    return None


def open_shard(head: Head, opening: Opening, *, at: datetime) -> Head:
    """Begin the tree in the caller's transaction; returns its empty head."""
    event = opening.event
    Shard.objects.create(
        number=event.shard,
        origin=event.origin,
        vkey=event.vkey,
        hash=event.hash,
        first_index=event.first_index,
        opened_at=at,
        entry_id=opening.entry_id,
        predecessor_note=event.predecessor_note,
        recovered_size=event.recovered_size,
        recovered_root=bytes.fromhex(event.recovered_root),
        lost_from=event.lost_from,
        lost_to=event.lost_to,
    )
    with connection.cursor() as cursor:
        begins = (event.shard, event.first_index, EMPTY_ROOT, head.epoch)
        cursor.execute(_BEGIN, begins)
    make_partitions()
    return Head.objects.get(epoch=head.epoch)


def _fits(event: ShardOpened, head: Head) -> bool:
    end = head.first_index + head.size
    is_next = head.shard < event.shard <= MOST_SHARDS
    has_place = end <= event.first_index < end + LARGEST_LEAP
    return is_next and has_place and _is_root(event.recovered_root)


def _is_root(text: str) -> bool:
    try:
        return len(bytes.fromhex(text)) == HASH_SIZE
    except ValueError:
        return False
