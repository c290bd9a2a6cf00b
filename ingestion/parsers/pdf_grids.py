"""Tables without rules: rows whose stretches stand in columns.

Promises: every word of the rows is in the table, in its row; rows are taken for a
table only when they stand close, each stretch is in one column, and most rows have
something in the first and in another.
Will not: take list marks, prose in columns, or a pair of rows for a table.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ingestion.parsers.pdf_lines import Line, Row, Segment, least_sure, line_of
from ingestion.parsers.wording import markdown_table
from ingestion.types import Box, PageSize

LEAST_ROWS: Final = 3
CLOSE: Final = 3.2  # of the type size: from one row to the next
APART: Final = 4.0
FILLED_SHARE: Final = 0.6
LONGEST_CELL: Final = 90
MARK: Final = re.compile(
    r"[^\w\s]{1,2}|o|\(?\d{1,3}[.)]|\(?[A-Za-z][.)]|\(?[ivxIVX]{1,5}[.)]|\d+(?:\.\d+)+\.?"
)


@dataclass(frozen=True, slots=True)
class _Column:
    left: float
    right: float


def lines_of(rows: Sequence[Row], *, page: int, size: PageSize) -> Iterator[Line]:
    """Give the rows as lines, those that make a table as one."""
    start = 0
    while start < len(rows):
        grid = _grid_at(rows, start)
        if grid is None:
            yield line_of(rows[start], page=page, size=size)
            start += 1
        else:
            yield _table(grid, page=page, size=size)
            start += len(grid)


def _grid_at(rows: Sequence[Row], start: int) -> Sequence[Row] | None:
    if len(rows[start]) < 2 or MARK.fullmatch(rows[start][0].text):  # noqa: PLR2004
        return None
    end = start + 1
    while end < len(rows) and _goes_on(rows[end - 1], rows[end]):
        end += 1
    if end - start < LEAST_ROWS:
        return None
    grid = rows[start:end]
    return grid if _is_table(grid) else None


def _goes_on(before: Row, row: Row) -> bool:
    step = before[0].bottom - row[0].bottom
    return (
        len(row) > 1
        and 0 < step <= CLOSE * max(row[0].size, before[0].size)
        and not MARK.fullmatch(row[0].text)
    )


def _is_table(grid: Sequence[Row]) -> bool:
    columns = _columns(grid)
    if len(columns) < 2:  # noqa: PLR2004
        return False
    if any(len({_place(columns, one) for one in row}) < len(row) for row in grid):
        return False
    if max(len(one.text) for row in grid for one in row) > LONGEST_CELL:
        return False
    firsts = sum(1 for row in grid if _place(columns, row[0]) == 0)
    return firsts >= len(grid) * FILLED_SHARE


def _columns(grid: Sequence[Row]) -> list[_Column]:
    """Return the strips of the page that stretches cover, from the left."""
    columns: list[_Column] = []
    for one in sorted((one for row in grid for one in row), key=lambda one: one.left):
        if columns and one.left < columns[-1].right + APART:
            right = max(columns[-1].right, one.right)
            columns[-1] = replace(columns[-1], right=right)
        else:
            columns.append(_Column(one.left, one.right))
    return columns


def _place(columns: Sequence[_Column], one: Segment) -> int:
    return next(
        place for place, column in enumerate(columns) if one.left <= column.right
    )


def _table(grid: Sequence[Row], *, page: int, size: PageSize) -> Line:
    columns = _columns(grid)
    cells = [_cells(row, columns) for row in grid]
    lines = [line_of(row, page=page, size=size) for row in grid]
    return table_line(cells, lines)


def _cells(row: Row, columns: Sequence[_Column]) -> list[str]:
    cells = [""] * len(columns)
    for one in row:
        cells[_place(columns, one)] = one.text
    return cells


def table_line(cells: Sequence[Sequence[str]], lines: Sequence[Line]) -> Line:
    """Return one line that is the table; each of `lines` is a row of `cells`."""
    text = markdown_table(cells)
    spans = _spans(text)
    del spans[1]  # what parts the header from the rows stands nowhere
    boxes = (
        Box(line.page, line.left, line.bottom, line.right, line.top, start, end)
        for line, (start, end) in zip(lines, spans, strict=True)
    )
    first, last = lines[0], lines[-1]
    return replace(
        first,
        text=text,
        is_table=True,
        left=min(line.left for line in lines),
        right=max(line.right for line in lines),
        bottom=last.bottom,
        boxes=tuple(boxes),
        confidence=least_sure(line.confidence for line in lines),
    )


def _spans(text: str) -> list[tuple[int, int]]:
    spans = []
    start = 0
    for line in text.split("\n"):
        spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans
