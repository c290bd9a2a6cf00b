"""The lines of a PDF page, with where they stand and how large they are.

Promises: all text PDFium finds, in its reading order, but what nobody can see;
lines are measured at their first and last visible character only, which is what
keeps a page at a few milliseconds.
Will not: decide what a line is. Coordinates: points, origin at the bottom left.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pypdfium2.raw as pdfium

from ingestion.parsers.pdf_objects import objects_of
from ingestion.parsers.pdf_visibility import hidden_characters

LINE_BREAK: Final = "\r\n"
HYPHEN_BREAK: Final = "\ufffe"  # PDFium writes it for a hyphen at a line's end
REMOVED: Final = "\x00"
BOLD_WEIGHT: Final = 600
BOLD_NAMES: Final = ("bold", "black", "heavy", "demi")
FONT_NAME_BYTES: Final = 128


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `zone` is its height on the page from 0 (bottom) to 1 (top)."""

    text: str
    page: int
    left: float
    right: float
    bottom: float
    size: float
    is_bold: bool
    zone: float
    is_table: bool = False


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's lines and what is to be told about it."""

    number: int
    lines: tuple[Line, ...]
    has_hidden: bool = False
    is_damaged: bool = False
    may_have_tables: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    left: float
    right: float
    bottom: float
    size: float
    is_bold: bool


def read_page(page: Any, *, number: int) -> PageText:
    """Return the visible lines of one page."""
    text_page = page.get_textpage()
    objects = objects_of(page)
    hidden = hidden_characters(page, text_page, objects)
    text = _without(text_page.get_text_range(), text_page, hidden)
    lines = tuple(_lines(page, text_page, text, number))
    text_page.close()
    return PageText(
        number=number,
        lines=tuple(line for line in lines if _is_on_page(line)),
        has_hidden=bool(hidden) or not all(map(_is_on_page, lines)),
        may_have_tables=objects.has_ruling and not hidden,
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


def _lines(page: Any, text_page: Any, text: str, number: int) -> Iterator[Line]:
    _, low, _, high = page.get_bbox()  # as drawn: a page's rotation is not in it
    height = (high - low) or 1.0
    for start, raw in _raw_lines(text):
        shown = raw.replace(REMOVED, " ")
        stripped = shown.strip()
        if not stripped:
            continue
        first = start + len(shown) - len(shown.lstrip())
        last = first + len(stripped.rstrip("-")) - 1
        place = _place(text_page, first, max(first, last))
        yield Line(
            text=" ".join(stripped.split()),
            page=number,
            left=place.left,
            right=place.right,
            bottom=place.bottom,
            size=place.size,
            is_bold=place.is_bold,
            zone=(place.bottom - low) / height,
        )


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


def _is_on_page(line: Line) -> bool:
    return -0.01 <= line.zone <= 1.01  # noqa: PLR2004 - a hair of rounding


# --- Measuring ---------------------------------------------------------------


def _place(text_page: Any, first: int, last: int) -> _Place:
    start = pdfium.FPDFText_GetCharIndexFromTextIndex(text_page, first)
    end = pdfium.FPDFText_GetCharIndexFromTextIndex(text_page, last)
    opening, closing = pdfium.FS_RECTF(), pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text_page, start, opening)
    pdfium.FPDFText_GetLooseCharBox(text_page, end, closing)
    return _Place(
        left=opening.left,
        right=closing.right,
        bottom=opening.bottom,
        size=round((opening.top - opening.bottom) * 2) / 2,
        is_bold=_is_bold(text_page, start) and _is_bold(text_page, end),
    )


def _is_bold(text_page: Any, index: int) -> bool:
    if pdfium.FPDFText_GetFontWeight(text_page, index) >= BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(FONT_NAME_BYTES)
    flags = ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text_page, index, name, FONT_NAME_BYTES, flags)
    lowered = name.value.decode(errors="replace").lower()
    return any(word in lowered for word in BOLD_NAMES)
