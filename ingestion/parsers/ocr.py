"""Text out of pictures of pages: what a caller needs of it.

Promises: pages are read in a process of their own, within limits of its own; every
block says how surely it was read; a document with its scanned pages filled in keeps
the order of its pages and says in a warning which were read so.
Will not: run where the extra `ocr` is not installed, nor read a page that has text.
"""

import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ingestion.errors import FileTooLarge
from ingestion.parsers.isolation import run_worker
from ingestion.parsers.limits import MEBIBYTE, ParseLimits
from ingestion.parsers.wording import title_of
from ingestion.types import Block, BlockKind, ParsedDocument, ParseWarning

ENGINE: Final = "rapidocr"
PAGES_A_PART: Final = 4  # ten processor seconds a page: a part takes about a minute
SECONDS_A_PART: Final = 480.0
# The address space, not what is used: three networks and their buffers.
MEMORY: Final = 6144 * MEBIBYTE
PDF: Final = "application/pdf"
WITHOUT_TEXT: Final = "page_without_text"
WARNINGS_LISTED: Final = 40


def is_available() -> bool:
    """Whether pictures can be read here: the extra `ocr` is installed."""
    return importlib.util.find_spec(ENGINE) is not None


def parts_of(parsed: ParsedDocument) -> tuple[tuple[int, ...], ...]:
    """Return the numbers of scanned pages, in parts of a minute or so."""
    pages = parsed.scanned
    starts = range(0, len(pages), PAGES_A_PART)
    return tuple(pages[start : start + PAGES_A_PART] for start in starts)


def recognise(
    data: bytes, *, pages: Sequence[int], limits: ParseLimits
) -> ParsedDocument:
    """Read these pages of a PDF; a page without text has no block and a warning.

    Raises ParsingError. The same bytes and pages give the same blocks.
    """
    if len(data) > limits.max_bytes:
        raise FileTooLarge
    bounds = replace(limits, seconds=SECONDS_A_PART, memory_bytes=MEMORY)
    return run_worker(data, media_type=PDF, limits=bounds, pages=pages)


def with_recognised(
    parsed: ParsedDocument, parts: Sequence[ParsedDocument]
) -> ParsedDocument:
    """Return the document with what was read of its scanned pages put in its place."""
    told = {page for part in parts for page in part.scanned}
    blocks = _in_page_order(
        [*parsed.blocks, *(b for part in parts for b in part.blocks)]
    )
    warnings = [
        *(one for one in parsed.warnings if not _is_answered(one, told)),
        *(one for part in parts for one in part.warnings),
    ]
    parsers = dict.fromkeys([parsed.parser, *(part.parser for part in parts)])
    return replace(
        parsed,
        title=parsed.title or title_of(blocks),
        blocks=tuple(blocks),
        warnings=tuple(sorted(warnings, key=_gravest_first)[:WARNINGS_LISTED]),
        parser="+".join(parsers),
        scanned=tuple(page for page in parsed.scanned if page not in told),
    )


def _in_page_order(blocks: Sequence[Block]) -> list[Block]:
    """Sort by page; a note that waits for its sentence's end stays behind it."""
    ordered: list[tuple[int, Block]] = []
    reached = 0
    for block in blocks:
        page = block.page or reached
        if block.kind is BlockKind.NOTE and block.confidence is None:
            page = max(page, reached)
        reached = page
        ordered.append((page, block))
    return [block for _, block in sorted(ordered, key=lambda pair: pair[0])]


def _is_answered(warning: ParseWarning, told: set[int]) -> bool:
    return warning.code == WITHOUT_TEXT and warning.page in told


def _gravest_first(warning: ParseWarning) -> tuple[bool, int]:
    return warning.code == "page_read_by_ocr", warning.page or 0
