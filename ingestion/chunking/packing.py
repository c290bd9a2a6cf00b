"""Joins small neighbours within one section.

Promises: order is kept; tables stand alone; whether a unit joins the one before it
hangs on its own words, so that an edit changes the passage it stands in, and at
most the one next to it. Will not: exceed the budget or reach across sections.

One small unit in four joins, said its hash: then short paragraphs make 1.3 to a
passage, and an edit of one in a hundred paragraphs embeds less than two in a hundred
passages, however short they are. Passages filled up to a size held five such
paragraphs each, and the same edit embedded seven in a hundred. A unit of very few
words says little alone, so three in four of those join.
"""

from collections.abc import Sequence
from typing import Final

from ingestion.chunking.cutting import key_of
from ingestion.chunking.measure import Measure
from ingestion.chunking.pieces import Piece, Unit, UnitKind, render

QUARTER: Final = 64  # of the 256 values of a hash's first byte
TINY: Final = 8  # a unit is tiny below an eighth of what is small


def pack(
    units: Sequence[Unit], *, measure: Measure, min_tokens: int
) -> list[tuple[Piece, ...]]:
    """Return the passages as pieces, in order."""
    if len(units) > 1 and _is_one_passage(units, measure, min_tokens):
        return [_pieces(units)]
    groups: list[list[Unit]] = []
    for unit in units:
        joins = groups and _joins(unit, measure, min_tokens)
        if joins and _can_join(groups[-1], unit, measure):
            groups[-1].append(unit)
        else:
            groups.append([unit])
    return [_pieces(group) for group in groups]


def _is_one_passage(units: Sequence[Unit], measure: Measure, min_tokens: int) -> bool:
    """Whether the section as a whole is small."""
    if len(units) > min_tokens or any(map(_is_table, units)):
        return False
    return _tokens(units, measure) <= min_tokens


def _joins(unit: Unit, measure: Measure, min_tokens: int) -> bool:
    size = _tokens([unit], measure)
    if _is_table(unit) or size >= min_tokens:
        return False
    share = 3 * QUARTER if size < min_tokens // TINY else QUARTER
    return key_of(unit.body[0].text)[0] < share


def _can_join(group: Sequence[Unit], unit: Unit, measure: Measure) -> bool:
    if any(map(_is_table, group)):
        return False
    return measure.fit(_pieces([*group, unit]))


def _tokens(units: Sequence[Unit], measure: Measure) -> int:
    return sum(measure.tokens(render(unit.pieces)) for unit in units)


def _is_table(unit: Unit) -> bool:
    return unit.kind is UnitKind.TABLE


def _pieces(units: Sequence[Unit]) -> tuple[Piece, ...]:
    return tuple(piece for unit in units for piece in unit.pieces)
