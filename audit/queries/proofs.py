"""Proofs under signed checkpoints: that an entry is in the log, that the log only grew.

Promises that a proof was checked against the roots it is about before it is handed out.
Each proof is about one shard: a tree of its own.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q

from audit import checkpoints, merkle, shards, vouching
from audit.checkpoints import CheckpointView
from audit.errors import (
    LedgerCorrupt,
    NotYetSequenced,
    NotYetSigned,
    ShardUnknown,
    SizeNotSigned,
    SizesReversed,
)
from audit.models import Checkpoint
from audit.queries.entries import entry, pruned, sequenced
from audit.tiles import TileReader, Tree

Path = Callable[[int, int, merkle.Subtree], tuple[bytes, ...]]

POLL_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That an entry is in the signed log: RFC 9162 path, and the checkpoint's note.

    `index` is the entry's place in the whole log, `leaf_index` in its shard's tree,
    which has `tree_size` leaves.
    """

    index: int
    tree_size: int
    leaf_hash: bytes
    path: tuple[bytes, ...]
    root: bytes
    checkpoint: str
    shard: int
    origin: str
    leaf_index: int


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That a shard's tree of `new_size` holds that of `old_size` unchanged: RFC 9162.

    The notes are those signed at exactly these sizes, if any were.
    """

    shard: int
    origin: str
    old_size: int
    new_size: int
    old_root: bytes
    new_root: bytes
    path: tuple[bytes, ...]
    old_checkpoint: str | None
    new_checkpoint: str | None


def inclusion_proof(entry_id: UUID) -> InclusionProof:
    """Prove the entry under the latest checkpoint of its shard.

    Raises EntryUnknown, NotYetSequenced, NotYetSigned, or LedgerCorrupt if the stored
    hashes do not prove it.
    """
    found = sequenced(entry_id) or pruned(entry_id)
    if found is None:
        entry(entry_id)
        raise NotYetSequenced
    tree = shards.tree_of(found.index)
    checkpoint = checkpoints.latest(shard=tree.shard)
    if checkpoint is None or checkpoint.size <= found.index - tree.first_index:
        raise NotYetSigned
    return _prove(found.index, bytes(found.leaf_hash), tree, checkpoint)


def wait_for_proof(entry_id: UUID, *, timeout_seconds: float) -> InclusionProof | None:
    """The proof as soon as there is one; None if there is none in time.

    Raises EntryUnknown. Not to be called inside a transaction that wrote the entry.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            return inclusion_proof(entry_id)
        except (NotYetSequenced, NotYetSigned):
            if time.monotonic() >= deadline:
                return None
            time.sleep(POLL_SECONDS)


def consistency_proof(
    old_size: int, new_size: int, *, shard: int | None = None
) -> ConsistencyProof:
    """Prove that a shard only grew between two sizes; by default the newest shard.

    Any sizes up to the newest signed one, so that a checkpoint which only its holder
    still has can be used. Raises SizesReversed, SizeNotSigned, ShardUnknown, or
    LedgerCorrupt if the stored hashes do not prove it.
    """
    if not 0 <= old_size <= new_size:
        raise SizesReversed
    newest = checkpoints.latest(shard=shard)
    if newest is None:
        raise SizeNotSigned if shard is None else ShardUnknown
    if new_size > newest.size:
        raise SizeNotSigned
    return _prove_growth(old_size, new_size, newest)


def latest_checkpoint() -> CheckpointView | None:
    """The newest checkpoint of the newest shard that has any."""
    return checkpoints.latest()


def signed_checkpoints(
    *, limit: int, shard: int | None = None, before: tuple[int, int] | None = None
) -> list[CheckpointView]:
    """Checkpoints, newest first; page on with the last one's shard and size."""
    rows = Checkpoint.objects.order_by("-shard", "-size")
    if shard is not None:
        rows = rows.filter(shard=shard)
    if before is not None:
        older, smaller = before
        rows = rows.filter(Q(shard__lt=older) | Q(shard=older, size__lt=smaller))
    return [checkpoints.view(row) for row in rows[:limit]]


def _prove(
    index: int, leaf_hash: bytes, tree: Tree, checkpoint: CheckpointView
) -> InclusionProof:
    leaf, size, root = index - tree.first_index, checkpoint.size, checkpoint.root
    path = _path(merkle.inclusion_path, (leaf, size), TileReader(tree))
    if not merkle.inclusion_holds(leaf_hash, leaf, size, path=path, root=root):
        raise LedgerCorrupt(f"entry {index} cannot be proved")
    return InclusionProof(
        index=index,
        tree_size=size,
        leaf_hash=leaf_hash,
        path=path,
        root=root,
        checkpoint=_cosigned(checkpoint),
        shard=tree.shard,
        origin=checkpoint.origin,
        leaf_index=leaf,
    )


def _prove_growth(
    old_size: int, new_size: int, newest: CheckpointView
) -> ConsistencyProof:
    reader = TileReader(shards.tree(newest.shard) or Tree(newest.shard))
    old, new = (_signed_at(newest.shard, size) for size in (old_size, new_size))
    reader.prepare(
        (0, size)
        for size, note in ((old_size, old), (new_size, new))
        if size and not note
    )
    old_root = old.root if old else _root(reader, old_size)
    new_root = new.root if new else _root(reader, new_size)
    sizes = (old_size, new_size)
    path = _path(merkle.consistency_path, sizes, reader) if old_size else ()
    if not merkle.consistency_holds(
        old_size, new_size, path=path, old_root=old_root, new_root=new_root
    ):
        raise LedgerCorrupt(f"growth from {old_size} to {new_size} cannot be proved")
    return ConsistencyProof(
        shard=newest.shard,
        origin=newest.origin,
        old_size=old_size,
        new_size=new_size,
        old_root=old_root,
        new_root=new_root,
        path=path,
        old_checkpoint=_cosigned(old) if old else None,
        new_checkpoint=_cosigned(new) if new else None,
    )


def _path(make: Path, places: tuple[int, int], reader: TileReader) -> tuple[bytes, ...]:
    """A proof's path; what it needs is asked for first, to be read at once."""
    ranges: list[tuple[int, int]] = []

    def note(start: int, end: int) -> bytes:
        ranges.append((start, end))
        return b""

    make(*places, note)
    reader.prepare(ranges)
    return make(*places, reader.subtree)


def _signed_at(shard: int, size: int) -> CheckpointView | None:
    row = Checkpoint.objects.filter(shard=shard, size=size).first()
    return None if row is None else checkpoints.view(row)


def _cosigned(checkpoint: CheckpointView) -> str:
    """The note with the lines of its witnesses."""
    lines = vouching.cosignatures(checkpoint.shard, checkpoint.size)
    return checkpoint.note + "".join(one.line for one in lines)


def _root(reader: TileReader, size: int) -> bytes:
    return reader.subtree(0, size) if size else merkle.EMPTY_ROOT
