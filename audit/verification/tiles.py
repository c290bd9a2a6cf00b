"""Verification of the stored tree hashes: each tile is what the rows below it give."""

from collections.abc import Sequence
from typing import Final

from audit import offline
from audit.models import Entry, Tile
from audit.verification.report import Findings

WIDTH: Final = 256
SPAN: Final = 64


def check_tiles(size: int, findings: Findings) -> None:
    """Every full tile of a log of this size is there, once, and right."""
    level, count = 0, size // WIDTH
    while count:
        for first in range(0, count, SPAN):
            _check_span(level, first, min(first + SPAN, count), findings)
        level, count = level + 1, count // WIDTH


def _check_span(level: int, first: int, last: int, findings: Findings) -> None:
    below = _below(level, first * WIDTH, last * WIDTH)
    rows = Tile.objects.filter(level=level, number__gte=first, number__lt=last)
    tiles = {tile.number: tile for tile in rows}
    for number in range(first, last):
        findings.count("tile")
        offset = (number - first) * WIDTH
        problem = _problem(tiles.get(number), below[offset : offset + WIDTH])
        if problem:
            index = number * WIDTH ** (level + 1)
            findings.fail("tile", index, f"tile {level}/{number} {problem}")


def _problem(tile: Tile | None, hashes: Sequence[bytes]) -> str | None:
    if tile is None:
        return "is missing"
    if bytes(tile.hashes) != b"".join(hashes):
        return "differs from what lies below it"
    tree = offline.Tree()
    tree.add(hashes)
    return None if bytes(tile.root) == tree.root() else "has another root"


def _below(level: int, start: int, end: int) -> list[bytes]:
    if level == 0:
        entries = Entry.objects.filter(index__gte=start, index__lt=end)
        leaves = entries.order_by("index").values_list("leaf_hash", flat=True)
        return [bytes(value) for value in leaves]
    tiles = Tile.objects.filter(level=level - 1, number__gte=start, number__lt=end)
    roots = tiles.order_by("number").values_list("root", flat=True)
    return [bytes(value) for value in roots]
