"""Verification's own Merkle tree: root and tiles of a log that is read in order.

RFC 9162, 2.1, and the tiles of C2SP tlog-tiles. Promises memory that grows with
the number of levels only. Shares no code with the writer, and trusts the hashes that
it is given.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

WIDTH: Final = 256
HEIGHT: Final = 8
EMPTY_ROOT: Final = sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class DerivedTile:
    """A full tile as the entries give it."""

    level: int
    number: int
    hashes: bytes
    root: bytes


@dataclass(slots=True)
class DerivedTree:
    """A tree that grows at its right edge and keeps the tiles that became full."""

    size: int = 0
    _edge: list[tuple[int, bytes]] = field(default_factory=list)
    _rows: defaultdict[int, list[bytes]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _full: list[DerivedTile] = field(default_factory=list)

    def add(self, leaf_hashes: Sequence[bytes]) -> None:
        """Append leaves, in blocks as large as the place allows."""
        at, end = 0, len(leaf_hashes)
        while at < end:
            width = largest_block(self.size, end - at, most=WIDTH)
            block = leaf_hashes[at : at + width]
            self._rows[0].extend(block)
            self.push(width.bit_length() - 1, perfect_root(block))
            at += width

    def push(self, height: int, node: bytes) -> None:
        """Append the perfect subtree of this height whose root is `node`."""
        self.size += 1 << height
        edge = self._edge
        while True:
            if height and height % HEIGHT == 0:
                self._fill(height // HEIGHT, node)
            if not edge or edge[-1][0] != height:
                break
            node = sha256(b"\x01" + edge.pop()[1] + node).digest()
            height += 1
        edge.append((height, node))

    def root(self) -> bytes:
        """The root over all that was added."""
        if not self._edge:
            return EMPTY_ROOT
        node = self._edge[-1][1]
        for _, left in self._edge[-2::-1]:
            node = sha256(b"\x01" + left + node).digest()
        return node

    def take_full_tiles(self) -> list[DerivedTile]:
        """The tiles that became full since the last call, each once.

        Left out is a tile of which a part was pushed as a subtree: its hashes are
        not known.
        """
        full, self._full = self._full, []
        return full

    def _fill(self, level: int, root: bytes) -> None:
        """The subtree under one hash of `level` is complete: the tile below is full."""
        below = self._rows[level - 1]
        if len(below) == WIDTH:
            number = (self.size >> (HEIGHT * level)) - 1
            tile = DerivedTile(level - 1, number, b"".join(below), root)
            self._full.append(tile)
        below.clear()
        self._rows[level].append(root)


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    level = hashes
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return level[0]


def largest_block(position: int, available: int, *, most: int) -> int:
    """The widest perfect subtree that may start here; a power of two."""
    aligned = position & -position or most
    return min(aligned, 1 << (available.bit_length() - 1), most)


def blocks(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The perfect subtrees that cover a range at the edge of a tree, left to right."""
    while start < end:
        width = largest_block(start, end - start, most=1 << 62)
        yield start, start + width
        start += width
