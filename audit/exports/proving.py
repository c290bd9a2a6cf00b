"""A proof for each packed entry, all under the same few checkpoints.

Promises that each proof was checked before it is written, and that the checkpoints stay
the same from the first entry to the last, however long the packing takes and however
often its process dies. Reads hashes from the database and believes none of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from audit import merkle, shards, vouching
from audit.errors import LedgerCorrupt, NotYetSigned
from audit.models import Checkpoint
from audit.queries import EntryView
from audit.tiles import TileReader
from audit.tlog_proofs import TlogProof
from audit.vouching import Vouching

# Neighbours in the log share nearly all of their paths, so hashes are remembered; and
# forgotten again, with the tiles they came from, lest they fill the memory.
PROOFS_BETWEEN: Final = 500
HASHES_REMEMBERED: Final = 4_096

Subtree = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Bound:
    """The checkpoint under which entries of a shard are proved.

    `note` is as the log signed it, `cosigned` with its witnesses' lines.
    """

    shard: int
    first_index: int
    size: int
    root: bytes
    note: str
    vouching: Vouching

    @property
    def cosigned(self) -> str:
        lines = [one.line.rstrip("\n") + "\n" for one in self.vouching.cosignatures]
        return self.note + "".join(lines)

    @property
    def name(self) -> str:
        return f"{self.shard}-{self.size}"


def choose_bounds() -> dict[str, int]:
    """The newest signed size of each shard, by its number. Raises NotYetSigned."""
    newest = Checkpoint.objects.order_by("shard", "-size").distinct("shard")
    found = {str(shard): size for shard, size in newest.values_list("shard", "size")}
    if not found:
        raise NotYetSigned
    return found


def read_bounds(sizes: Mapping[str, int]) -> dict[int, Bound]:
    """The checkpoints of these sizes, with what vouches for them by now."""
    found = {}
    for number, size in sizes.items():
        shard = int(number)
        tree = shards.tree(shard)
        row = Checkpoint.objects.get(shard=shard, size=size)
        found[shard] = Bound(
            shard=shard,
            first_index=0 if tree is None else tree.first_index,
            size=size,
            root=bytes(row.root),
            note=row.note,
            vouching=vouching.for_checkpoint(shard, size),
        )
    return found


@dataclass(slots=True)
class Prover:
    """Proves entries under bounds that were chosen before."""

    bounds: Mapping[int, Bound]
    _readers: dict[int, Subtree] = field(default_factory=dict)
    _proofs: int = 0

    @property
    def end(self) -> int:
        """The index behind the last entry that can be proved."""
        return max(bound.first_index + bound.size for bound in self.bounds.values())

    def covers(self, entry: EntryView) -> bool:
        """Whether a checkpoint covers the entry."""
        return self._bound_of(entry) is not None

    def prove(self, entry: EntryView) -> tuple[Bound, TlogProof] | None:
        """None for an entry that no checkpoint covers; raises LedgerCorrupt."""
        bound = self._bound_of(entry)
        if bound is None or entry.index is None:
            return None
        leaf = entry.index - bound.first_index
        path = merkle.inclusion_path(leaf, bound.size, self._subtree(bound))
        if not merkle.inclusion_holds(
            entry.leaf_hash, leaf, bound.size, path=path, root=bound.root
        ) or entry.leaf_hash != merkle.leaf_hash(entry.entry_bytes):
            raise LedgerCorrupt(f"entry {entry.index} cannot be proved")
        return bound, TlogProof(leaf, tuple(path), bound.cosigned)

    def _bound_of(self, entry: EntryView) -> Bound | None:
        """The bound of the newest shard that begins at or before the entry."""
        if entry.index is None:
            return None
        older = [b for b in self.bounds.values() if b.first_index <= entry.index]
        bound = max(older, key=lambda one: one.shard, default=None)
        if bound is None or entry.index - bound.first_index >= bound.size:
            return None
        return bound

    def _subtree(self, bound: Bound) -> Subtree:
        self._proofs += 1
        if self._proofs % PROOFS_BETWEEN == 0:
            self._readers.clear()
        if bound.shard not in self._readers:
            tree = shards.tree(bound.shard)
            reader = TileReader(tree) if tree else TileReader()
            remembered = lru_cache(HASHES_REMEMBERED)(reader.subtree)
            self._readers[bound.shard] = remembered
        return self._readers[bound.shard]
