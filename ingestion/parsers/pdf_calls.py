"""PDFium's functions that are called for every letter, by plain addresses.

Promises: the same functions that pypdfium2 binds, with the same arguments in the same
order (fpdf_edit.h, fpdf_text.h), an object being its address: a page of letters that
are objects of their own takes half the time, since no pointer is wrapped and no
argument converted. Will not: check what it is given; only the reading process calls
these, which has one thread, so they keep the interpreter's lock.
"""

import ctypes
from collections.abc import Callable
from ctypes import c_float, c_int, c_ulong, c_void_p
from typing import Any, Final, cast

import pypdfium2.raw as pdfium

Call = Callable[..., Any]


def _of(function: Any, result: Any, *arguments: Any) -> Call:
    address = ctypes.cast(function, c_void_p).value or 0
    return cast(Call, ctypes.PYFUNCTYPE(result, *arguments)(address))


def address_of(handle: Any) -> int:
    """Where the thing stands that one of pypdfium2's handles points to."""
    return ctypes.cast(handle, c_void_p).value or 0


get_object: Final = _of(pdfium.FPDFPage_GetObject, c_void_p, c_void_p, c_int)
get_form_object: Final = _of(pdfium.FPDFFormObj_GetObject, c_void_p, c_void_p, c_int)
count_form_objects: Final = _of(pdfium.FPDFFormObj_CountObjects, c_int, c_void_p)
get_type: Final = _of(pdfium.FPDFPageObj_GetType, c_int, c_void_p)
get_render_mode: Final = _of(pdfium.FPDFTextObj_GetTextRenderMode, c_int, c_void_p)
get_fill_color: Final = _of(
    pdfium.FPDFPageObj_GetFillColor, c_int, *[c_void_p] * 5
)  # fmt: skip
get_font_size: Final = _of(pdfium.FPDFTextObj_GetFontSize, c_int, c_void_p, c_void_p)
get_matrix: Final = _of(pdfium.FPDFPageObj_GetMatrix, c_int, c_void_p, c_void_p)
get_bounds: Final = _of(pdfium.FPDFPageObj_GetBounds, c_int, *[c_void_p] * 5)
get_draw_mode: Final = _of(
    pdfium.FPDFPath_GetDrawMode, c_int, c_void_p, c_void_p, c_void_p
)
get_loose_box: Final = _of(
    pdfium.FPDFText_GetLooseCharBox, c_int, c_void_p, c_int, c_void_p
)
get_angle: Final = _of(pdfium.FPDFText_GetCharAngle, c_float, c_void_p, c_int)
get_weight: Final = _of(pdfium.FPDFText_GetFontWeight, c_int, c_void_p, c_int)
get_font: Final = _of(
    pdfium.FPDFText_GetFontInfo, c_ulong, c_void_p, c_int, c_void_p, c_ulong, c_void_p
)
get_char_index: Final = _of(
    pdfium.FPDFText_GetCharIndexFromTextIndex, c_int, c_void_p, c_int
)
