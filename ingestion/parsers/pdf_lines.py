"""The rows of a PDF page: stretches of text, with where they stand and how large.

Promises: all text PDFium finds, in its reading order, but what nobody can see; a row
is cut where a gap or a jump says that something else begins (a line number, a column,
a cell); raised and lowered figures are written as such. Characters are measured only
at the ends of words, which is what keeps a page at a few milliseconds.
Will not: decide what a row is. Coordinates: points, origin at the bottom left of what
is shown of the page, before it is turned.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import pypdfium2.raw as pdfium

from ingestion.parsers.pdf_glyphs import Glyphs
from ingestion.parsers.pdf_objects import objects_of
from ingestion.parsers.pdf_scripts import with_scripts
from ingestion.parsers.pdf_visibility import hidden_characters
from ingestion.parsers.wording import one_line
from ingestion.types import Box, PageSize

LINE_BREAK: Final = "\r\n"
HYPHEN_BREAK: Final = "\ufffe"  # PDFium writes it for a hyphen at a line's end
REMOVED: Final = "\x00"
SPACE: Final = re.compile(r"[ \x00\u00a0]+")
GAP: Final = 1.1  # of the type size: wider than a justified space
JUMP_BACK: Final = 2.0
SCANNED_SHARE: Final = 0.2
MARK: Final = 6
LIGATURES: Final = {
    0xFB00 + place: letters
    for place, letters in enumerate(("ff", "fi", "fl", "ffi", "ffl", "st", "st"))
}


@dataclass(frozen=True, slots=True)
class Segment:
    """Text without a gap in it."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    is_bold: bool
    confidence: float | None = None  # of what was read out of a picture


Row: TypeAlias = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `zone` is its height on the page from 0 (bottom) to 1 (top).

    `mark` is what stands at a distance before the rest, which begins at `body`.
    `boxes` are there when it stands for several lines of the page: a table.
    """

    text: str
    page: int
    left: float
    right: float
    bottom: float
    size: float
    is_bold: bool
    zone: float
    is_table: bool = False
    top: float = 0.0
    mark: str = ""
    body: float = 0.0
    boxes: tuple[Box, ...] = ()
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's rows, then its lines, and what is to be told about it."""

    number: int
    rows: tuple[Row, ...] = ()
    lines: tuple[Line, ...] = ()
    size: PageSize = PageSize(0.0, 0.0)  # noqa: RUF009 - a frozen value
    has_hidden: bool = False
    is_damaged: bool = False
    is_pictured: bool = False
    has_covered: bool = False
    may_have_tables: bool = False
    has_lost_table: bool = False


def read_page(page: Any, *, number: int) -> PageText:
    """Return the visible rows of one page."""
    text_page = page.get_textpage()
    objects = objects_of(page)
    hidden = hidden_characters(page, text_page, objects)
    text = _without(text_page.get_text_range(), text_page, hidden)
    size = size_of(page)
    glyphs = Glyphs(
        text_page,
        text=text,
        origin=page.get_bbox()[:2],
        has_small_text=objects.has_small_text,
        has_one_size=len(objects.sizes) == 1,
    )
    rows = tuple(_rows(glyphs))
    text_page.close()
    shown = tuple(row for row in rows if _is_on_page(row, size))
    return PageText(
        number=number,
        rows=shown,
        size=size,
        has_hidden=bool(hidden) or len(shown) < len(rows),
        is_pictured=objects.pictured_area >= size.width * size.height * SCANNED_SHARE,
        has_covered=objects.has_covered_text,
        may_have_tables=objects.has_ruling and not hidden,
    )


def line_of(row: Sequence[Segment], *, page: int, size: PageSize) -> Line:
    """Join a row's stretches into one line."""
    longest = max(row, key=lambda one: len(one.text))
    bottom = longest.bottom
    return Line(
        text=" ".join(one.text for one in row),
        page=page,
        left=min(one.left for one in row),
        right=max(one.right for one in row),
        bottom=bottom,
        size=longest.size,
        is_bold=longest.is_bold
        and all(one.is_bold for one in row if one.text[:1].isalpha()),
        zone=bottom / (size.height or 1.0),
        top=max(one.top for one in row),
        confidence=least_sure(one.confidence for one in row),
        mark=row[0].text if len(row) > 1 else "",
        body=(row[1] if len(row) > 1 and len(row[0].text) <= MARK else row[0]).left,
    )


