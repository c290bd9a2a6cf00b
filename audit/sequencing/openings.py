"""Opening a shard: the entry that says so becomes leaf 0 of a tree of its own.

Promises that nothing else is in the batch, and that the tree before stays as it is.
Judges whether the entry fits the log's end, holds a handover by its own key, and names
an authorization that two people used up for exactly this shard; one that does not is an
entry like any other, and verification names it. Whether it commits to what was signed
is for the signer, who refuses otherwise, and for verification.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from audit.errors import EntryInvalid, NoteInvalid
from audit.events import ShardOpened, encode_fields
from audit.merkle import EMPTY_ROOT, HASH_SIZE
from audit.models import Head, InboxEntry, Shard
from audit.notes import Verifier
from audit.sequencing.partitions import make_partitions
from audit.shards import opening_scope, read_opening
from audit.statements import check_opening, opening_text

LOOK_AT: Final = 16
# A restore may have lost openings, too; numbers run out for good, so none is wasted.
LARGEST_STEP: Final = 8
MOST_SHARDS: Final = (1 << 15) - 1
# More cannot have been lost; a leap further would find no partition.
LARGEST_LEAP: Final = 1 << 25
_IS_AGREED: Final = "SELECT audit_is_executed(%s, 'shard_opening', %s::jsonb)"
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
    """The opening that waits, fits the end of the log and was agreed to.

    Openings go before the rest.
    """
    for row in InboxEntry.objects.filter(arrival__lt=0).order_by("-arrival")[:LOOK_AT]:
        event = read_opening(bytes(row.body))
        if event is not None and _fits(event, head) and _may_open(event):
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
    last = min(head.shard + LARGEST_STEP, MOST_SHARDS)
    is_next = head.shard < event.shard <= last
    has_place = end <= event.first_index < end + LARGEST_LEAP
    # No two shards begin at one index: an empty one cannot be followed there.
    has_place = has_place and event.first_index > head.first_index
    return is_next and has_place and _is_root(event.recovered_root)


def _may_open(event: ShardOpened) -> bool:
    """One row by whoever can write entries must not end the tree that is signed."""
    return _is_handed_over(event) and _is_agreed(event)


def _is_handed_over(event: ShardOpened) -> bool:
    try:
        new = Verifier.from_vkey(event.vkey)
        text = opening_text(new, encode_fields(event))
        check_opening(event.handover, text=text, old=None, new=new)
    except (EntryInvalid, NoteInvalid):
        return False
    return True


def _is_agreed(event: ShardOpened) -> bool:
    try:
        authorization_id = UUID(event.authorization_id)
    except ValueError:
        return False
    scope = json.dumps(opening_scope(event.shard - 1))
    with connection.cursor() as cursor:
        cursor.execute(_IS_AGREED, [authorization_id, scope])
        return bool(cursor.fetchone()[0])


def _is_root(text: str) -> bool:
    try:
        return len(bytes.fromhex(text)) == HASH_SIZE
    except ValueError:
        return False
