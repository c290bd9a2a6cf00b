"""DOCX into blocks: headings by style, lists, tables, text boxes and footnotes.

Promises: the archive is weighed before it is opened; no entity is resolved and no
link followed; deleted, hidden, white and dust-sized text is left out, with a
warning where it could be a trick; merged cells repeat their text.
Will not: read comments, headers and footers, or number headings.
Element names: ECMA-376, part 1 (WordprocessingML).
"""

import io
import zipfile
from collections.abc import Iterator
from typing import Any, Final

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from lxml import etree

from ingestion.errors import FileCorrupt
from ingestion.parsers.docx_archive import check_archive
from ingestion.parsers.docx_runs import Runs
from ingestion.parsers.docx_styles import Styles
from ingestion.parsers.limits import ParseLimits
from ingestion.parsers.wording import (
    hidden_text_warning,
    markdown_table,
    one_line,
    struck_text_warning,
    title_of,
)
from ingestion.types import Block, BlockKind, ParsedDocument, ParseWarning

PARSER: Final = "python-docx/1"
NOTES: Final = ("footnotes", "endnotes")
CONTAINERS: Final = frozenset(
    qn(name) for name in ("w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:customXml")
)


def read(data: bytes, *, limits: ParseLimits) -> ParsedDocument:
    """Return the body's blocks in order, then the notes; raises ParsingError."""
    check_archive(data, limits=limits)
    try:
        document = docx.Document(io.BytesIO(data))
        reader = _Reader(Styles(*_style_roots(document)))
        blocks = [*reader.blocks(document.element.body), *_notes(document, reader)]
    except (
        PackageNotFoundError,
        etree.XMLSyntaxError,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
    ) as error:
        raise FileCorrupt from error
    return ParsedDocument(
        title=title_of(blocks),
        blocks=tuple(blocks),
        pages=None,
        warnings=tuple(reader.warnings()),
        parser=PARSER,
    )


def _style_roots(document: Any) -> tuple[Any, Any]:
    return _related(document, "styles"), _related(document, "numbering")


def _related(document: Any, kind: str) -> Any:
    """Return the root element of a related part, None if there is none."""
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith(f"/{kind}"):
            return parse_xml(relation.target_part.blob)
    return None


def _notes(document: Any, reader: "_Reader") -> Iterator[Block]:
    for kind in NOTES:
        root = _related(document, kind)
        if root is not None:
            for note in root:
                if note.get(qn("w:type")) in {None, "normal"}:
                    yield from reader.blocks(note)


class _Reader:
    """Walks the body's children, into what merely contains."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._runs = Runs()

    def warnings(self) -> Iterator[ParseWarning]:
        if self._runs.left_out_hidden:
            yield hidden_text_warning()
        if self._runs.left_out_struck:
            yield struck_text_warning()

    def blocks(self, container: Any) -> Iterator[Block]:
        for element in container:
            if element.tag == qn("w:p"):
                yield from self._paragraph(element)
            elif element.tag == qn("w:tbl"):
                yield from self._table(element)
            elif element.tag in CONTAINERS:
                yield from self.blocks(element)

    def _paragraph(self, paragraph: Any) -> Iterator[Block]:
        text = one_line(self._runs.text(paragraph))
        if text:
            yield self._block(paragraph, text)
        for box in _text_boxes(paragraph):
            yield from self.blocks(box)

    def _block(self, paragraph: Any, text: str) -> Block:
        level = self._styles.heading_level(paragraph)
        if level:
            return Block(BlockKind.HEADING, text, level=level)
        if self._styles.is_recommendation(paragraph):
            return Block(BlockKind.RECOMMENDATION, text)
        item = self._styles.list_item(paragraph)
        if item:
            return Block(BlockKind.LIST_ITEM, item[1] + text, level=item[0])
        return Block(BlockKind.PARAGRAPH, text)

    def _table(self, table: Any) -> Iterator[Block]:
        rows = list(self._rows(table))
        width = max(map(len, rows), default=0)
        if not any(cell for row in rows for cell in row):
            return
        if width > 1 and len(rows) > 1:
            yield Block(BlockKind.TABLE, markdown_table(rows))
            return
        for cell in table.iter(qn("w:tc")):  # a frame round text, not a table
            if next(cell.iterancestors(qn("w:tbl"))) is table:
                yield from self.blocks(cell)

    def _rows(self, table: Any) -> Iterator[list[str]]:
        above: list[str] = []
        for row in table.iterfind(qn("w:tr")):
            cells: list[str] = []
            for cell in row.iter(qn("w:tc")):
                if next(cell.iterancestors(qn("w:tr"))) is row:
                    cells += self._cells(cell, above, len(cells))
            above = cells
            yield cells

    def _cells(self, cell: Any, above: list[str], column: int) -> list[str]:
        properties = cell.find(qn("w:tcPr"))
        merged = None if properties is None else properties.find(qn("w:vMerge"))
        is_continued = merged is not None and merged.get(qn("w:val")) != "restart"
        if is_continued and column < len(above):
            text = above[column]
        else:
            text = " ".join(block.text for block in self.blocks(cell))
        return [text] + [""] * (_span(properties) - 1)


def _text_boxes(paragraph: Any) -> Iterator[Any]:
    for box in paragraph.iter(qn("w:txbxContent")):
        is_copy = any(above.tag.endswith("}Fallback") for above in box.iterancestors())
        if not is_copy and next(box.iterancestors(qn("w:p"))) is paragraph:
            yield box


def _span(properties: Any) -> int:
    span = None if properties is None else properties.find(qn("w:gridSpan"))
    value = "1" if span is None else span.get(qn("w:val")) or "1"
    return min(int(value), 63) if value.isdecimal() else 1
