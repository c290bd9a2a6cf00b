"""PDF into blocks: headings by size and weight, paragraphs, lists, ruled tables.

Promises: every block knows its page; running headers, footers, page and line
numbers are left out; words broken at a line's end are mended; text nobody can see
is left out with a warning; a page without text is said, never silently empty.
Will not: recognise text in pictures, or read metadata, notes and attachments.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pypdfium2
import pypdfium2.raw as pdfium

from ingestion.errors import FileCorrupt, FileEncrypted, FileTooLarge
from ingestion.parsers.limits import ParseLimits
from ingestion.parsers.pdf_blocks import blocks_of
from ingestion.parsers.pdf_columns import in_reading_order
from ingestion.parsers.pdf_furniture import without_furniture
from ingestion.parsers.pdf_grids import lines_of
from ingestion.parsers.pdf_lines import PageText, line_of, read_page
from ingestion.parsers.pdf_numbering import without_line_numbers
from ingestion.parsers.pdf_tables import TableReader
from ingestion.parsers.wording import hidden_text_warning, title_of
from ingestion.types import ParsedDocument, ParseWarning

PARSER: Final = "pypdfium2/2"
WARNINGS_LISTED: Final = 40
PICTURE: Final = "There is no text on this page: it is a picture."
UNDER_PICTURE: Final = "Text on this page lies under a picture: compare it."
TABLE_LOST: Final = "A table on this page could not be kept; its words stand as text."


def read(data: bytes, *, limits: ParseLimits) -> ParsedDocument:
    """Return the blocks of all pages; raises ParsingError."""
    document = open_pdf(data)
    if len(document) > limits.max_pages:
        raise FileTooLarge
    tables = TableReader(data)
    pages = [
        _with_lines(page, tables)
        for page in without_line_numbers(list(_pages(document)))
    ]
    blocks = blocks_of(without_furniture([page.lines for page in pages]))
    return ParsedDocument(
        title=title_of(blocks),
        blocks=tuple(blocks),
        pages=len(pages),
        warnings=tuple(_warnings(pages))[:WARNINGS_LISTED],
        parser=PARSER,
        page_sizes=tuple(page.size for page in pages),
        scanned=tuple(page.number for page in pages if _is_scan(page)),
    )


def open_pdf(data: bytes) -> Any:
    """Raises FileEncrypted and FileCorrupt."""
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            raise FileEncrypted from error
        raise FileCorrupt from error


def _pages(document: Any) -> Iterator[PageText]:
    for index in range(len(document)):
        try:
            page = document[index]
        except pypdfium2.PdfiumError:
            yield PageText(number=index + 1, is_damaged=True)
            continue
        yield read_page(page, number=index + 1)
        page.close()


def _with_lines(page: PageText, tables: TableReader) -> PageText:
    """Turn rows into lines, with ruled tables where there are some, or else others."""
    rows = in_reading_order(page.rows)
    if page.may_have_tables:
        plain = tuple(line_of(row, page=page.number, size=page.size) for row in rows)
        page = tables.with_tables(replace(page, lines=plain))
        if any(line.is_table for line in page.lines):
            return replace(page, rows=())
    told = lines_of(rows, page=page.number, size=page.size)
    return replace(page, rows=(), lines=tuple(told))


def _is_scan(page: PageText) -> bool:
    return page.is_pictured and not page.lines


def _warnings(pages: list[PageText]) -> Iterator[ParseWarning]:
    for page in pages:
        number = page.number
        if page.has_hidden:
            yield hidden_text_warning(number)
        if page.has_covered:
            yield ParseWarning("text_under_picture", UNDER_PICTURE, number)
        if page.has_lost_table and not any(line.is_table for line in page.lines):
            yield ParseWarning("table_lost", TABLE_LOST, number)
        if page.is_damaged:
            yield ParseWarning("page_damaged", "This page could not be read.", number)
        elif not page.lines:
            said = PICTURE if page.is_pictured else "There is no text on this page."
            yield ParseWarning("page_without_text", said, number)
