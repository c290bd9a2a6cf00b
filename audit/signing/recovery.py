"""What the database still has of what was signed: before a shard is opened.

Promises to find the largest signed tree that the stored entries still give; all that
was signed beyond it counts as lost, also if something now stands in its place.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from audit import keychains
from audit.errors import HistoryRewritten, NoteInvalid
from audit.merkle import Frontier, leaf_hash
from audit.models import Checkpoint, Shard
from audit.notes import CheckpointText, Note, Verifier, open_checkpoint
from audit.signing.files import SignerState
from audit.signing.reading import LogEnd, bodies, log_end

# Of stored checkpoints that fit, this many of the largest are tried for a signature.
CANDIDATES: Final = 64


@dataclass(frozen=True, slots=True)
class Recovered:
    """The tree before: what is there of it, what is lost, where the next may begin.

    `lost` are indices, the last not included.
    """

    frontier: Frontier
    lost: tuple[int, int] | None
    next_index: int


def look(state: SignerState, *, signed_by: Verifier) -> Recovered:
    """Compare the stored entries of the state's shard with what was signed of it."""
    said = CheckpointText.from_text(Note.parse(state.note).text)
    end, first = log_end(), state.first_index
    frontier, agreed = _compare(state, said, end, signed_by)
    signed_end, log_ends = first + said.size, end.first_index + end.size
    kept = first + agreed
    if _stored_end(state, end) is None:
        kept = min(first, log_ends)  # the end of the shard before went, too
    lost = None if kept == signed_end else (kept, signed_end)
    return Recovered(frontier, lost, max(signed_end, log_ends))


def _compare(
    state: SignerState, said: CheckpointText, end: LogEnd, signed_by: Verifier
) -> tuple[Frontier, int]:
    """The stored tree, and the largest size at which it is what was signed."""
    stored_end = _stored_end(state, end)
    if stored_end is None:
        return Frontier(), 0  # restored to before this shard was opened
    leaves = _leaf_hashes(state.first_index, stored_end)
    frontier, fitting = Frontier(), deque[tuple[int, bytes, str]](maxlen=CANDIDATES)
    for size, root, note in _claims(state, said):
        frontier = frontier.extend(islice(leaves, size - frontier.size))
        if (frontier.size, frontier.root()) != (size, root):
            break
        fitting.append((size, root, note))
    keys = _keys(signed_by)
    signed = (claim[0] for claim in reversed(fitting) if _holds(*claim, keys))
    return frontier.extend(leaves), next(signed, 0)


def _stored_end(state: SignerState, end: LogEnd) -> int | None:
    """Where the state's shard ends in the database, if it is there.

    That is where a next one begins which the signer refused.
    """
    if (end.shard, end.first_index) == (state.shard, state.first_index):
        return end.first_index + end.size
    begun = Shard.objects.filter(number=state.shard, first_index=state.first_index)
    later = Shard.objects.filter(number__gt=state.shard).order_by("number").first()
    return later.first_index if later is not None and begun.exists() else None


def _claims(
    state: SignerState, said: CheckpointText
) -> Iterator[tuple[int, bytes, str]]:
    rows = Checkpoint.objects.filter(shard=state.shard, size__lt=said.size)
    for row in rows.order_by("size").iterator():
        yield row.size, bytes(row.root), row.note
    yield said.size, said.root, state.note


def _keys(signed_by: Verifier) -> list[Verifier]:
    chain = keychains.eras(signed_by, keychains.rotations())
    return [era.verifier for era in chain]


def _holds(size: int, root: bytes, note: str, keys: list[Verifier]) -> bool:
    """Whether the note says this tree: a genuine one of another proves nothing."""
    for key in keys:
        try:
            said = open_checkpoint(note, key)
        except NoteInvalid:
            continue
        return (said.size, said.root) == (size, root)
    return False


def _leaf_hashes(start: int, end: int) -> Iterator[bytes]:
    """Up to the first entry that is missing."""
    try:
        yield from map(leaf_hash, bodies(start, end))
    except HistoryRewritten:
        return
