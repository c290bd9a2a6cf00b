"""Joins small neighbours within one section.

Promises: order is kept; tables stand alone; whether two neighbours join depends on
them and their nearest neighbours only, so that an edit moves boundaries next to it
and nowhere else.
Will not: exceed the budget or reach across sections.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from ingestion.chunking.measure import Measure
from ingestion.chunking.pieces import Piece, Unit, UnitKind, render

ONE_GROUP_TIMES_MIN: Final = 2
NO_NEIGHBOUR: Final = b"\xff" * 33


def pack(
    units: Sequence[Unit], *, measure: Measure, min_tokens: int
) -> list[tuple[Piece, ...]]:
    """Return the passages as pieces, in order."""

    def is_small(unit: Unit) -> bool:
        return not _is_table(unit) and _tokens([unit], measure) < min_tokens

    groups: list[list[Unit]] = []
    for small, run in groupby(units, key=is_small):
        if small:
            groups += _small_groups(list(run), measure, min_tokens)
        else:
            groups += [[unit] for unit in run]
    return [_pieces(group) for group in _without_crumbs(groups, measure, min_tokens)]


def _small_groups(
    run: list[Unit], measure: Measure, min_tokens: int
) -> Iterator[list[Unit]]:
    """Cut a run of small units where the text itself says so, not by counting.

    A unit opens a group when its hash is lower than both neighbours': after an
    insertion the cuts fall back into step at once.
    """
    if _tokens(run, measure) <= min_tokens * ONE_GROUP_TIMES_MIN:
        yield from _fitting(run, measure)
        return
    hashes = [NO_NEIGHBOUR, *map(_hash, run), NO_NEIGHBOUR]
    group: list[Unit] = []
    for place, unit in enumerate(run, start=1):
        before, own, after = hashes[place - 1 : place + 2]
        if group and before > own <= after:
            yield from _fitting(group, measure)
            group = []
        group.append(unit)
    yield from _fitting(group, measure)


def _fitting(group: Sequence[Unit], measure: Measure) -> Iterator[list[Unit]]:
    held: list[Unit] = []
    for unit in group:
        if held and not measure.fit(_pieces([*held, unit])):
            yield held
            held = []
        held.append(unit)
    if held:
        yield held


def _without_crumbs(
    groups: Sequence[list[Unit]], measure: Measure, min_tokens: int
) -> list[list[Unit]]:
    """Join what is still small to the group before it, or else to the one after."""
    kept: list[list[Unit]] = []
    crumb: list[Unit] = []
    for group in groups:
        if crumb and not _can_join(crumb, group, measure):
            kept.append(crumb)
            crumb = []
        whole = crumb + group
        crumb = []
        if _is_table(whole[0]) or _tokens(whole, measure) >= min_tokens:
            kept.append(whole)
        elif kept and _can_join(kept[-1], whole, measure):
            kept[-1] = kept[-1] + whole
        else:
            crumb = whole
    return [*kept, crumb] if crumb else kept


def _can_join(first: Sequence[Unit], second: Sequence[Unit], measure: Measure) -> bool:
    units = [*first, *second]
    return not any(map(_is_table, units)) and measure.fit(_pieces(units))


def _tokens(units: Sequence[Unit], measure: Measure) -> int:
    return sum(measure.tokens(render(unit.pieces)) for unit in units)


def _hash(unit: Unit) -> bytes:
    return hashlib.sha256(unit.body[0].text.encode()).digest()


def _is_table(unit: Unit) -> bool:
    return unit.kind is UnitKind.TABLE


def _pieces(units: Sequence[Unit]) -> tuple[Piece, ...]:
    return tuple(piece for unit in units for piece in unit.pieces)
