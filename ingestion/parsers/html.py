"""HTML into blocks: the main content, as a browser would show it.

Promises: navigation, scripts, comments and attributes are no text; what style or
attribute hides is left out with a warning; digits set high stay high (10⁹); cells
that span rows or columns are laid out where a reader sees them.
Will not: load anything, run scripts, or apply stylesheets beyond simple hiding.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.parsers.decoding import decode
from ingestion.parsers.grids import Cell, laid_out
from ingestion.parsers.limits import ParseLimits
from ingestion.parsers.wording import (
    hidden_text_warning,
    markdown_table,
    one_line,
    struck_text_warning,
    superscript,
    title_of,
)
from ingestion.types import Block, BlockKind, ParsedDocument, ParseWarning

PARSER: Final = "selectolax/2"
CHARSET: Final = re.compile(
    rb"<meta[^>]*charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE
)
FURNITURE: Final = (
    "script, style, noscript, template, nav, footer, iframe, object, svg, math, "
    "canvas, audio, video, select, button, input, textarea, datalist, dialog, "
    "[role=navigation], [role=banner], [role=contentinfo], [role=search]"
)
MAIN: Final = ("main", "[role=main]", "article", "body")
STRUCK: Final = "del, s, strike"
HIDING: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0*\.?0+\s*(?:;|$)"
    r"|font-size\s*:\s*0*\.?[01]?(?:px|pt|em|rem|%)?\s*(?:;|$|!)"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}|clip\s*:\s*rect\(0|(?<!-)color\s*:\s*transparent",
    re.IGNORECASE,
)
COLOR: Final = re.compile(
    r"(?<![-\w])color\s*:\s*(#fff(?:fff)?\b|white\b)", re.IGNORECASE
)
BACKGROUND: Final = re.compile(r"background", re.IGNORECASE)
CONDITIONAL: Final = re.compile(r"@[^{;]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
RULE: Final = re.compile(r"([^{}@]+)\{([^{}]*)\}")
BLOCK_TAGS: Final = (
    "address article aside blockquote body center dd details div dl dt fieldset "
    "figcaption figure form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main ol p "
    "pre section summary table tbody td tfoot th thead tr ul caption"
)
BLOCKS: Final = frozenset(BLOCK_TAGS.split())
LISTS: Final = frozenset({"ul", "ol"})
HEADING: Final = re.compile(r"h([1-6])")


def read(data: bytes, *, limits: ParseLimits) -> ParsedDocument:
    """Return the blocks of the main content, in order."""
    del limits  # the process as a whole is bounded
    charset = CHARSET.search(data[:4096])
    text, warnings = decode(data, declared=charset[1].decode() if charset else None)
    tree = LexborHTMLParser(text)
    warnings += tuple(_strip(tree))
    reader = _Reader()
    root = _main(tree)
    if root is not None:
        reader.walk(root)
    return ParsedDocument(
        title=title_of(reader.blocks),
        blocks=tuple(reader.blocks),
        pages=None,
        warnings=warnings,
        parser=PARSER,
    )


# --- What is not shown -------------------------------------------------------


def _strip(tree: LexborHTMLParser) -> Iterator[ParseWarning]:
    hidden = list(_hidden(tree))
    struck = tree.css(STRUCK)
    if any(_words(node) for node in hidden):
        yield hidden_text_warning()
    if any(_words(node) for node in struck):
        yield struck_text_warning()
    _remove([*hidden, *struck, *tree.css(FURNITURE)])


def _remove(nodes: list[LexborNode]) -> None:
    """Remove each node once: what stands inside another goes with it."""
    doomed = {node.mem_id: node for node in nodes}
    outermost = [node for node in doomed.values() if not _is_inside(node, doomed)]
    for node in outermost:
        node.decompose()


def _is_inside(node: LexborNode, others: Mapping[int, LexborNode]) -> bool:
    above = node.parent
    while above is not None:
        if above.mem_id in others:
            return True
        above = above.parent
    return False


def _hidden(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    yield from tree.css("[hidden]")
    for node in tree.css("[style]"):
        if _hides(node.attributes.get("style") or ""):
            yield node
    for sheet in tree.css("style"):
        for selectors, rules in RULE.findall(CONDITIONAL.sub("", sheet.text())):
            if _hides(rules):
                yield from _selected(tree, selectors.strip())


def _hides(style: str) -> bool:
    if HIDING.search(style):
        return True
    return bool(COLOR.search(style)) and not BACKGROUND.search(style)


def _selected(tree: LexborHTMLParser, selectors: str) -> list[LexborNode]:
    if ":" in selectors:  # a state such as :hover says nothing about the page at rest
        return []
    try:
        return list(tree.css(selectors))
    except ValueError:
        return []


def _words(node: LexborNode) -> str:
    return node.text().strip()


def _main(tree: LexborHTMLParser) -> LexborNode | None:
    whole = len(tree.body.text()) if tree.body else 0
    for selector in MAIN:
        found = tree.css(selector)
        if len(found) == 1 and len(found[0].text()) * 2 >= whole:
            return found[0]
    return tree.body or tree.root


# --- What is shown -----------------------------------------------------------


@dataclass(slots=True)
class _Item:
    """An open list item: its mark, and where its block is once it has one."""

    mark: str
    level: int
    place: int | None = None


class _Reader:
    """Walks the tree without recursion; holds inline text until a block ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._held: list[str] = []
        self._items: list[_Item] = []
        self._ordinals: list[int | None] = []
        self._headings: list[int] = []
        self._recommended = 0
        self._raised = 0

    def walk(self, root: LexborNode) -> None:
        stack: list[tuple[LexborNode, bool]] = [(root, True)]
        while stack:
            node, enters = stack.pop()
            if node.tag == "-text":
                self._hold(node.text_content or "")
            elif not enters:
                self._leave(node)
            elif self._enter(node):
                stack.append((node, False))
                stack += [(child, True) for child in reversed(_children(node))]
        self._flush()

    def _hold(self, text: str) -> None:
        self._held.append(superscript(text) if self._raised else text)

    def _enter(self, node: LexborNode) -> bool:
        """Note where the walk stands; return whether to walk on inside."""
        tag = node.tag or ""
        if tag in BLOCKS:
            self._flush()
        if tag == "table" and _is_data(node):
            self.blocks.append(Block(BlockKind.TABLE, markdown_table(_rows(node))))
            return False
        if tag == "pre":
            self.blocks.append(Block(BlockKind.CODE, node.text()))
            return False
        if tag == "br":
            self._held.append(" ")
        self._note(node, tag)
        return True

    def _note(self, node: LexborNode, tag: str) -> None:
        heading = HEADING.fullmatch(tag)
        if heading:
            self._headings.append(int(heading[1]))
        elif tag in LISTS:
            start = node.attributes.get("start") or "1"
            first = int(start) if start.isdecimal() else 1
            self._ordinals.append(first if tag == "ol" else None)
        elif tag == "li":
            self._items.append(_Item(self._mark(), max(len(self._ordinals) - 1, 0)))
        self._raised += tag == "sup"
        self._recommended += _is_recommendation(node)

    def _mark(self) -> str:
        if not self._ordinals or self._ordinals[-1] is None:
            return ""
        self._ordinals[-1] += 1
        return f"{self._ordinals[-1] - 1}. "

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in BLOCKS:
            self._flush()
        if HEADING.fullmatch(tag):
            self._headings.pop()
        elif tag in LISTS:
            self._ordinals.pop()
        elif tag == "li":
            self._items.pop()
        self._raised -= tag == "sup"
        self._recommended -= _is_recommendation(node)

    def _flush(self) -> None:
        text = one_line("".join(self._held))
        self._held.clear()
        if not text:
            return
        if self._headings:
            self._heading(text)
        elif self._items:
            self._item(text)
        else:
            kind = BlockKind.PARAGRAPH
            kind = BlockKind.RECOMMENDATION if self._recommended else kind
            self.blocks.append(Block(kind, text))

    def _heading(self, text: str) -> None:
        self.blocks.append(Block(BlockKind.HEADING, text, level=self._headings[-1]))

    def _item(self, text: str) -> None:
        item = self._items[-1]
        if item.place is not None and item.place == len(self.blocks) - 1:
            block = self.blocks[item.place]
            self.blocks[item.place] = replace(block, text=f"{block.text} {text}")
            return
        mark = item.mark if item.place is None else ""
        item.place = len(self.blocks)
        self.blocks.append(Block(BlockKind.LIST_ITEM, mark + text, level=item.level))


def _children(node: LexborNode) -> list[LexborNode]:
    return list(node.iter(include_text=True))


def _is_recommendation(node: LexborNode) -> bool:
    return "recommendation" in (node.attributes.get("class") or "").lower().split()


def _is_data(table: LexborNode) -> bool:
    rows = _rows(table)
    is_wide = max((len(row) for row in rows), default=0) > 1
    return is_wide and len(rows) > 1 and len(table.css("table")) == 1


def _rows(table: LexborNode) -> list[list[str]]:
    return laid_out(
        [
            [
                Cell(_cell(cell), _span(cell, "colspan"), _span(cell, "rowspan"))
                for cell in row.css("th, td")
            ]
            for row in table.css("tr")
        ]
    )


def _span(cell: LexborNode, name: str) -> int:
    """Of how many columns or rows; 0 for all rows that are left."""
    said = (cell.attributes.get(name) or "1").strip()
    is_number = said.isascii() and said.isdigit() and len(said) <= len("65534")
    return int(said) if is_number else 1


def _cell(cell: LexborNode) -> str:
    reader = _Reader()
    reader.walk(cell)
    return " ".join(block.text for block in reader.blocks)
