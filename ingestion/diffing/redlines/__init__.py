"""A comparison as a file to keep, send or print.

Promises: every section that differs with its marks, and all risks with their reasons;
the old text is what remains when the changes are rejected, the new one when they are
accepted; the same comparison gives the same words. File names hold plain letters,
digits and hyphens only, whatever an edition is called. Will not: fetch anything.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from ingestion.diffing.redlines import page, structured, word
from ingestion.diffing.redlines.titles import Titles
from ingestion.diffing.types import Comparison

__all__ = ["FORMS", "Redline", "redline"]

NAME_LENGTH: Final = 60


class EditionLike(Protocol):
    """What names an edition."""

    @property
    def document_title(self) -> str: ...

    @property
    def label(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Redline:
    """The file's bytes, what they are, and a name that is safe everywhere."""

    content: bytes
    media_type: str
    filename: str


Writer = Callable[[Comparison, Titles], bytes]
WORD_TYPE: Final = (
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
)
_WRITERS: Final[Mapping[str, tuple[Writer, str]]] = MappingProxyType(
    {
        "docx": (word.write, WORD_TYPE),
        "html": (page.write, "text/html; charset=utf-8"),
        "json": (structured.write, "application/json"),
    }
)
FORMS: Final = tuple(_WRITERS)


def redline(
    comparison: Comparison, *, old: EditionLike, new: EditionLike, form: str
) -> Redline:
    """Return the file; raises KeyError for a form that is not one of `FORMS`."""
    write, media_type = _WRITERS[form]
    titles = Titles(new.document_title, old.label, new.label)
    name = f"{safe_name(new.document_title)}-{safe_name(new.label)}-changes.{form}"
    return Redline(write(comparison, titles), media_type, name)


def safe_name(words: str) -> str:
    """Return lower-case ASCII letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    joined = re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")
    return joined[:NAME_LENGTH].strip("-") or "edition"
