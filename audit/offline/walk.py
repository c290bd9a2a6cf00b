"""Reading a whole log again: each entry, each tile, up to the root.

Promises that what holds was hashed from the entries' own bytes, and to stop at the
first index that does not fit, with the layer that shows it:

* `bundle`: the entries cannot be read or do not come apart;
* `leaf`: an entry's bytes are not the ones the tree was built over;
* `tile`: a stored hash is not what the hashes below it give.

Needs memory for one tile of each level, however long the log is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from audit.offline.merkle import Tree, perfect_root
from audit.offline.problems import Missing, Problem, Rejected
from audit.offline.sources import Source
from audit.offline.tiles import (
    HEIGHT,
    WIDTH,
    hash_bundle,
    read_bundle,
    read_hashes,
    split_bundle,
    width_of,
)


@dataclass(frozen=True, slots=True)
class Log:
    """A log to be read: where, how long, and from which index its entries remain."""

    source: Source
    size: int
    first_kept: int = 0

    def widths(self) -> Iterator[tuple[int, int]]:
        """Each bundle's number and width."""
        for number in range((self.size + WIDTH - 1) // WIDTH):
            yield number, width_of(0, number, self.size)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that fits its tile: the root over 256 hashes, or the fewer hashes.

    `held` is how many entries its bytes have, 0 if they were pruned.
    """

    number: int
    width: int
    held: int
    hashes: tuple[bytes, ...]
    root: bytes

    @property
    def first(self) -> int:
        return self.number * WIDTH

    def entries(self, data: bytes) -> list[bytes]:
        """The entries in the bytes that came with it."""
        return split_bundle(data, self.held)[: self.width]


def read_checked_bundle(log: Log, number: int, width: int) -> tuple[Bundle, bytes]:
    """Read a bundle and its tile and compare them; raises Problem with its place.

    Of entries that were pruned the tile's hashes are taken, and the bytes are empty.
    """
    first = number * WIDTH
    data, count = _bundle_or_none(log, number, width)
    stored = read_tile(log.source, 0, number, width)
    if data is None:
        return _bundle(number, stored, 0), b""
    try:
        hashes = hash_bundle(data, count)[:width]
    except Rejected as problem:
        problem.index = first + (problem.index or 0)
        raise
    if hashes != stored:
        raise _mismatch(log, number, hashes, stored)
    return _bundle(number, hashes, count), data


def read_tile(source: Source, level: int, number: int, width: int) -> list[bytes]:
    """A tile's hashes; raises Problem with its place, also if there is none."""
    index = number << (HEIGHT * (level + 1))
    try:
        return read_hashes(source, level, number, width)
    except Missing as problem:
        raise Rejected(
            str(problem), code="tile_missing", layer="tile", index=index
        ) from None
    except Problem as problem:
        raise problem.at(layer="tile", index=index) from None


def _bundle(number: int, hashes: list[bytes], held: int) -> Bundle:
    root = perfect_root(hashes) if len(hashes) == WIDTH else b""
    few = () if root else tuple(hashes)
    return Bundle(number, len(hashes), held, few, root)


def _bundle_or_none(log: Log, number: int, width: int) -> tuple[bytes | None, int]:
    try:
        return read_bundle(log.source, number, width)
    except Missing as problem:
        if (number + 1) * WIDTH <= log.first_kept:
            return None, width
        raise Rejected(
            str(problem), code="bundle_missing", layer="bundle", index=number * WIDTH
        ) from None
    except Problem as problem:
        raise problem.at(layer="bundle", index=number * WIDTH) from None


def _mismatch(
    log: Log, number: int, hashes: list[bytes], stored: list[bytes]
) -> Rejected:
    """Whom to blame where a bundle and its tile differ: the level above knows."""
    pairs = zip(hashes, stored, strict=True)
    place = next(at for at, (one, other) in enumerate(pairs) if one != other)
    index = number * WIDTH + place
    if _is_above(log, number, hashes):
        return Rejected(
            "a stored hash is not that of its entry",
            code="tile_wrong",
            layer="tile",
            index=index,
        )
    return Rejected(
        "the entry is not the one the tree was built over",
        code="leaf_wrong",
        layer="leaf",
        index=index,
    )


def _is_above(log: Log, number: int, hashes: list[bytes]) -> bool:
    if len(hashes) < WIDTH:
        return False
    above, place = divmod(number, WIDTH)
    try:
        width = width_of(1, above, log.size)
        return read_hashes(log.source, 1, above, width)[place] == perfect_root(hashes)
    except Problem:
        return False


@dataclass(slots=True)
class Climb:
    """Compares the tiles above the leaves as their hashes come in, and the root."""

    log: Log
    tree: Tree = field(default_factory=Tree)
    _stored: dict[int, tuple[int, list[bytes]]] = field(default_factory=dict)
    _given: dict[int, list[bytes]] = field(default_factory=dict)

    def add(self, bundle: Bundle) -> None:
        """Bundles in order; raises Problem at the first tile that differs."""
        if bundle.root:
            self.tree.add_perfect(WIDTH, bundle.root)
            self._add(1, bundle.number, bundle.root)
        else:
            self.tree.add(bundle.hashes)

    def _add(self, level: int, place: int, root: bytes) -> None:
        number, offset = divmod(place, WIDTH)
        if self._tile(level, number)[offset] != root:
            raise Rejected(
                f"a stored hash of level {level} is not that of the tile below it",
                code="tile_wrong",
                layer="tile",
                index=place << (HEIGHT * level),
            )
        given = self._given.setdefault(level, [])
        given.append(root)
        if len(given) == WIDTH:
            self._given[level] = []
            self._add(level + 1, number, perfect_root(given))

    def _tile(self, level: int, number: int) -> list[bytes]:
        held = self._stored.get(level)
        if held is not None and held[0] == number:
            return held[1]
        width = width_of(level, number, self.log.size)
        hashes = read_tile(self.log.source, level, number, width)
        self._stored[level] = (number, hashes)
        return hashes
