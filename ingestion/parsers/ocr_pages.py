"""Reads pictures of pages inside the reading process.

Promises: the same picture gives the same lines; nothing is fetched (the networks come
with the engine's wheel) and nothing is written; lines go the way of a page with text,
columns and lists included. Coordinates are those of the page before it is turned.
Will not: tell headings by size: a picture's lines are too uneven for that.
"""

import importlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import pypdfium2

from ingestion.errors import FileCorrupt
from ingestion.parsers.limits import ParseLimits
from ingestion.parsers.pdf import open_pdf
from ingestion.parsers.pdf_blocks import blocks_of
from ingestion.parsers.pdf_columns import in_reading_order
from ingestion.parsers.pdf_furniture import without_furniture
from ingestion.parsers.pdf_grids import lines_of
from ingestion.parsers.pdf_lines import Line, PageText, Row, Segment, size_of
from ingestion.parsers.pdf_numbering import without_line_numbers
from ingestion.parsers.wording import one_line
from ingestion.types import PageSize, ParsedDocument, ParseWarning

PARSER: Final = "rapidocr/1"
DOTS_AN_INCH: Final = 200
POINTS_AN_INCH: Final = 72
MOST_DOTS: Final = 12_000_000
LEAST_CONFIDENCE: Final = 0.5
DOUBTFUL: Final = 0.85
DOUBTFUL_LINE: Final = 0.75
SAME_ROW: Final = 0.5
# One thread: workers are processes, and two cores may hold four of them.
PARAMETERS: Final[dict[str, Any]] = {
    "Global.log_level": "critical",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


def read(data: bytes, *, limits: ParseLimits, pages: Sequence[int]) -> ParsedDocument:
    """Return the blocks of these pages; raises ParsingError."""
    document = open_pdf(data)
    if any(not 0 < page <= min(len(document), limits.max_pages) for page in pages):
        raise FileCorrupt
    engine = _engine()
    seen = [_page(document, engine, page) for page in pages]
    told = [_with_lines(page) for page in without_line_numbers(seen)]
    return ParsedDocument(
        title=None,
        blocks=tuple(blocks_of(without_furniture([page.lines for page in told]))),
        pages=len(document),
        warnings=tuple(_warning(page.number, page.lines) for page in told),
        parser=PARSER,
        scanned=tuple(pages),
    )


def _engine() -> Any:
    logging.disable(logging.CRITICAL)  # it would tell what it reads
    return importlib.import_module("rapidocr").RapidOCR(params=PARAMETERS)


def _page(document: Any, engine: Any, number: int) -> PageText:
    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError as error:
        raise FileCorrupt from error
    size = size_of(page)
    found = list(_stretches(page, engine, size))
    return PageText(number=number, rows=tuple(_rows(found)), size=size)


def _with_lines(page: PageText) -> PageText:
    rows = in_reading_order(page.rows)
    return replace(page, lines=tuple(lines_of(rows, page=page.number, size=page.size)))


def _stretches(page: Any, engine: Any, size: PageSize) -> Iterator[Segment]:
    scale = _scale(size)
    picture = page.render(scale=scale, may_draw_forms=False).to_numpy()
    told = engine(picture)
    if told.boxes is None:
        return
    for corners, text, score in zip(told.boxes, told.txts, told.scores, strict=True):
        words = one_line(text)
        if words and score >= LEAST_CONFIDENCE:
            yield _segment(words, corners / scale, size, confidence=float(score))


def _scale(size: PageSize) -> float:
    wanted = DOTS_AN_INCH / POINTS_AN_INCH
    area = max(size.width * size.height, 1.0)
    return float(min(wanted, (MOST_DOTS / area) ** 0.5))


def _segment(words: str, corners: Any, size: PageSize, *, confidence: float) -> Segment:
    places = [_unturned(float(x), float(y), size) for x, y in corners]
    bottom, top = min(y for _, y in places), max(y for _, y in places)
    return Segment(
        text=words,
        left=round(min(x for x, _ in places), 1),
        bottom=round(bottom, 1),
        right=round(max(x for x, _ in places), 1),
        top=round(top, 1),
        size=10.0,
        is_bold=False,
        confidence=round(confidence, 3),
    )


def _unturned(across: float, down: float, size: PageSize) -> tuple[float, float]:
    """Return where a dot of the page as shown stands before the page is turned."""
    match size.rotation:
        case 90:
            return down, across
        case 180:
            return size.width - across, down
        case 270:
            return size.width - down, size.height - across
        case _:
            return across, size.height - down


def _rows(segments: Sequence[Segment]) -> Iterator[Row]:
    """Put side by side what stands at one height, from the top."""
    row: list[Segment] = []
    for one in sorted(segments, key=lambda one: -(one.bottom + one.top)):
        if row and not _is_beside(row[0], one):
            yield tuple(sorted(row, key=lambda one: one.left))
            row = []
        row.append(one)
    if row:
        yield tuple(sorted(row, key=lambda one: one.left))


def _is_beside(first: Segment, one: Segment) -> bool:
    shared = min(first.top, one.top) - max(first.bottom, one.bottom)
    return shared >= SAME_ROW * min(first.top - first.bottom, one.top - one.bottom)


def _warning(page: int, lines: Sequence[Line]) -> ParseWarning:
    weight = sum(len(line.text) for line in lines)
    if not weight:
        return ParseWarning("page_without_text", "There is no text on this page.", page)
    total = sum(len(line.text) * (line.confidence or 0.0) for line in lines)
    sureness, least = total / weight, min(line.confidence or 0.0 for line in lines)
    said = f"Page {page} was read by OCR, confidence {sureness * 100:.0f} %"
    if sureness >= DOUBTFUL and least >= DOUBTFUL_LINE:
        return ParseWarning("page_read_by_ocr", f"{said}.", page)
    said += f", its worst line {least * 100:.0f} %: compare it with the page."
    return ParseWarning("page_read_doubtfully", said, page)
