"""OpenDocument text into blocks: headings, lists, tables, text boxes and notes.

Promises: the archive is weighed before it is opened; no entity is resolved and no
link followed; hidden, white and dust-sized text is left out, with a warning where it
could be a trick; tracked changes are read as accepted or rejected and counted in a
warning, or refused, as the limits say; numbers stand before headings and items; cells
that span are laid out where a reader sees them; footnotes and endnotes are notes at the
end.
Will not: read comments, headers and footers, or tables of contents.
Element names: OpenDocument 1.3, part 3 (ISO/IEC 26300).
"""

import io
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from ingestion.errors import FileCorrupt, FileEncrypted
from ingestion.parsers.archive import BROKEN, check_archive
from ingestion.parsers.grids import MOST_COLUMNS, Cell, laid_out
from ingestion.parsers.limits import ParseLimits
from ingestion.parsers.odt_styles import Counter, Styles, named, whole
from ingestion.parsers.odt_words import BEGINS, ENDS, STYLE, Words
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

PARSER: Final = "opendocument/1"
CONTENT: Final = "content.xml"
STYLES: Final = "styles.xml"
MANIFEST: Final = "META-INF/manifest.xml"
HEADING: Final = named("text:h")
PARAGRAPH: Final = named("text:p")
LIST: Final = named("text:list")
ITEM: Final = named("text:list-item")
TABLE: Final = named("table:table")
ROW: Final = named("table:table-row")
CELL: Final = named("table:table-cell")
COLUMNS_SPANNED: Final = named("table:number-columns-spanned")
NOTE: Final = named("text:note")
NOTE_BODY: Final = named("text:note-body")
FURNITURE: Final = frozenset(
    {
        named("text:tracked-changes"),
        named("text:table-of-content"),
        named("text:illustration-index"),
        named("text:table-index"),
        named("text:alphabetical-index"),
        named("office:forms"),
        named("office:annotation"),
        named("text:sequence-decls"),
        named("table:shapes"),
    }
)
LEAST_ROWS: Final = 2
LEAST_COLUMNS: Final = 2
MOST_REPEATED_ROWS: Final = 50
DEEPEST: Final = 60  # of what contains; deeper nesting is no document
DEEPEST_HEADING: Final = 9


def read(data: bytes, *, limits: ParseLimits) -> ParsedDocument:
    """Return the body's blocks in order, then the notes; raises ParsingError."""
    check_archive(data, limits=limits)
    try:
        parts = _parts(data)
        body = parts[CONTENT].find(f"{named('office:body')}/{named('office:text')}")
        if body is None:
            raise FileCorrupt
        styles = Styles([parts[one] for one in (STYLES, CONTENT) if one in parts])
        reader = _Reader(styles, body, policy=limits.tracked_changes)
        blocks = [*reader.blocks(body), *reader.notes()]
    except (*BROKEN, etree.XMLSyntaxError, KeyError) as error:
        raise FileCorrupt from error
    return ParsedDocument(
        title=title_of(blocks),
        blocks=tuple(blocks),
        pages=None,
        warnings=tuple(reader.warnings()),
        parser=PARSER,
    )