def least_sure(told: Iterable[float | None]) -> float | None:
    """Return the lowest confidence, or None when nothing came out of a picture."""
    return min((one for one in told if one is not None), default=None)


def size_of(page: Any) -> PageSize:
    """Return what is shown of the page."""
    left, bottom, right, top = page.get_bbox()  # as drawn: rotation is not in it
    return PageSize(
        width=round(right - left, 2),
        height=round(top - bottom, 2),
        rotation=page.get_rotation(),
    )


def _without(text: str, text_page: Any, hidden: set[int]) -> str:
    if not hidden:
        return text
    characters = list(text)
    for index in hidden:
        place = pdfium.FPDFText_GetTextIndexFromCharIndex(text_page, index)
        if 0 <= place < len(characters):
            characters[place] = REMOVED
    return "".join(characters)


def _is_on_page(row: Row, size: PageSize) -> bool:
    hair = 1.0
    return any(
        -hair <= one.bottom <= size.height + hair
        and one.right >= -hair
        and one.left <= size.width + hair
        for one in row
    )


# --- Rows --------------------------------------------------------------------


def _rows(glyphs: Glyphs) -> Iterator[Row]:
    for start, raw in _raw_lines(glyphs.text):
        row = tuple(_segments(glyphs, start, raw))
        if row:
            yield row


def _raw_lines(text: str) -> Iterator[tuple[int, str]]:
    """Give each line and where it starts; a hyphen at a line's end is kept as one."""
    start = 0
    for part in text.split(LINE_BREAK):
        offset = start
        pieces = part.split(HYPHEN_BREAK)
        for place, piece in enumerate(pieces):
            is_broken = place < len(pieces) - 1
            yield offset, f"{piece}-" if is_broken else piece
            offset += len(piece) + 1
        start += len(part) + len(LINE_BREAK)


def _segments(glyphs: Glyphs, start: int, raw: str) -> Iterator[Segment]:
    line = raw.rstrip()
    if glyphs.has_small_text:
        line = with_scripts(glyphs, start, line)
    begun = len(line) - len(line.lstrip(" \x00\u00a0"))
    for cut, after in _cuts(glyphs, start, line, begun):
        yield from _segment(glyphs, start + begun, line[begun:cut])
        begun = after
    yield from _segment(glyphs, start + begun, line[begun:])


def _cuts(
    glyphs: Glyphs, start: int, line: str, begun: int
) -> Iterator[tuple[int, int]]:
    """Give where a stretch ends and where the next begins."""
    if glyphs.runs_left or not glyphs.is_level(start + begun):
        return
    gap_after = glyphs.gap
    for space in SPACE.finditer(line, begun):
        end, after = space.span()
        if after >= len(line):
            return
        gap = gap_after(start + end - 1, start + after)
        if gap > GAP or gap < -JUMP_BACK:
            yield end, after


def _segment(glyphs: Glyphs, start: int, text: str) -> Iterator[Segment]:
    words = _tidied(text)
    if not words:
        return
    last = start + max(len(text.rstrip(" \x00\u00a0").rstrip("-")) - 1, 0)
    left, bottom, right, top = glyphs.box(start)
    end = glyphs.box(last)
    size, foot, head = top - bottom, end[1], end[3]
    if not glyphs.has_one_size:
        middle = glyphs.box((start + last) // 2)
        size = sorted((size, head - foot, middle[3] - middle[1]))[1]
        if abs(middle[3] - middle[1] - size) < GAP / 2:
            foot, head = middle[1], middle[3]
    yield Segment(
        text=words,
        left=min(left, end[0]),
        bottom=foot,
        right=max(right, end[2]),
        top=head,
        size=round(size * 2) / 2,
        is_bold=glyphs.is_bold(start) and glyphs.is_bold(last),
    )


def _tidied(text: str) -> str:
    if text.isascii():  # nearly all text; what was removed is no space by itself
        return one_line(text.replace(REMOVED, " "))
    return one_line(text.replace(REMOVED, " ").translate(LIGATURES))
