"""DOCX into blocks: headings by style, lists, tables, text boxes and footnotes.

Promises: the archive is weighed before it is opened; no entity is resolved and no
link followed; hidden, white and dust-sized text is left out, with a warning where it
could be a trick; tracked changes are read as accepted or rejected and counted in a
warning, or refused, as the limits say; the numbers Word draws stand before headings and
items; merged cells repeat their text; footnotes and endnotes are notes at the end.
Will not: read comments, or headers and footers; join what a tracked change of a
paragraph's mark joins; count changes of looks alone.
Element names: ECMA-376, part 1 (WordprocessingML).
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from lxml import etree

from ingestion.errors import FileCorrupt
from ingestion.parsers.archive import BROKEN, check_archive
from ingestion.parsers.docx_runs import CHANGES, Runs
from ingestion.parsers.docx_styles import Styles
from ingestion.parsers.limits import ParseLimits
from ingestion.parsers.wording import (
    hidden_text_warning,
    markdown_table,
    one_line,
    settled,
    struck_text_warning,
    title_of,
)
from ingestion.types import (
    Block,
    BlockKind,
    ParsedDocument,
    ParseWarning,
    TrackedChanges,
)

PARSER: Final = "python-docx/3"
NOTES: Final = ("footnotes", "endnotes")
LEAST_ROWS: Final = 2
LEAST_COLUMNS: Final = 2
ROW_CHANGES: Final = {
    f"{qn('w:trPr')}/{qn('w:ins')}": "added",
    f"{qn('w:trPr')}/{qn('w:del')}": "taken",
}
CELL_CHANGES: Final = {
    f"{qn('w:tcPr')}/{qn('w:cellIns')}": "added",
    f"{qn('w:tcPr')}/{qn('w:cellDel')}": "taken",
}
CONTAINERS: Final = CHANGES | {
    qn(name) for name in ("w:sdt", "w:sdtContent", "w:customXml")
}


def read(data: bytes, *, limits: ParseLimits) -> ParsedDocument:
    """Return the body's blocks in order, then the notes; raises ParsingError."""
    check_archive(data, limits=limits)
    try:
        document = docx.Document(io.BytesIO(data))
        reader = _Reader(Styles(*_style_roots(document)), policy=limits.tracked_changes)
        body = document.element.find(qn("w:body"))
        if body is None:
            raise FileCorrupt
        blocks = [*reader.blocks(body), *_notes(document, reader)]
    except (
        *BROKEN,
        PackageNotFoundError,
        etree.XMLSyntaxError,
        KeyError,
        TypeError,  # python-docx, of a part that is not what its type says
        AttributeError,
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
                    yield from map(_as_note, reader.blocks(note))


def _as_note(block: Block) -> Block:
    is_plain = block.kind is BlockKind.PARAGRAPH
    return replace(block, kind=BlockKind.NOTE) if is_plain else block


class _Reader:
    """Walks the body's children, into what merely contains."""

    def __init__(self, styles: Styles, *, policy: str) -> None:
        self._styles = styles
        self._policy = policy
        self._gone = "added" if policy == TrackedChanges.REJECT else "taken"
        self._runs = Runs(rejects=policy == TrackedChanges.REJECT)

    def warnings(self) -> Iterator[ParseWarning]:
        if self._runs.left_out_hidden:
            yield hidden_text_warning()
        if self._runs.left_out_struck:
            yield struck_text_warning()
        refuses = self._policy == TrackedChanges.REFUSE
        unsettled = self._runs.changes + (self._runs.marks if refuses else 0)
        yield from settled(unsettled, policy=self._policy)

    def blocks(self, container: Any) -> Iterator[Block]:
        for element in container:
            if element.tag == qn("w:p"):
                yield from self._paragraph(element)
            elif element.tag == qn("w:tbl"):
                yield from self._table(element)
            elif element.tag in CONTAINERS:
                self._runs.changes += element.tag in CHANGES
                if element.tag not in self._runs.gone:
                    yield from self.blocks(element)

    def _paragraph(self, paragraph: Any) -> Iterator[Block]:
        text = one_line(self._runs.text(paragraph))
        if text:
            yield self._block(paragraph, text)
        for box in _text_boxes(paragraph):
            yield from self.blocks(box)

    def _block(self, paragraph: Any, text: str) -> Block:
        level = self._styles.heading_level(paragraph)
        item = self._styles.number(paragraph)
        numbered = item[1] + text if item else text
        if level:
            return Block(BlockKind.HEADING, numbered, level=level)
        if self._styles.is_recommendation(paragraph):
            return Block(BlockKind.RECOMMENDATION, numbered)
        if item or self._styles.is_listed(paragraph):
            return Block(BlockKind.LIST_ITEM, numbered, level=item[0] if item else 0)
        return Block(BlockKind.PARAGRAPH, text)

    def _table(self, table: Any) -> Iterator[Block]:
        rows = [row for row in _rows_of(table) if self._stays(row, ROW_CHANGES)]
        if len(rows) < LEAST_ROWS or max(map(_width, rows)) < LEAST_COLUMNS:
            for cell in (cell for row in rows for cell in self._kept(row)):
                yield from self.blocks(cell)  # a frame round text, not a table
            return
        texts = list(self._texts(rows))
        if any(cell for row in texts for cell in row):
            yield Block(BlockKind.TABLE, markdown_table(texts))

    def _texts(self, rows: list[Any]) -> Iterator[list[str]]:
        above: list[str] = []
        for row in rows:
            cells: list[str] = []
            for cell in self._kept(row):
                cells += self._cells(cell, above, len(cells))
            above = cells
            yield cells

    def _kept(self, row: Any) -> Iterator[Any]:
        return (cell for cell in _cells_of(row) if self._stays(cell, CELL_CHANGES))

    def _stays(self, element: Any, changes: Mapping[str, str]) -> bool:
        """Whether a row or cell is there once all changes are settled."""
        found = [
            how for place, how in changes.items() if element.find(place) is not None
        ]
        self._runs.changes += len(found)
        return self._gone not in found

    def _cells(self, cell: Any, above: list[str], column: int) -> list[str]:
        properties = cell.find(qn("w:tcPr"))
        merged = None if properties is None else properties.find(qn("w:vMerge"))
        is_continued = merged is not None and merged.get(qn("w:val")) != "restart"
        if is_continued and column < len(above):
            text = above[column]
        else:
            text = " ".join(block.text for block in self.blocks(cell))
        return [text] + [""] * (_span(properties) - 1)


def _rows_of(table: Any) -> Iterator[Any]:
    """Rows of this table, whatever content controls they stand in."""
    for row in table.iter(qn("w:tr")):
        if next(row.iterancestors(qn("w:tbl"))) is table:
            yield row


def _cells_of(row: Any) -> Iterator[Any]:
    for cell in row.iter(qn("w:tc")):
        if next(cell.iterancestors(qn("w:tr"))) is row:
            yield cell


def _width(row: Any) -> int:
    return sum(_span(cell.find(qn("w:tcPr"))) for cell in _cells_of(row))


def _text_boxes(paragraph: Any) -> Iterator[Any]:
    for box in paragraph.iter(qn("w:txbxContent")):
        is_copy = any(above.tag.endswith("}Fallback") for above in box.iterancestors())
        if not is_copy and next(box.iterancestors(qn("w:p"))) is paragraph:
            yield box


def _span(properties: Any) -> int:
    span = None if properties is None else properties.find(qn("w:gridSpan"))
    value = "1" if span is None else span.get(qn("w:val")) or "1"
    return min(int(value), 63) if value.isdecimal() else 1
