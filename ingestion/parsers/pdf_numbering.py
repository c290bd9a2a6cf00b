"""The numbers of lines in the margin, which are no text.

Promises: figures are taken for line numbers only when they stand outside everything
else on their page, one edge in line, and count up by one down the page, on most of its
rows or on from the page before.
Will not: touch a list or the first column of a table.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from ingestion.parsers.pdf_lines import PageText, Row, Segment

NUMBER: Final = re.compile(r"\d{1,5}")
LEAST: Final = 5
SHARE: Final = 0.6
COUNTED: Final = 0.8
HAIR: Final = 1.0
EDGE: Final = 2.0


def without_line_numbers(pages: Sequence[PageText]) -> Iterator[PageText]:
    """Give each page without the numbers of its lines."""
    last = 0
    for page in pages:
        numbers = _numbers(page.rows, last=last)
        if not numbers:
            yield page
            continue
        last = int(numbers[-1].text)
        taken = set(map(id, numbers))
        bare = (tuple(one for one in row if id(one) not in taken) for row in page.rows)
        yield replace(page, rows=tuple(row for row in bare if row))


def _numbers(rows: Sequence[Row], *, last: int) -> list[Segment]:
    """Return the page's line numbers from the top, or nothing."""
    figures = [one for row in rows for one in row if NUMBER.fullmatch(one.text)]
    if not figures:
        return []
    for edge in ("right", "left"):
        found = _in_line(figures, edge)
        if _is_outside(found, rows) and _counts_up(found, of=len(rows), last=last):
            return found
    return []


def _in_line(figures: Sequence[Segment], edge: str) -> list[Segment]:
    """Return the largest set of figures that share an edge, from the top."""
    groups: list[list[Segment]] = []
    for one in sorted(figures, key=lambda one: float(getattr(one, edge))):
        if groups and getattr(one, edge) - getattr(groups[-1][-1], edge) <= EDGE:
            groups[-1].append(one)
        else:
            groups.append([one])
    largest: list[Segment] = max(groups, key=len)
    return sorted(largest, key=lambda one: -one.bottom)


def _is_outside(numbers: Sequence[Segment], rows: Sequence[Row]) -> bool:
    taken = set(map(id, numbers))
    others = [one for row in rows for one in row if id(one) not in taken]
    if not others:
        return False
    end = max(number.right for number in numbers) - HAIR
    begin = min(number.left for number in numbers) + HAIR
    return all(one.left >= end for one in others) or all(
        one.right <= begin for one in others
    )


def _counts_up(numbers: Sequence[Segment], *, of: int, last: int) -> bool:
    values = [int(one.text) for one in numbers]
    rising = sum(1 for before, after in pairwise(values) if after == before + 1)
    if rising < (len(values) - 1) * COUNTED:
        return False
    goes_on = last > 0 and values[0] == last + 1
    return goes_on or len(values) >= max(LEAST, of * SHARE)
