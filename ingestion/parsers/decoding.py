"""Bytes into characters, conservatively.

Promises: a mark at the start decides; then UTF-8 if it is valid; then what the
document declares; then Windows-1252, with a warning. Text that was UTF-8 and was
saved through Latin-1 is mended only if all of it fits, with a warning.
Will not: guess by statistics.
"""

import codecs
from typing import Final

from ingestion.errors import FileCorrupt
from ingestion.types import ParseWarning

MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
GUESSED: Final = ParseWarning(
    "encoding_guessed", "The text is not Unicode; it was read as Windows-1252."
)
MENDED: Final = ParseWarning(
    "encoding_mended", "The text was Unicode read as Latin-1, and was turned back."
)
NO_WARNINGS: Final[tuple[ParseWarning, ...]] = ()
MISREAD_SIGNS: Final = ("Ã", "Â", "â")


def decode(
    data: bytes, *, declared: str | None = None
) -> tuple[str, tuple[ParseWarning, ...]]:
    """Return the text and warnings; raises FileCorrupt if a mark was wrong."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _strict(data, encoding), NO_WARNINGS
    try:
        return _mended(data.decode())
    except UnicodeDecodeError:
        return _without_unicode(data, declared)


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileCorrupt from error


def _without_unicode(
    data: bytes, declared: str | None
) -> tuple[str, tuple[ParseWarning, ...]]:
    if declared:
        try:
            return data.decode(declared), NO_WARNINGS
        except (LookupError, UnicodeDecodeError):
            pass
    try:
        return data.decode("cp1252"), (GUESSED,)
    except UnicodeDecodeError:
        return data.decode("latin-1"), (GUESSED,)


def _mended(text: str) -> tuple[str, tuple[ParseWarning, ...]]:
    if not any(sign in text for sign in MISREAD_SIGNS):
        return text, NO_WARNINGS
    for encoding in ("latin-1", "cp1252"):
        try:
            return text.encode(encoding).decode(), (MENDED,)
        except UnicodeError:
            continue
    return text, NO_WARNINGS
