"""What repeats around the text of a PDF: running heads, page and line numbers.

Promises: only lines near the top or bottom edge are taken for running heads, and
only when they repeat on pages; line numbers only when they count up all down a page.
Will not: remove anything from a document of one or two pages but page numbers.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from ingestion.parsers.pdf_lines import Line

EDGE: Final = 0.09
NUMBER_EDGE: Final = 0.2
PAGES_TO_REPEAT: Final = 3
SHARE_TO_REPEAT: Final = 0.3
NUMBERED_SHARE: Final = 0.6
COUNTED_SHARE: Final = 0.8
LINES_TO_COUNT: Final = 5
NUMBER: Final = re.compile(r"\d+")
PAGE_NUMBER: Final = re.compile(
    r"[-–—\s]*(?:p(?:age|\.)?\s*|seite\s+|página\s+)?(?:\d{1,4}|[ivxlc]{1,6})"
    r"(?:\s*(?:of|/|de|sur|von)\s*\d{1,4})?[-–—\s]*",
    re.IGNORECASE,
)
LINE_NUMBER: Final = re.compile(r"^(\d{1,5})(?:\s+|$)")


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[Line]:
    """Return the lines of all pages that are text of the document."""
    repeated = _repeated(pages)
    bare = (_bare(page, repeated) for page in pages)
    return [line for page in bare for line in _without_line_numbers(page)]


def _bare(page: Sequence[Line], repeated: frozenset[str]) -> list[Line]:
    """Return the page without its furniture, unless it is made of nothing else."""
    kept = [line for line in page if not _is_furniture(line, page, repeated)]
    return kept or list(page)


def _repeated(pages: Sequence[Sequence[Line]]) -> frozenset[str]:
    counted = Counter(
        shape
        for page in pages
        for shape in {_shape(line) for line in page if _is_at_edge(line)}
    )
    needed = max(PAGES_TO_REPEAT, len(pages) * SHARE_TO_REPEAT)
    return frozenset(shape for shape, count in counted.items() if count >= needed)


def _is_furniture(line: Line, page: Sequence[Line], repeated: frozenset[str]) -> bool:
    if line.is_table:
        return False
    if PAGE_NUMBER.fullmatch(line.text) and _is_outermost(line, page):
        return True
    return _is_at_edge(line) and _shape(line) in repeated


def _is_outermost(line: Line, page: Sequence[Line]) -> bool:
    """Whether nothing stands below it at the foot, or above it at the head."""
    if line.zone < NUMBER_EDGE:
        return all(other.bottom >= line.bottom for other in page)
    if line.zone > 1 - NUMBER_EDGE:
        return all(other.bottom <= line.bottom for other in page)
    return False


def _is_at_edge(line: Line) -> bool:
    return line.zone < EDGE or line.zone > 1 - EDGE


def _shape(line: Line) -> str:
    return NUMBER.sub("#", line.text.casefold())


def _without_line_numbers(lines: list[Line]) -> list[Line]:
    found = [(LINE_NUMBER.match(line.text), line) for line in lines]
    numbers = [int(match[1]) for match, _ in found if match]
    if not _count_up(numbers, of=len(lines)):
        return lines
    bare = (
        replace(line, text=line.text[match.end() :]) if match else line
        for match, line in found
    )
    return [line for line in bare if line.text]


def _count_up(numbers: Sequence[int], *, of: int) -> bool:
    if len(numbers) < max(LINES_TO_COUNT, of * NUMBERED_SHARE):
        return False
    steps = pairwise(numbers)
    rising = sum(1 for before, after in steps if after == before + 1)
    return rising >= (len(numbers) - 1) * COUNTED_SHARE
