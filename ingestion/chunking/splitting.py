"""Cuts a unit that is longer than the embedder reads.

Promises: tables are cut between rows and lists between items, each part under the
header or the words that lead into it; prose is cut between sentences, a sentence
between words, and a word only when it alone is too long.
Will not: cut a table row, unless it is many times too long.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from ingestion.chunking.measure import Measure
from ingestion.chunking.pieces import (
    LINE_JOINT,
    NO_JOINT,
    PARAGRAPH_JOINT,
    WORD_JOINT,
    Piece,
    Unit,
    UnitKind,
    render,
)
from ingestion.chunking.sentences import sentences_of

ROW_TIMES_BUDGET: Final = 4
HEADER_LINES: Final = 2


def split(unit: Unit, measure: Measure) -> list[Unit]:
    """Return the unit, or parts of it that fit, in order."""
    if measure.fit(unit.pieces):
        return [unit]
    if unit.kind is UnitKind.PROSE:
        return _split_prose(unit.pieces, measure)
    lead = _affordable(unit.lead, measure)
    before = [] if lead else _split_prose(unit.lead, measure)
    cut = _split_table if unit.kind is UnitKind.TABLE else _split_list
    return before + cut(unit.body, lead, measure)


def _affordable(lead: tuple[Piece, ...], measure: Measure) -> tuple[Piece, ...]:
    """Drop words that would take half of every part."""
    if not lead or measure.tokens(render(lead)) > measure.budget // 2:
        return ()
    return lead


# --- Prose -------------------------------------------------------------------


def _split_prose(pieces: Sequence[Piece], measure: Measure) -> list[Unit]:
    parts: list[list[Piece]] = []
    for piece in _fine(pieces, measure):
        if parts and measure.fit([*parts[-1], piece]):
            parts[-1].append(piece)
        else:
            parts.append([piece])
    return [Unit(kind=UnitKind.PROSE, body=tuple(part)) for part in parts]


def _fine(pieces: Sequence[Piece], measure: Measure) -> Iterator[Piece]:
    for piece in pieces:
        if measure.fits(piece.text):
            yield piece
        else:
            yield from _sentences(piece, measure)


def _sentences(piece: Piece, measure: Measure) -> Iterator[Piece]:
    joint = piece.joint
    for sentence in sentences_of(piece.text):
        for fragment, glue in _fragments(sentence, measure):
            yield replace(piece, text=fragment, joint=joint)
            joint = glue
        joint = WORD_JOINT


def _fragments(text: str, measure: Measure) -> list[tuple[str, str]]:
    """Halve until it fits; with each fragment, what joins it to the next."""
    if measure.fits(text) or len(text) < HEADER_LINES:
        return [(text, WORD_JOINT)]
    left, right, glue = _halves(text)
    head = _fragments(left, measure)
    return [*head[:-1], (head[-1][0], glue), *_fragments(right, measure)]


def _halves(text: str) -> tuple[str, str, str]:
    middle = len(text) // 2
    spaces = [text.rfind(" ", 1, middle + 1), text.find(" ", middle, len(text) - 1)]
    found = [space for space in spaces if space > 0]
    if not found:
        return text[:middle], text[middle:], NO_JOINT
    cut = min(found, key=lambda space: abs(space - middle))
    return text[:cut], text[cut + 1 :], WORD_JOINT


# --- Lists -------------------------------------------------------------------


def _split_list(
    items: Sequence[Piece], lead: tuple[Piece, ...], measure: Measure
) -> list[Unit]:
    parts: list[tuple[Piece, ...]] = []
    above: list[Piece] = []
    for piece in _items(items, lead, measure):
        if parts and measure.fit((*parts[-1], piece)):
            parts[-1] = (*parts[-1], piece)
        else:
            parts.append(_opening(piece, lead=lead, above=above, measure=measure))
        above = _trail(above, piece)
    return [_list_part(part, lead) for part in parts]


def _items(
    items: Sequence[Piece], lead: tuple[Piece, ...], measure: Measure
) -> Iterator[Piece]:
    """Give each item, cut into sentences where it would not fit beneath the lead."""
    for item in items:
        if measure.fit((*lead, item)):
            yield item
        else:
            room = Measure(measure.tokens, budget=_room(lead, measure))
            yield from _sentences(item, room)


def _room(lead: tuple[Piece, ...], measure: Measure) -> int:
    taken = measure.tokens(render(lead)) if lead else 0
    return max(measure.budget - taken - 2, 1)


def _opening(
    piece: Piece, *, lead: tuple[Piece, ...], above: Sequence[Piece], measure: Measure
) -> tuple[Piece, ...]:
    """Start a part under its lead and the items it is nested in, as far as fits."""
    parents = tuple(parent for parent in above if parent.level < piece.level)
    first = replace(piece, joint=LINE_JOINT)
    for context in (lead + parents, lead):
        if measure.fit((*context, first)):
            return (*context, first)
    return (first,)


def _trail(above: Sequence[Piece], piece: Piece) -> list[Piece]:
    if piece.joint != LINE_JOINT:  # the rest of an item that was cut
        return list(above)
    return [parent for parent in above if parent.level < piece.level] + [piece]


def _list_part(part: tuple[Piece, ...], lead: tuple[Piece, ...]) -> Unit:
    first = replace(part[0], joint=PARAGRAPH_JOINT)
    count = len(lead) if part[: len(lead)] == lead else 0
    pieces = (first, *part[1:])
    return Unit(kind=UnitKind.LIST, body=pieces[count:], lead=pieces[:count])


# --- Tables ------------------------------------------------------------------


def _split_table(
    tables: Sequence[Piece], lead: tuple[Piece, ...], measure: Measure
) -> list[Unit]:
    return [part for table in tables for part in _table_parts(table, lead, measure)]


def _table_parts(
    table: Piece, lead: tuple[Piece, ...], measure: Measure
) -> Iterator[Unit]:
    header, rows = _header_and_rows(table.text, measure)
    held: list[str] = []
    for row in rows:
        if held and not measure.fit((*lead, _under(header, [*held, row], table))):
            yield _table_unit(lead, _under(header, held, table))
            held = []
        if measure.fits(row, times=ROW_TIMES_BUDGET):
            held.append(row)
        else:
            yield from _split_prose([replace(table, text=row)], measure)
    if held:
        yield _table_unit(lead, _under(header, held, table))


def _header_and_rows(text: str, measure: Measure) -> tuple[list[str], list[str]]:
    lines = text.split("\n")
    is_headed = len(lines) > HEADER_LINES and set(lines[1]) <= set("|-: ")
    header = lines[:HEADER_LINES] if is_headed else []
    if header and measure.tokens("\n".join(header)) > measure.budget // 2:
        return [], lines
    return header, lines[len(header) :]


def _under(header: Sequence[str], rows: Sequence[str], table: Piece) -> Piece:
    return replace(table, text="\n".join([*header, *rows]))


def _table_unit(lead: tuple[Piece, ...], table: Piece) -> Unit:
    return Unit(kind=UnitKind.TABLE, body=(table,), lead=lead)