def _parts(data: bytes) -> dict[str, Any]:
    """The roots of what is read of the archive; raises KeyError without content."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        if MANIFEST in names:
            manifest = _root(archive.read(MANIFEST))
            if next(manifest.iter(named("manifest:encryption-data")), None) is not None:
                raise FileEncrypted
        found = {CONTENT: _root(archive.read(CONTENT))}
        if STYLES in names:
            found[STYLES] = _root(archive.read(STYLES))
    return found


def _root(data: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    return etree.fromstring(data, parser)


class _Reader:
    """Walks the body's children, into what merely contains."""

    def __init__(self, styles: Styles, body: Any, *, policy: str) -> None:
        self._styles = styles
        self._policy = policy
        self._words = Words(
            styles,
            body.find(named("text:tracked-changes")),
            rejects=policy == TrackedChanges.REJECT,
        )
        self._headings = Counter(styles.outline)
        self._counters: dict[str, Counter] = {}
        self._last: dict[str, Counter] = {}
        self._notes: list[Any] = []

    def warnings(self) -> Iterator[ParseWarning]:
        if self._words.left_out_hidden:
            yield hidden_text_warning()
        if self._words.left_out_struck:
            yield struck_text_warning()
        yield from settled(self._words.changes, policy=self._policy)

    def notes(self) -> Iterator[Block]:
        """Footnotes and endnotes, in the order they are referred to."""
        while self._notes:
            bodies = [note.find(NOTE_BODY) for note in self._notes]
            self._notes = []
            for body in bodies:
                for block in () if body is None else self.blocks(body):
                    yield _as_note(block)

    def blocks(self, container: Any, depth: int = 0) -> Iterator[Block]:
        if depth > DEEPEST:
            raise FileCorrupt
        for element in container:
            if element.tag in {BEGINS, ENDS}:
                self._words.pass_by(element)
            elif element.get(named("text:display")) == "none":
                words = "".join(element.itertext()).strip()
                self._words.left_out_hidden |= bool(words)
            elif element.tag not in FURNITURE:
                yield from self._blocks_of(element, depth)

    def _blocks_of(self, element: Any, depth: int) -> Iterator[Block]:
        if element.tag in {HEADING, PARAGRAPH}:
            return self._paragraph(element, depth)
        if element.tag == LIST:
            return self._list(element, depth)
        if element.tag == TABLE:
            return self._table(element, depth)
        return self.blocks(element, depth + 1)

    def _paragraph(self, element: Any, depth: int) -> Iterator[Block]:
        text, apart = self._read(element)
        if text and element.tag == HEADING:
            yield self._heading(element, text)
        elif text:
            is_one = self._styles.is_recommendation(element.get(STYLE))
            yield Block(
                BlockKind.RECOMMENDATION if is_one else BlockKind.PARAGRAPH, text
            )
        yield from self._frames(apart, depth)

    def _read(self, element: Any) -> tuple[str, list[Any]]:
        """Its text, and what stands apart from it; notes are kept for the end."""
        text = one_line(self._words.text(element))
        apart = self._words.apart
        self._notes += [one for one in apart if one.tag == NOTE]
        return text, [one for one in apart if one.tag != NOTE]

    def _frames(self, frames: list[Any], depth: int) -> Iterator[Block]:
        for frame in frames:
            yield from self.blocks(frame, depth + 1)

    def _heading(self, element: Any, text: str) -> Block:
        level = _outline_level(element)
        start = element.get(named("text:start-value"))
        is_silent = element.get(named("text:is-list-header")) == "true"
        mark = ""
        if not is_silent:
            mark = self._headings.mark(
                level, start=None if start is None else whole(start, 1)
            )
        return Block(BlockKind.HEADING, mark + text, level=min(level, DEEPEST_HEADING))

    # --- Lists -----------------------------------------------------------------

    def _list(self, element: Any, depth: int) -> Iterator[Block]:
        style = element.get(STYLE) or self._styles.list_of(_first(element)) or ""
        goes_on = element.get(named("text:continue-numbering")) == "true"
        continued = self._counters.get(element.get(named("text:continue-list")) or "")
        counter = continued or (self._last.get(style) if goes_on else None)
        counter = counter or Counter(self._styles.levels(style))
        self._last[style] = counter
        self._counters[element.get(named("xml:id")) or ""] = counter
        yield from self._items(element, counter, level=1, depth=depth + 1)

    def _items(
        self, element: Any, counter: Counter, *, level: int, depth: int
    ) -> Iterator[Block]:
        if depth > DEEPEST:
            raise FileCorrupt
        for item in element:
            is_first = item.tag == ITEM
            start = item.get(named("text:start-value"))
            for child in item:
                if child.tag == LIST:
                    yield from self._items(
                        child, counter, level=level + 1, depth=depth + 1
                    )
                elif child.tag in {HEADING, PARAGRAPH}:
                    mark = ""
                    if is_first:
                        first = None if start is None else whole(start, 1)
                        mark = counter.mark(level, start=first)
                    is_first = False
                    yield from self._item(child, mark, level=level, depth=depth)
                else:
                    yield from self.blocks([child], depth + 1)

    def _item(
        self, element: Any, mark: str, *, level: int, depth: int
    ) -> Iterator[Block]:
        text, apart = self._read(element)
        if text and element.tag == HEADING:
            outline = min(_outline_level(element), DEEPEST_HEADING)
            yield Block(BlockKind.HEADING, mark + text, level=outline)
        elif text:
            yield Block(BlockKind.LIST_ITEM, mark + text, level=level - 1)
        yield from self._frames(apart, depth)

    # --- Tables ----------------------------------------------------------------

    def _table(self, table: Any, depth: int) -> Iterator[Block]:
        rows = [row for row in table.iter(ROW) if _owner(row) is table]
        if len(rows) < LEAST_ROWS or max(map(_width, rows)) < LEAST_COLUMNS:
            for cell in (cell for row in rows for cell in row.iterchildren(CELL)):
                yield from self.blocks(cell, depth + 1)  # a frame, not a table
            return
        texts = _trimmed(laid_out(list(self._rows(rows, depth))))
        if any(cell for row in texts for cell in row):
            yield Block(BlockKind.TABLE, markdown_table(texts))

    def _rows(self, rows: list[Any], depth: int) -> Iterator[list[Cell]]:
        for row in rows:
            cells = [
                cell
                for one in row.iterchildren(CELL)
                for cell in self._cells(one, depth)
            ]
            said = whole(row.get(named("table:number-rows-repeated")), 1)
            repeated = min(max(said, 1), MOST_REPEATED_ROWS)
            is_empty = not any(cell.text for cell in cells)
            yield from [cells] * (1 if is_empty else repeated)

    def _cells(self, cell: Any, depth: int) -> list[Cell]:
        text = " ".join(block.text for block in self.blocks(cell, depth + 1))
        columns = whole(cell.get(COLUMNS_SPANNED), 1)
        rows = whole(cell.get(named("table:number-rows-spanned")), 1)
        repeated = whole(cell.get(named("table:number-columns-repeated")), 1)
        return [Cell(text, columns, max(rows, 1))] * min(max(repeated, 1), MOST_COLUMNS)


def _outline_level(heading: Any) -> int:
    """From 1, however deep it says it is."""
    return max(whole(heading.get(named("text:outline-level")), 1), 1)


def _as_note(block: Block) -> Block:
    is_plain = block.kind is BlockKind.PARAGRAPH
    return Block(BlockKind.NOTE, block.text) if is_plain else block


def _first(element: Any) -> str | None:
    """The style of a list's first paragraph."""
    found = next(element.iter(PARAGRAPH, HEADING), None)
    name: str | None = None if found is None else found.get(STYLE)
    return name


def _owner(row: Any) -> Any:
    return next(row.iterancestors(TABLE))


def _width(row: Any) -> int:
    spanned = (cell.get(COLUMNS_SPANNED) for cell in row.iterchildren(CELL))
    return sum(max(whole(said, 1), 1) for said in spanned)


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    """Without empty rows, and the empty columns at the right."""
    width = max(
        (place for row in rows for place, text in enumerate(row, 1) if text), default=0
    )
    return [row[:width] for row in rows if any(row)]
