"""What stands on a PDF page besides its words: rules, pictures, odd text.

Promises: one pass over the page's objects, into forms as well, bounded in number.
Will not: judge; it only collects what would need a closer look.
"""

import ctypes
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import pypdfium2.raw as pdfium

from ingestion.parsers import pdf_calls as calls

OBJECTS_LOOKED_AT: Final = 20_000
FORMS_DEEP: Final = 4
THIN: Final = 2.5
LONG: Final = 20.0
CELL_HEIGHT: Final = 8.0
HORIZONTAL_RULES: Final = 3
VERTICAL_RULES: Final = 2
CELLS: Final = 2
WHITE: Final = 235
DUST_POINTS: Final = 2.0
SMALL: Final = 0.85
SCANNED_SHARE: Final = 0.5
CLEAR: Final = 12
NO_TEXT: Final = pdfium.FPDF_TEXTRENDERMODE_UNKNOWN
# Red, green, blue and alpha; the size of type; the matrix's a and b, and the rest.
PAINT: Final = struct.Struct("4I3f")
REST_OF_MATRIX: Final = 16
INVISIBLE_MODES: Final = frozenset({3, 7})  # ISO 32000-1, table 106


@dataclass(slots=True)
class PageObjects:
    """Addresses of text objects to look at again, and the drawing in numbers."""

    white: set[int] = field(default_factory=set)
    dust: set[int] = field(default_factory=set)
    invisible: set[int] = field(default_factory=set)
    clear: set[int] = field(default_factory=set)
    sizes: set[float] = field(default_factory=set)
    pictured_area: float = 0.0
    has_covered_text: bool = False
    horizontal: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    vertical: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    cell_columns: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    cell_rows: dict[tuple[int, int], set[int]] = field(default_factory=dict)

    @property
    def has_ruling(self) -> bool:
        """Whether rules, or boxes, of equal extent stand above and beside others."""
        is_grid = (
            _most(self.horizontal) >= HORIZONTAL_RULES
            and _most(self.vertical) >= VERTICAL_RULES
        )
        return is_grid or min(_most(self.cell_columns), _most(self.cell_rows)) >= CELLS

    @property
    def has_small_text(self) -> bool:
        """Whether some text is much smaller than other text: notes, raised figures."""
        return bool(self.sizes) and min(self.sizes) < SMALL * max(self.sizes)

    @property
    def has_odd_text(self) -> bool:
        return bool(self.white or self.dust or self.invisible or self.clear)


def _most(extents: dict[tuple[int, int], set[int]]) -> int:
    return max(map(len, extents.values()), default=0)


def objects_of(page: Any) -> PageObjects:
    """Look at every object of the page once."""
    found = PageObjects()
    look = _Look(found)
    for number, (item, mode) in enumerate(_items(page)):
        if number >= OBJECTS_LOOKED_AT:
            break
        if mode == NO_TEXT:
            look.at(item, number)
        else:
            look.at_text(item, mode)
    found.has_covered_text = look.covers_text(page)
    return found


def _items(page: Any) -> Iterator[tuple[int, int]]:
    """The address of each object and its render mode, or NO_TEXT for what is none."""
    get_object, get_mode = calls.get_object, calls.get_render_mode
    get_type, form = calls.get_type, pdfium.FPDF_PAGEOBJ_FORM
    address = calls.address_of(page.raw)
    for index in range(pdfium.FPDFPage_CountObjects(page.raw)):
        item = get_object(address, index)
        mode = get_mode(item)
        if mode == NO_TEXT and get_type(item) == form:
            yield from _unfolded(item, FORMS_DEEP)
        else:
            yield item, mode


def _unfolded(form: int, depth: int) -> Iterator[tuple[int, int]]:
    for index in range(calls.count_form_objects(form)):
        item = calls.get_form_object(form, index)
        mode = calls.get_render_mode(item)
        if mode != NO_TEXT or calls.get_type(item) != pdfium.FPDF_PAGEOBJ_FORM:
            yield item, mode
        elif depth > 1:
            yield from _unfolded(item, depth - 1)


@dataclass(frozen=True, slots=True)
class _Paint:
    """What a colour and a size of type come to."""

    is_white: bool
    is_clear: bool
    is_dust: bool


INK: Final = _Paint(is_white=False, is_clear=False, is_dust=False)


