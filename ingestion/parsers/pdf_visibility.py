"""Which characters of a PDF page nobody can see.

Promises: text is called hidden only when it is fully transparent, no taller than
dust, drawn in no ink on a page that is no scan, or white where the page as
rendered is white as well.
Will not: look at characters of a page on which no object looked odd.
"""

import ctypes
from typing import Any, Final

import pypdfium2.raw as pdfium

from ingestion.parsers.pdf_objects import (
    DUST_POINTS,
    SCANNED_SHARE,
    WHITE,
    PageObjects,
)

CHARACTERS_LOOKED_AT: Final = 200_000


def hidden_characters(page: Any, text_page: Any, objects: PageObjects) -> set[int]:
    """Return the indexes of characters to leave out."""
    if not objects.has_odd_text:
        return set()
    area = page.get_width() * page.get_height()
    is_scan = objects.pictured_area >= area * SCANNED_SHARE
    inkless = set() if is_scan else objects.invisible
    look = _Look(page, text_page)
    hidden: set[int] = set()
    for index in range(min(text_page.count_chars(), CHARACTERS_LOOKED_AT)):
        address = _address(text_page, index)
        if address is None:
            continue
        if (
            address in inkless
            or address in objects.clear
            or (address in objects.dust and look.is_dust(index))
            or (address in objects.white and look.is_on_white(index))
        ):
            hidden.add(index)
    return hidden


def _address(text_page: Any, index: int) -> int | None:
    item = pdfium.FPDFText_GetTextObject(text_page, index)
    return ctypes.addressof(item.contents) if item else None


class _Look:
    """Measures characters; renders the page once, and only if it must."""

    def __init__(self, page: Any, text_page: Any) -> None:
        self._page = page
        self._text_page = text_page
        self._box = pdfium.FS_RECTF()
        self._bitmap: Any = None

    def is_dust(self, index: int) -> bool:
        pdfium.FPDFText_GetLooseCharBox(self._text_page, index, self._box)
        return bool(self._box.top - self._box.bottom <= DUST_POINTS)

    def is_on_white(self, index: int) -> bool:
        """Whether the page, with the text drawn, is white all over the character."""
        if self._page.get_rotation():  # not worth a second geometry: keep the text
            return False
        pdfium.FPDFText_GetLooseCharBox(self._text_page, index, self._box)
        left, bottom, *_ = self._page.get_bbox()
        height = self._page.get_height()
        return all(
            self._is_white(
                self._box.left - left + (self._box.right - self._box.left) * across,
                height - (self._box.bottom - bottom) - self._tall() * up,
            )
            for across in (0.1, 0.5, 0.9)
            for up in (0.1, 0.5, 0.9)
        )

    def _tall(self) -> float:
        return float(self._box.top - self._box.bottom)

    def _is_white(self, x: float, y: float) -> bool:
        bitmap = self._rendered()
        column = min(max(int(x), 0), bitmap.width - 1)
        row = min(max(int(y), 0), bitmap.height - 1)
        place = row * bitmap.stride + column * bitmap.n_channels
        return bool(min(bitmap.buffer[place : place + 3]) >= WHITE)

    def _rendered(self) -> Any:
        if self._bitmap is None:
            self._bitmap = self._page.render(scale=1, may_draw_forms=False)
        return self._bitmap
