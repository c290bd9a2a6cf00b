"""What repeats around the text of a PDF: running heads and page numbers.

Promises: only lines near the top or bottom edge are taken for running heads, and
only when they repeat on pages.
Will not: remove anything from a document of one or two pages but page numbers.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from ingestion.parsers.pdf_lines import Line

EDGE: Final = 0.09
NUMBER_EDGE: Final = 0.2
PAGES_TO_REPEAT: Final = 3
SHARE_TO_REPEAT: Final = 0.3
NUMBER: Final = re.compile(r"\d+")
PAGE_NUMBER: Final = re.compile(
    r"[-–—\s]*(?:p(?:age|\.)?\s*|seite\s+|página\s+)?(?:\d{1,4}|[ivxlc]{1,6})"
    r"(?:\s*(?:of|/|de|sur|von)\s*\d{1,4})?[-–—\s]*",
    re.IGNORECASE,
)


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[Line]:
    """Return the lines of all pages that are text of the document."""
    repeated = _repeated(pages)
    return [line for page in pages for line in _bare(page, repeated)]


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