class _Look:
    """One pass; the buffers PDFium writes into are made once."""

    def __init__(self, found: PageObjects) -> None:
        self._found = found
        self._box = [ctypes.c_float() for _ in range(4)]
        self._sides = list(map(ctypes.addressof, self._box))
        self._fill = ctypes.c_int()
        self._stroke = ctypes.c_int()
        # Colour, size of type and matrix, one behind the other.
        self._painted = ctypes.create_string_buffer(PAINT.size + REST_OF_MATRIX)
        start = ctypes.addressof(self._painted)
        self._color = (start, start + 4, start + 8, start + 12)
        self._size, self._matrix = start + 16, start + 20
        self._paints: dict[bytes, _Paint] = {}
        self._pictures: list[tuple[int, tuple[float, float, float, float]]] = []

    def at(self, item: int, number: int) -> None:
        kind = calls.get_type(item)
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            self._path(item)
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = extent = self._extent(item)
            self._found.pictured_area += (right - left) * (top - bottom)
            self._pictures.append((number, extent))

    def covers_text(self, page: Any) -> bool:
        """Whether a picture was drawn over text, on a page that is no scan itself."""
        area = page.get_width() * page.get_height()
        if not self._pictures or self._found.pictured_area >= area * SCANNED_SHARE:
            return False
        last = self._pictures[-1][0]
        return any(
            mode != NO_TEXT and self._is_covered(item, number)
            for number, (item, mode) in enumerate(islice(_items(page), last))
        )

    def _is_covered(self, item: int, number: int) -> bool:
        left, bottom, right, top = self._extent(item)
        if right <= left or top <= bottom:  # white space
            return False
        return any(
            later > number
            and sides[0] <= left
            and sides[1] <= bottom
            and right <= sides[2]
            and top <= sides[3]
            for later, sides in self._pictures
        )

    def at_text(self, item: int, mode: int) -> None:
        # Some programs write every letter as an object: each call here counts.
        calls.get_fill_color(item, *self._color)
        calls.get_font_size(item, self._size)
        calls.get_matrix(item, self._matrix)
        told: bytes = self._painted.raw[: PAINT.size]
        paint = self._paints.get(told)
        if paint is None:
            paint = self._paints[told] = self._judged(told)
        if mode in INVISIBLE_MODES:
            self._found.invisible.add(item)
        if paint is not INK:
            self._remember(item, paint)

    def _judged(self, told: bytes) -> _Paint:
        """What is so painted, seldom anything but ink; its size is noted."""
        red, green, blue, alpha, size, across, up = PAINT.unpack(told)
        shown = float(round(abs(size) * max(abs(across), abs(up)), 1))
        self._found.sizes.add(shown)
        paint = _Paint(
            is_white=min(red, green, blue) >= WHITE,
            is_clear=alpha <= CLEAR,
            is_dust=shown <= DUST_POINTS,
        )
        return INK if paint == INK else paint

    def _remember(self, item: int, paint: _Paint) -> None:
        for is_so, there in (
            (paint.is_white, self._found.white),
            (paint.is_clear, self._found.clear),
            (paint.is_dust, self._found.dust),
        ):
            if is_so:
                there.add(item)

    def _extent(self, item: int) -> tuple[float, float, float, float]:
        calls.get_bounds(item, *self._sides)
        left, bottom, right, top = (side.value for side in self._box)
        return left, bottom, right, top

    def _path(self, item: int) -> None:
        if not calls.get_draw_mode(
            item, ctypes.addressof(self._fill), ctypes.addressof(self._stroke)
        ):
            return
        if not self._fill.value and not self._stroke.value:  # a clip, not a drawing
            return
        left, bottom, right, top = self._extent(item)
        width, height = right - left, top - bottom
        if height <= THIN and width >= LONG:
            across = round(left), round(right)
            self._found.horizontal.setdefault(across, set()).add(round(bottom))
        elif width <= THIN and height >= CELL_HEIGHT:
            upright = round(bottom), round(top)
            self._found.vertical.setdefault(upright, set()).add(round(left))
        elif self._stroke.value and width >= LONG and height >= CELL_HEIGHT:
            across, upright = (round(left), round(right)), (round(bottom), round(top))
            self._found.cell_columns.setdefault(across, set()).add(round(bottom))
            self._found.cell_rows.setdefault(upright, set()).add(round(left))
