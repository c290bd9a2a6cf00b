"""Where the tree's hashes are stored, so that a proof reads a few rows.

A tile holds 256 hashes of one level and the root over them; only full tiles are
written, once. What is not yet a full tile is read from the rows below it. The hashes
are derived: whoever changes them can spoil proofs and cannot forge one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection

from audit import merkle
from audit.models import Entry, Tile
from audit.models.log import FIRST_SHARD

WIDTH: Final = 256
HEIGHT: Final = 8


# A proof needs a tile or two of each level: asked for together, they cost one round
# trip. The rows below are read only where the full tile is missing.
_SEVERAL: Final = """
SELECT wanted.level, wanted.number, coalesce(full_tile.hashes, CASE wanted.level
    WHEN 0 THEN (
        SELECT string_agg(leaf_hash, ''::bytea ORDER BY index) FROM audit_entry
        WHERE index >= %s + wanted.number * 256
          AND index < %s + (wanted.number + 1) * 256)
    ELSE (
        SELECT string_agg(root, ''::bytea ORDER BY number) FROM audit_tile AS below
        WHERE below.shard = %s AND below.level = wanted.level - 1
          AND below.number >= wanted.number * 256
          AND below.number < (wanted.number + 1) * 256)
    END)
FROM unnest(%s::smallint[], %s::bigint[]) AS wanted (level, number)
LEFT JOIN audit_tile AS full_tile
    ON full_tile.shard = %s AND full_tile.level = wanted.level
   AND full_tile.number = wanted.number
"""


@dataclass(frozen=True, slots=True)
class Tree:
    """Which shard's tree, and the index of its first leaf."""

    shard: int = FIRST_SHARD
    first_index: int = 0


FIRST_TREE: Final = Tree()


def write_full_tiles(old_size: int, new_size: int, *, tree: Tree = FIRST_TREE) -> None:
    """Write the tiles that became full between two sizes of the tree."""
    level, old, new = 0, old_size // WIDTH, new_size // WIDTH
    while new > old:
        hashes = read_hashes(level, old * WIDTH, new * WIDTH, tree=tree)
        Tile.objects.bulk_create(
            _tile(tree, level, number, hashes[at : at + WIDTH])
            for at, number in enumerate_tiles(old, new)
        )
        level, old, new = level + 1, old // WIDTH, new // WIDTH


def enumerate_tiles(first: int, last: int) -> Sequence[tuple[int, int]]:
    """Offsets into a run of hashes, with the tile number that starts there."""
    return [((number - first) * WIDTH, number) for number in range(first, last)]


def _tile(tree: Tree, level: int, number: int, hashes: Sequence[bytes]) -> Tile:
    return Tile(
        shard=tree.shard,
        level=level,
        number=number,
        hashes=b"".join(hashes),
        root=merkle.root(hashes),
    )


def read_hashes(
    level: int, start: int, end: int, *, tree: Tree = FIRST_TREE
) -> list[bytes]:
    """The hashes of a level from `start` up to `end`, from the rows below."""
    if level == 0:
        first, last = tree.first_index + start, tree.first_index + end
        rows = Entry.objects.filter(index__gte=first, index__lt=last)
        leaves = rows.order_by("index").values_list("leaf_hash", flat=True)
        return [bytes(value) for value in leaves]
    tiles = Tile.objects.filter(
        shard=tree.shard, level=level - 1, number__gte=start, number__lt=end
    )
    roots = tiles.order_by("number").values_list("root", flat=True)
    return [bytes(value) for value in roots]


class TileReader:
    """Gives subtree hashes of one tree for proofs; remembers tiles it has read.

    Made anew for each proof or verification: the log grows, tiles do not change.
    """

    def __init__(self, tree: Tree = FIRST_TREE) -> None:
        self._tree = tree
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def prepare(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Read in one statement the tiles that the hashes of these ranges need.

        What is no full tile yet comes from the rows below it.
        """
        places = sorted({place for one in ranges for place in _places(*one)})
        if not places:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                _SEVERAL,
                [
                    self._tree.first_index,
                    self._tree.first_index,
                    self._tree.shard,
                    [level for level, _ in places],
                    [number for _, number in places],
                    self._tree.shard,
                ],
            )
            for level, number, data in cursor.fetchall():
                self._tiles[level, number] = _split(bytes(data or b""))

    def subtree(self, start: int, end: int) -> bytes:
        """The hash of a range of leaves that a proof may ask for."""
        width = end - start
        if width.bit_count() == 1:
            return self._perfect(start, width.bit_length() - 1)
        middle = start + merkle.largest_power_below(width)
        return merkle.node_hash(self.subtree(start, middle), self.subtree(middle, end))

    def _perfect(self, start: int, height: int) -> bytes:
        level, rest = divmod(height, HEIGHT)
        number, offset = divmod(start >> (level * HEIGHT), WIDTH)
        return merkle.root(self._tile(level, number)[offset : offset + (1 << rest)])

    def _tile(self, level: int, number: int) -> list[bytes]:
        if (level, number) not in self._tiles:
            self._tiles[level, number] = self._read(level, number)
        return self._tiles[level, number]

    def _read(self, level: int, number: int) -> list[bytes]:
        full = Tile.objects.filter(shard=self._tree.shard, level=level, number=number)
        hashes = full.values_list("hashes", flat=True).first()
        if hashes is None:
            start = number * WIDTH
            return read_hashes(level, start, start + WIDTH, tree=self._tree)
        return _split(bytes(hashes))


def _split(data: bytes) -> list[bytes]:
    size = merkle.HASH_SIZE
    return [data[at : at + size] for at in range(0, len(data), size)]


def _places(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Level and number of each tile that the hash of a range of leaves needs."""
    width = end - start
    if width.bit_count() == 1:
        level = (width.bit_length() - 1) // HEIGHT
        yield level, start >> ((level + 1) * HEIGHT)
        return
    middle = start + merkle.largest_power_below(width)
    yield from _places(start, middle)
    yield from _places(middle, end)
