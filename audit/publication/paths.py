"""Paths of published resources: C2SP tlog-tiles, "APIs".

Promises one path for each resource: what `parse` accepts is exactly what `format_path`
writes. Knows nothing of which resources exist.
"""

import re
from dataclasses import dataclass
from typing import Final

from audit.errors import ResourceUnknown

CHECKPOINT: Final = "checkpoint"
WIDTH: Final = 256
HEIGHT: Final = 8
MAX_LEVEL: Final = 63
_GROUP: Final = 1000

# Seven groups of three digits hold every index below 2^63.
_TILE: Final = re.compile(
    r"tile/(?P<kind>entries|0|[1-9][0-9]?)"
    r"/(?P<number>(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class TilePath:
    """A place in the tree: `width` hashes of a level, or that many entries.

    `level` is None for a bundle of entries. A full tile has a width of 256.
    """

    level: int | None
    number: int
    width: int = WIDTH

    @property
    def start(self) -> int:
        """The first hash of the level, or the first entry, that it holds."""
        return self.number * WIDTH

    @property
    def end(self) -> int:
        return self.start + self.width


def parse(path: str) -> TilePath:
    """Read the path of a tile or bundle. Raises ResourceUnknown for any other text."""
    match = _TILE.fullmatch(path)
    if match is None:
        raise ResourceUnknown
    kind, width = match["kind"], match["width"]
    number = int(match["number"].replace("x", "").replace("/", ""))
    found = TilePath(
        None if kind == "entries" else int(kind),
        number,
        WIDTH if width is None else int(width),
    )
    is_place = (found.level or 0) <= MAX_LEVEL and found.width <= WIDTH
    if not is_place or format_path(found) != path:
        raise ResourceUnknown
    return found


def format_path(place: TilePath) -> str:
    """The path of a tile or bundle, from the log's prefix on, without a slash."""
    kind = "entries" if place.level is None else str(place.level)
    partial = "" if place.width == WIDTH else f".p/{place.width}"
    return f"tile/{kind}/{format_number(place.number)}{partial}"


def format_number(number: int) -> str:
    """A tile's index in groups of three digits: 1234067 is `x001/x234/067`."""
    number, last = divmod(number, _GROUP)
    groups = [f"{last:03d}"]
    while number:
        number, last = divmod(number, _GROUP)
        groups.append(f"x{last:03d}")
    return "/".join(reversed(groups))


def is_covered(place: TilePath, size: int) -> bool:
    """Whether a tree of this size has all that the tile or bundle holds.

    So a partial tile stays available after it has been filled: a reader may hold an
    older checkpoint, whose edge it is.
    """
    available = size >> (HEIGHT * (place.level or 0))
    return 0 < place.width <= WIDTH and place.end <= available
