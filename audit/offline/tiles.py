"""The layout of C2SP tlog-tiles: names, widths, entry bundles, and proofs from tiles.

A tile holds 256 hashes of one level; the last of a level may be partial and then has
its width in its name. Hashes are only as good as the root they lead to.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Final

from audit.offline.merkle import (
    HASH_SIZE,
    Tree,
    hash_children,
    left_width,
    perfect_root,
)
from audit.offline.problems import Malformed, Missing, Rejected
from audit.offline.sources import Source

WIDTH: Final = 256
HEIGHT: Final = 8
MAX_ENTRY: Final = 65_535
MAX_BUNDLE: Final = WIDTH * (2 + MAX_ENTRY)
CHECKPOINT: Final = "checkpoint"
ENTRIES: Final = "entries"


def tile_name(level: int | str, number: int, width: int = WIDTH) -> str:
    """`tile/<L>/<N>[.p/<W>]`; `level` is "entries" for a bundle."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:  # noqa: PLR2004
        number //= 1000
        groups.append(f"x{number % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


def width_of(level: int, number: int, size: int) -> int:
    """How many hashes tile `number` has in a tree of `size`; 0 for none."""
    return max(0, min(WIDTH, (size >> (HEIGHT * level)) - number * WIDTH))


def read_hashes(source: Source, level: int, number: int, width: int) -> list[bytes]:
    """A tile's first `width` hashes; a full tile stands in for a partial one.

    Raises Unreadable, or Rejected if the tile has another length.
    """
    data, held = _read_partial_or_full(
        source, level, number, width=width, limit=WIDTH * HASH_SIZE
    )
    if len(data) != held * HASH_SIZE:
        raise Rejected("a tile has a wrong length", code="tile_length", layer="tile")
    return [data[at : at + HASH_SIZE] for at in range(0, width * HASH_SIZE, HASH_SIZE)]


def read_bundle(source: Source, number: int, width: int) -> tuple[bytes, int]:
    """A bundle's bytes and how many entries it should hold: `width`, or all 256."""
    return _read_partial_or_full(source, ENTRIES, number, width=width, limit=MAX_BUNDLE)


def _read_partial_or_full(
    source: Source, level: int | str, number: int, *, width: int, limit: int
) -> tuple[bytes, int]:
    if width == WIDTH:
        return source.read(tile_name(level, number), limit=limit), WIDTH
    try:
        return source.read(tile_name(level, number, width), limit=limit), width
    except Missing:
        # A log may drop a partial tile once the full one exists.
        return source.read(tile_name(level, number), limit=limit), WIDTH


def split_bundle(data: bytes, count: int) -> list[bytes]:
    """The entries of a bundle, each after its length in two bytes.

    Raises Rejected unless it holds exactly `count`; `index` counts from its start.
    """
    entries, at, size = [], 0, len(data)
    for number in range(count):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > size or end > size:
            raise _bundle("a bundle breaks off", number)
        entries.append(data[at + 2 : end])
        at = end
    if at != size:
        raise _bundle("a bundle goes on after its last entry", count - 1)
    return entries


def hash_bundle(data: bytes, count: int) -> list[bytes]:
    """The leaf hashes of a bundle's entries; the inner loop of reading a log.

    The low byte of an entry's length stands right before it. Overwritten with the zero
    of RFC 9162, 2.1.1, it saves copying each entry. Raises as `split_bundle`.
    """
    buffer = bytearray(data)
    view, sha256 = memoryview(buffer), hashlib.sha256
    hashes: list[bytes] = []
    at, size = 0, len(data)
    for number in range(count):
        low = at + 1
        if low >= size:
            raise _bundle("a bundle breaks off", number)
        end = low + 1 + (buffer[at] << 8 | buffer[low])
        if end > size:
            raise _bundle("a bundle breaks off", number)
        buffer[low] = 0
        hashes.append(sha256(view[low:end]).digest())
        at = end
    if at != size:
        raise _bundle("a bundle goes on after its last entry", count - 1)
    return hashes


def _bundle(sentence: str, index: int) -> Rejected:
    return Rejected(sentence, code="bundle_length", layer="bundle", index=index)


@dataclass(slots=True)
class TileProver:
    """Makes proofs within a tree of `size` out of a source's tiles.

    What it gives has to be folded against signed roots: it believes the tiles.
    """

    source: Source
    size: int
    _tiles: dict[tuple[int, int], list[bytes]] = field(default_factory=dict)

    def root(self, size: int) -> bytes:
        """The root at any size up to the tree's. Raises Unreadable or Rejected."""
        return self.subtree(0, size) if size else Tree().root()

    def consistency(self, old: int) -> list[bytes]:
        """The path from the tree of `old` to that of `size`; RFC 9162, 2.1.4.1."""
        if not 0 < old <= self.size:
            raise Malformed("no proof between these sizes", code="sizes")
        return self._consistency(old, 0, self.size, is_whole=True)

    def inclusion(self, index: int) -> list[bytes]:
        """The path of a leaf, from its sibling up; RFC 9162, 2.1.3.1."""
        if not 0 <= index < self.size:
            raise Malformed("no such leaf", code="sizes")
        path, start, end = [], 0, self.size
        while end - start > 1:
            middle = start + left_width(end - start)
            if index < middle:
                path.append(self.subtree(middle, end))
                end = middle
            else:
                path.append(self.subtree(start, middle))
                start = middle
        return path[::-1]

    def _consistency(
        self, old: int, start: int, end: int, *, is_whole: bool
    ) -> list[bytes]:
        if old == end:
            return [] if is_whole else [self.subtree(start, end)]
        middle = start + left_width(end - start)
        if old <= middle:
            path = self._consistency(old, start, middle, is_whole=is_whole)
            return [*path, self.subtree(middle, end)]
        path = self._consistency(old, middle, end, is_whole=False)
        return [*path, self.subtree(start, middle)]

    def subtree(self, start: int, end: int) -> bytes:
        width = end - start
        if width & (width - 1) == 0:
            return self._perfect(start, width.bit_length() - 1)
        middle = start + left_width(width)
        return hash_children(self.subtree(start, middle), self.subtree(middle, end))

    def _perfect(self, start: int, height: int) -> bytes:
        level, rest = divmod(height, HEIGHT)
        number, offset = divmod(start >> (level * HEIGHT), WIDTH)
        if (level, number) not in self._tiles:
            width = width_of(level, number, self.size)
            self._tiles[level, number] = read_hashes(self.source, level, number, width)
        hashes = self._tiles[level, number]
        return perfect_root(hashes[offset : offset + (1 << rest)])
