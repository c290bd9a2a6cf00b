"""Ruled tables on PDF pages, by pdfplumber.

Promises: only pages with ruling are looked at, at most so many; a table replaces
the lines it covers only if it holds the very same characters, near enough.
Will not: find tables without rules, or lose a line to a doubtful one.
"""

import importlib
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from ingestion.parsers.pdf_grids import table_line
from ingestion.parsers.pdf_lines import Line, PageText
from ingestion.parsers.pdf_scripts import SMALL, UP, raised

MOST_PAGES: Final = 200
ROWS: Final = 2
COLUMNS: Final = 2
FILLED_SHARE: Final = 0.4
SAME_CHARACTERS: Final = 0.9


class TableReader:
    """Reads tables of one document; pdfplumber is loaded for the first page only."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._pages_left = MOST_PAGES

    def with_tables(self, page: PageText) -> PageText:
        """Return the page with lines of ruled tables turned into Markdown."""
        if not page.may_have_tables or not page.lines or self._pages_left <= 0:
            return page
        self._pages_left -= 1
        lines = list(page.lines)
        plumbed = self._document.pages[page.number - 1]
        _raise_figures(plumbed.chars)
        is_lost = False
        for table in plumbed.find_tables():
            told = _with_table(lines, table, plumbed)
            is_lost = is_lost or told is None
            lines = told or lines
        plumbed.close()
        return replace(page, lines=tuple(lines), has_lost_table=is_lost)

    @cached_property
    def _document(self) -> Any:
        # pdfminer takes a third of a second to import: most files never need it.
        return importlib.import_module("pdfplumber").open(io.BytesIO(self._data))


def _with_table(lines: list[Line], table: Any, page: Any) -> list[Line] | None:
    """Return the lines with the table among them; None when its words do not agree."""
    rows = [[cell or "" for cell in row] for row in table.extract()]
    if not _is_table(rows):
        return lines
    covered = [line for line in lines if _is_inside(line, table.bbox, page)]
    if not _holds_the_same(rows, covered):
        return None
    first = lines.index(covered[0])
    kept = [line for line in lines[first:] if line not in covered]
    return [*lines[:first], _table_line(rows, table, covered, page), *kept]


def _table_line(
    rows: Sequence[Sequence[str]], table: Any, covered: Sequence[Line], page: Any
) -> Line:
    """Return the table as one line, each of its rows standing where it was ruled."""
    pairs = zip(rows, table.rows, strict=True)
    told = [(cells, _row_line(row.bbox, covered[0], page)) for cells, row in pairs]
    filled = [(cells, line) for cells, line in told if any(cells)]
    return table_line([cells for cells, _ in filled], [line for _, line in filled])


def _row_line(box: Sequence[float], like: Line, page: Any) -> Line:
    left, top, right, bottom = (float(side) for side in box)
    height = float(page.height) + float(page.bbox[1])
    return replace(
        like, left=left, right=right, bottom=height - bottom, top=height - top
    )


def _raise_figures(characters: Sequence[dict[str, Any]]) -> None:
    """Write figures that stand small and high beside a word as what they are."""
    for before, one in pairwise(characters):
        if not one["text"].isdigit() or before["text"].isspace():
            continue
        is_small = one["size"] < before["size"] * SMALL
        if is_small and one["bottom"] < before["bottom"] - UP * before["size"]:
            one["text"] = raised(one["text"])


def _is_table(rows: Sequence[Sequence[str]]) -> bool:
    if len(rows) < ROWS or max(map(len, rows)) < COLUMNS:
        return False
    cells = [cell for row in rows for cell in row]
    filled = sum(1 for cell in cells if cell.strip())
    columns = sum(1 for column in zip(*rows, strict=False) if any(column))
    return columns >= COLUMNS and filled >= len(cells) * FILLED_SHARE


def _is_inside(line: Line, box: Sequence[float], page: Any) -> bool:
    left, top, right, bottom = box
    middle = float(page.height) - (line.bottom + line.size / 2 - float(page.bbox[1]))
    across = line.left + min(line.size, (line.right - line.left) / 2)
    return not line.is_table and left <= across <= right and top <= middle <= bottom


def _holds_the_same(rows: Sequence[Sequence[str]], covered: Sequence[Line]) -> bool:
    in_table = _letters("".join(cell for row in rows for cell in row))
    on_page = _letters("".join(line.text for line in covered))
    total = max(in_table.total(), on_page.total())
    return total > 0 and (in_table & on_page).total() >= total * SAME_CHARACTERS


def _letters(text: str) -> Counter[str]:
    return Counter(character for character in text if character.isalnum())
