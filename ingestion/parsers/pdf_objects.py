"""What stands on a PDF page besides its words: rules, pictures, odd text.

Promises: one pass over the page's objects, into forms as well, bounded in number.
Will not: judge; it only collects what would need a closer look.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import pypdfium2.raw as pdfium

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
    for number, (item, kind) in enumerate(_items(page)):
        if number >= OBJECTS_LOOKED_AT:
            break
        look.at(item, kind, number)
    found.has_covered_text = look.covers_text(page)
    return found


def _items(page: Any) -> Iterator[tuple[Any, int]]:
    get_object, get_type = pdfium.FPDFPage_GetObject, pdfium.FPDFPageObj_GetType
    page = page.raw
    for index in range(pdfium.FPDFPage_CountObjects(page)):
        item = get_object(page, index)
        kind = get_type(item)
        if kind == pdfium.FPDF_PAGEOBJ_FORM:
            yield from _unfolded(item, FORMS_DEEP)
        else:
            yield item, kind


def _unfolded(form: Any, depth: int) -> Iterator[tuple[Any, int]]:
    for index in range(pdfium.FPDFFormObj_CountObjects(form)):
        item = pdfium.FPDFFormObj_GetObject(form, index)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind != pdfium.FPDF_PAGEOBJ_FORM:
            yield item, kind
        elif depth > 1:
            yield from _unfolded(item, depth - 1)


def _address(item: Any) -> int:
    return ctypes.addressof(item.contents)


class _Look:
    """One pass; the buffers PDFium writes into are made once."""

    def __init__(self, found: PageObjects) -> None:
        self._found = found
        self._color = [ctypes.c_uint() for _ in range(4)]
        self._box = [ctypes.c_float() for _ in range(4)]
        self._size = ctypes.c_float()
        self._fill = ctypes.c_int()
        self._stroke = ctypes.c_int()
        self._matrix = pdfium.FS_MATRIX()
        self._pictures: list[tuple[int, tuple[float, float, float, float]]] = []

    def at(self, item: Any, kind: int, number: int) -> None:
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            self._text(item)
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
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
            kind == pdfium.FPDF_PAGEOBJ_TEXT and self._is_covered(item, number)
            for number, (item, kind) in enumerate(islice(_items(page), last))
        )

    def _is_covered(self, item: Any, number: int) -> bool:
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

    def _text(self, item: Any) -> None:
        # Some programs write every letter as an object: each call here counts.
        found = self._found
        if pdfium.FPDFTextObj_GetTextRenderMode(item) in INVISIBLE_MODES:
            found.invisible.add(_address(item))
        red, green, blue, alpha = self._color
        pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha)
        if red.value >= WHITE and green.value >= WHITE and blue.value >= WHITE:
            found.white.add(_address(item))
        if alpha.value <= CLEAR:
            found.clear.add(_address(item))
        size = self._type_size(item)
        found.sizes.add(size)
        if size <= DUST_POINTS:
            found.dust.add(_address(item))

    def _type_size(self, item: Any) -> float:
        pdfium.FPDFTextObj_GetFontSize(item, self._size)
        matrix = self._matrix
        pdfium.FPDFPageObj_GetMatrix(item, matrix)
        scale = max(abs(matrix.a), abs(matrix.b))
        return float(round(abs(self._size.value) * scale, 1))

    def _extent(self, item: Any) -> tuple[float, float, float, float]:
        pdfium.FPDFPageObj_GetBounds(item, *self._box)
        left, bottom, right, top = (side.value for side in self._box)
        return left, bottom, right, top

    def _path(self, item: Any) -> None:
        if not pdfium.FPDFPath_GetDrawMode(item, self._fill, self._stroke):
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
