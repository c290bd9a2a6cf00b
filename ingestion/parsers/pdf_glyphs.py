"""The characters of a PDF page, measured one by one where it must be.

Promises: an index counts in the page's text as a Python string; boxes are in points
from the corner `origin`; the buffers PDFium writes into are made once a page.
Will not: read text. Each call costs about a microsecond: callers ask for few.
"""

import ctypes
import re
from collections.abc import Sequence
from typing import Any, Final

import pypdfium2.raw as pdfium

from ingestion.parsers import pdf_calls as calls

BOLD_WEIGHT: Final = 600
BOLD_NAMES: Final = (b"bold", b"black", b"heavy", b"demi")
FONT_NAME_BYTES: Final = 128
RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
LEVEL: Final = 0.1  # radians
FULL_TURN: Final = 6.2832


class Glyphs:
    """Measures characters of one page while its text page is open."""

    def __init__(
        self,
        text_page: Any,
        *,
        text: str,
        origin: Sequence[float],
        has_small_text: bool = True,
        has_one_size: bool = False,
    ) -> None:
        self.text = text
        self.has_small_text = has_small_text
        self.has_one_size = has_one_size
        self.runs_left = RIGHT_TO_LEFT.search(text) is not None
        self._page = text_page.raw
        self._address = calls.address_of(self._page)
        self._left, self._bottom = origin
        self._is_plain = pdfium.FPDFText_CountChars(self._page) == len(text)
        self._one, self._other = pdfium.FS_RECTF(), pdfium.FS_RECTF()
        self._to_one, self._to_other = map(ctypes.addressof, (self._one, self._other))
        self._name = ctypes.create_string_buffer(FONT_NAME_BYTES)
        self._to_name = ctypes.addressof(self._name)
        self._flags = ctypes.c_int()
        self._to_flags = ctypes.addressof(self._flags)
        self._bold: dict[bytes, bool] = {}

    def box(self, index: int) -> tuple[float, float, float, float]:
        """Left, bottom, right and top; for the whole height of the type."""
        found = self._one
        calls.get_loose_box(self._address, self._at(index), self._to_one)
        return (
            found.left - self._left,
            found.bottom - self._bottom,
            found.right - self._left,
            found.top - self._bottom,
        )

    def gap(self, before: int, after: int) -> float:
        """The space between two characters, in heights of the type."""
        one, other = self._one, self._other
        if not self._is_plain:
            before, after = self._at(before), self._at(after)
        calls.get_loose_box(self._address, before, self._to_one)
        calls.get_loose_box(self._address, after, self._to_other)
        return float((other.left - one.right) / ((one.top - one.bottom) or 1.0))

    def is_level(self, index: int) -> bool:
        angle = calls.get_angle(self._address, self._at(index))
        return not LEVEL < angle < FULL_TURN - LEVEL

    def is_bold(self, index: int) -> bool:
        index = self._at(index)
        if calls.get_weight(self._address, index) >= BOLD_WEIGHT:
            return True
        size = calls.get_font(
            self._address, index, self._to_name, FONT_NAME_BYTES, self._to_flags
        )
        if not 0 < size <= FONT_NAME_BYTES:
            return False
        return self._is_named_bold(self._name.value)

    def _is_named_bold(self, name: bytes) -> bool:
        known = self._bold.get(name)
        if known is None:
            lowered = name.lower()
            known = self._bold[name] = any(word in lowered for word in BOLD_NAMES)
        return known

    def _at(self, index: int) -> int:
        if self._is_plain:
            return index
        return int(calls.get_char_index(self._address, index))
