"""Proofs under signed checkpoints: that an entry is in the log, that the log only grew.

Promises that a proof was checked against its checkpoint before it is handed out.
"""

import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from audit import checkpoints, merkle
from audit.checkpoints import CheckpointView
from audit.errors import LedgerCorrupt, NotYetSequenced, NotYetSigned
from audit.queries.entries import entry, sequenced
from audit.tiles import TileReader

POLL_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That an entry is in the signed log: RFC 9162 path, and the checkpoint's note."""

    index: int
    tree_size: int
    leaf_hash: bytes
    path: tuple[bytes, ...]
    root: bytes
    checkpoint: str


def inclusion_proof(entry_id: UUID) -> InclusionProof:
    """Prove the entry under the latest checkpoint.

    Raises EntryUnknown, NotYetSequenced, NotYetSigned, or LedgerCorrupt if the stored
    hashes do not prove it.
    """
    found = sequenced(entry_id)
    if found is None:
        entry(entry_id)
        raise NotYetSequenced
    checkpoint = checkpoints.latest()
    if checkpoint is None or checkpoint.size <= found.index:
        raise NotYetSigned
    return _prove(found.index, bytes(found.leaf_hash), checkpoint)


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


def latest_checkpoint() -> CheckpointView | None:
    return checkpoints.latest()


def _prove(index: int, leaf_hash: bytes, checkpoint: CheckpointView) -> InclusionProof:
    size, root = checkpoint.size, checkpoint.root
    path = merkle.inclusion_path(index, size, TileReader().subtree)
    if not merkle.inclusion_holds(leaf_hash, index, size, path=path, root=root):
        raise LedgerCorrupt(f"entry {index} cannot be proved")
    return InclusionProof(index, size, leaf_hash, path, root, checkpoint.note)
