"""Cells that span rows and columns, laid out as a plain grid.

Promises: every cell stands in the column a reader sees it in; what spans rows says its
words in each of them, what spans columns says them once and leaves the rest empty. Will
not: grow a row beyond a bound, or a table beyond the rows it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MOST_COLUMNS: Final = 256


@dataclass(frozen=True, slots=True)
class Cell:
    """Its words, and of how many columns and rows; 0 rows for all that are left."""

    text: str
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class _Hanging:
    """What reaches down from a row above: its words, and for how many rows more."""

    text: str
    left: int


def laid_out(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Return the words by row and column (HTML, section 4.9.12.1)."""
    hanging: dict[int, _Hanging] = {}
    return [
        _row(row, hanging, left=len(rows) - place) for place, row in enumerate(rows)
    ]


def _row(row: Sequence[Cell], hanging: dict[int, _Hanging], *, left: int) -> list[str]:
    """Lay out one row; `hanging` is carried over to the next."""
    texts: list[str] = []
    below: dict[int, _Hanging] = {}
    waiting = list(reversed(row))
    while waiting or any(column >= len(texts) for column in hanging):
        column = len(texts)
        if column in hanging:
            _hang(below, column, hanging[column].text, rows=hanging[column].left)
            texts.append(hanging[column].text)
        elif waiting:
            _lay(waiting.pop(), texts, below, taken=hanging, left=left)
        else:
            texts.append("")
    hanging.clear()
    hanging.update(below)
    return texts


def _lay(
    cell: Cell,
    texts: list[str],
    below: dict[int, _Hanging],
    *,
    taken: dict[int, _Hanging],
    left: int,
) -> None:
    """Write the cell from the next free column on, up to what hangs there."""
    rows = min(cell.rows or left, left)
    for place in range(max(cell.columns, 1)):
        column = len(texts)
        if place and (column in taken or column >= MOST_COLUMNS):
            return
        text = "" if place else cell.text
        _hang(below, column, text, rows=rows)
        texts.append(text)


def _hang(below: dict[int, _Hanging], column: int, text: str, *, rows: int) -> None:
    if rows > 1:
        below[column] = _Hanging(text, rows - 1)
