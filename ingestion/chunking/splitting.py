"""Cuts a unit that is longer than the embedder reads.

Promises: tables are cut between rows and lists between items, each part under the
header or the words that lead into it; prose is cut between sentences, a sentence
between words, and a word only when it alone is too long. Which rows, items and
sentences stand together is decided by their own words (`cutting`), so that one more
row leaves the other parts as they are.
Will not: cut a table row, unless it is many times too long.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from ingestion.chunking.cutting import cuts
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
    fine = list(_fine(pieces, measure))
    spans = cuts(
        [piece.text for piece in fine],
        sizes=[measure.tokens(piece.text) for piece in fine],
        budget=measure.budget,
        fits=lambda start, end: measure.fit(fine[start:end]),
    )
    return [Unit(UnitKind.PROSE, body=tuple(fine[start:end])) for start, end in spans]


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
    pieces = list(_items(items, lead, measure))
    contexts = _contexts(pieces, lead, measure)

    def part(start: int, end: int) -> tuple[Piece, ...]:
        first = replace(pieces[start], joint=LINE_JOINT)
        return (*contexts[start], first, *pieces[start + 1 : end])

    spans = cuts(
        [piece.text for piece in pieces],
        sizes=[measure.tokens(piece.text) for piece in pieces],
        budget=_room(lead, measure),
        fits=lambda start, end: measure.fit(part(start, end)),
    )
    return [_list_part(part(start, end), lead) for start, end in spans]


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


def _contexts(
    pieces: Sequence[Piece], lead: tuple[Piece, ...], measure: Measure
) -> list[tuple[Piece, ...]]:
    """What stands over a part that opens with each, as far as it fits."""
    found: list[tuple[Piece, ...]] = []
    above: list[Piece] = []
    for piece in pieces:
        parents = tuple(parent for parent in above if parent.level < piece.level)
        wanted = (lead + parents, lead, ())
        found.append(next(c for c in wanted if not c or measure.fit((*c, piece))))
        above = _trail(above, piece)
    return found


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
    for fits, stretch in groupby(
        rows, key=lambda row: measure.fits(row, times=ROW_TIMES_BUDGET)
    ):
        if fits:
            yield from _row_parts(
                list(stretch), header, table, lead=lead, measure=measure
            )
            continue
        for row in stretch:
            yield from _split_prose([replace(table, text=row)], measure)


def _row_parts(
    rows: Sequence[str],
    header: Sequence[str],
    table: Piece,
    *,
    lead: tuple[Piece, ...],
    measure: Measure,
) -> Iterator[Unit]:
    def under(start: int, end: int) -> Piece:
        return replace(table, text="\n".join([*header, *rows[start:end]]))

    taken = measure.tokens("\n".join(header)) + sum(
        measure.tokens(piece.text) for piece in lead
    )
    spans = cuts(
        rows,
        sizes=[measure.tokens(row) for row in rows],
        budget=max(measure.budget - taken, 1),
        fits=lambda start, end: measure.fit((*lead, under(start, end))),
    )
    for start, end in spans:
        yield Unit(UnitKind.TABLE, body=(under(start, end),), lead=lead)


def _header_and_rows(text: str, measure: Measure) -> tuple[list[str], list[str]]:
    lines = text.split("\n")
    is_headed = len(lines) > HEADER_LINES and set(lines[1]) <= set("|-: ")
    header = lines[:HEADER_LINES] if is_headed else []
    if header and measure.tokens("\n".join(header)) > measure.budget // 2:
        return [], lines
    return header, lines[len(header) :]
