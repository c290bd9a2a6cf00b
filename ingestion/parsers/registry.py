"""Which parser reads which media type.

Promises: only the parser that is needed is imported.
Will not: sniff.
"""

import importlib
from collections.abc import Iterable
from functools import partial
from typing import Final, Protocol

from ingestion.errors import UnsupportedType
from ingestion.parsers.limits import ParseLimits
from ingestion.types import ParsedDocument

WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PARSERS: Final = {
    "application/pdf": "ingestion.parsers.pdf",
    WORD: "ingestion.parsers.docx",
    "application/vnd.oasis.opendocument.text": "ingestion.parsers.odt",
    "text/html": "ingestion.parsers.html",
    "text/markdown": "ingestion.parsers.markdown",
    "text/plain": "ingestion.parsers.text",
}

PAGES: Final = "ingestion.parsers.ocr_pages"


class Parser(Protocol):
    """Bytes of one format into blocks; raises ParsingError."""

    def __call__(self, data: bytes, *, limits: ParseLimits) -> ParsedDocument: ...


def parser_of(media_type: str) -> Parser:
    """Return the parser; raises UnsupportedType."""
    if media_type not in PARSERS:
        raise UnsupportedType
    read: Parser = importlib.import_module(PARSERS[media_type]).read
    return read


def page_reader(pages: Iterable[int]) -> Parser:
    """Return what reads pictures of these pages of a PDF."""
    read: Parser = partial(importlib.import_module(PAGES).read, pages=tuple(pages))
    return read
