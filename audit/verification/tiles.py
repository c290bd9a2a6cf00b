"""Verification of the stored tree hashes: each tile is what the entries give."""

from collections import defaultdict
from collections.abc import Sequence

from audit.models import Tile
from audit.tiles import Tree
from audit.verification.report import Findings
from audit.verification.tree import WIDTH, DerivedTile


def check_tiles(tree: Tree, derived: Sequence[DerivedTile], findings: Findings) -> None:
    """Every tile that the entries filled is stored, and as they give it."""
    levels: dict[int, list[DerivedTile]] = defaultdict(list)
    for tile in derived:
        levels[tile.level].append(tile)
    for level, tiles in levels.items():
        numbers = [tile.number for tile in tiles]
        rows = Tile.objects.filter(shard=tree.shard, level=level, number__in=numbers)
        stored = {row.number: row for row in rows}
        for tile in tiles:
            findings.count("tile")
            if problem := _problem(stored.get(tile.number), tile):
                index = tree.first_index + tile.number * WIDTH ** (level + 1)
                findings.fail("tile", index, f"tile {level}/{tile.number} {problem}")


def _problem(stored: Tile | None, derived: DerivedTile) -> str | None:
    if stored is None:
        return "is missing"
    if bytes(stored.hashes) != derived.hashes:
        return "differs from what lies below it"
    return None if bytes(stored.root) == derived.root else "has another root"
