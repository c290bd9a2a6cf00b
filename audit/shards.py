"""The shards of the log: which there are, and which an entry belongs to.

Promises plain values as the sequencer wrote them down; what counts is each shard's
opening entry, which verification compares.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from audit import canonical
from audit.errors import EntryInvalid, SequencerLeads
from audit.events import EventType, ShardOpened, decode_fields
from audit.models import Shard
from audit.tiles import FIRST_TREE, Tree

HASH: Final = "sha-256"
SEQUENCER_LOCK: Final = 0x436C696E524147  # "ClinRAG"


@dataclass(frozen=True, slots=True)
class ShardView:
    """A shard; `first_index` is the index of leaf 0 of its tree.

    `vkey` is the key that signs its first checkpoint; empty for the first shard if
    this deployment does not know it. `lost_from` and `lost_to` (not included) are the
    indices whose entries a restore lost, with the signed note that had covered them.
    """

    number: int
    origin: str
    vkey: str
    hash: str
    first_index: int
    opened_at: datetime
    entry_id: UUID | None
    predecessor_note: str
    recovered_size: int | None
    recovered_root: bytes | None
    lost_from: int | None
    lost_to: int | None

    @property
    def tree(self) -> Tree:
        return Tree(self.number, self.first_index)


def shards() -> list[ShardView]:
    """Every shard, in order; none before the sequencer has first led."""
    return [_view(row) for row in Shard.objects.order_by("number")]


def opening_scope(shard: int) -> dict[str, str]:
    """What an authorization of the next shard is for: the shard before it."""
    return {"after_shard": str(shard)}


def read_opening(body: bytes) -> ShardOpened | None:
    """What these bytes open, if they open anything."""
    try:
        document = canonical.decode_object(body)
        if document.get("type") != EventType.LOG_SHARD_OPENED.value:
            return None
        return decode_fields(ShardOpened, document.get("fields"))
    except (EntryInvalid, ValueError):
        return None


@contextmanager
def standing_still() -> Iterator[None]:
    """No sequencer leads meanwhile. Raises SequencerLeads if one does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [SEQUENCER_LOCK])
        if not cursor.fetchone()[0]:
            raise SequencerLeads
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [SEQUENCER_LOCK])


def tree_of(index: int) -> Tree:
    """The tree in which the entry with this index is a leaf."""
    row = Shard.objects.filter(first_index__lte=index).order_by("-number").first()
    return FIRST_TREE if row is None else Tree(row.number, row.first_index)


def tree(number: int) -> Tree | None:
    """The tree of this shard; None if there is no such shard."""
    row = Shard.objects.filter(number=number).first()
    return None if row is None else Tree(row.number, row.first_index)


def _view(row: Shard) -> ShardView:
    root = row.recovered_root
    return ShardView(
        number=row.number,
        origin=row.origin,
        vkey=row.vkey,
        hash=row.hash,
        first_index=row.first_index,
        opened_at=row.opened_at,
        entry_id=row.entry_id,
        predecessor_note=row.predecessor_note,
        recovered_size=row.recovered_size,
        recovered_root=None if root is None else bytes(root),
        lost_from=row.lost_from,
        lost_to=row.lost_to,
    )
