"""Markdown (CommonMark with tables) into blocks.

Promises: the text a person reads: no emphasis marks, of a link its words, of a
picture nothing; front matter and comments are left out.
Will not: run or keep HTML; struck out or hidden text is left out with a warning.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingestion.parsers.decoding import decode
from ingestion.parsers.limits import ParseLimits
from ingestion.parsers.wording import (
    hidden_text_warning,
    markdown_table,
    struck_text_warning,
    superscript,
    title_of,
)
from ingestion.types import Block, BlockKind, ParsedDocument, ParseWarning

PARSER: Final = "markdown-it/1"
FRONT_MATTER: Final = re.compile(
    r"\A---[ \t]*\n(?:[A-Za-z_][\w-]*[ \t]*:.*\n|[ \t#-].*\n|\n){1,200}?"
    r"---[ \t]*(?:\n|\Z)"
)
HTML_NOISE: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE
)
HTML_TAG: Final = re.compile(r"</?[A-Za-z][^>]*>")
HIDDEN: Final = re.compile(
    r"<[^>]*(?:\shidden\b|display\s*:\s*none|visibility\s*:\s*hidden"
    r"|font-size\s*:\s*0|opacity\s*:\s*0)",
    re.IGNORECASE,
)


def read(data: bytes, *, limits: ParseLimits) -> ParsedDocument:
    """Return headings, paragraphs, list items, tables and code, in order."""
    del limits  # the process as a whole is bounded
    text, warnings = decode(data)
    source = FRONT_MATTER.sub("", text.replace("\r\n", "\n"), count=1)
    reader = _Reader()
    reader.walk(_markdown().parse(source))
    return ParsedDocument(
        title=title_of(reader.blocks),
        blocks=tuple(reader.blocks),
        pages=None,
        warnings=(*warnings, *dict.fromkeys(reader.warnings)),
        parser=PARSER,
    )


def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


class _Reader:
    """Walks the tokens once, knowing in which list, item and table it stands."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.warnings: list[ParseWarning] = []
        self._ordinals: list[int | None] = []  # one a list; None for bullets
        self._items: list[int | None] = []  # one an open item: where its block is
        self._rows: list[list[str]] | None = None
        self._heading = 0

    def walk(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            match token.type:
                case "inline":
                    self._text(self._inline(token.children or []))
                case "fence" | "code_block":
                    self.blocks.append(Block(BlockKind.CODE, token.content))
                case "html_block":
                    self._text(self._visible(token.content))
                case "heading_open":
                    self._heading = int(token.tag[1:])
                case "heading_close":
                    self._heading = 0
                case _:
                    self._list(token)
                    self._table(token)

    def _list(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self._ordinals.append(None)
            case "ordered_list_open":
                self._ordinals.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                self._ordinals.pop()
            case "list_item_open":
                self._items.append(None)
            case "list_item_close":
                self._items.pop()

    def _table(self, token: Token) -> None:
        match token.type:
            case "table_open":
                self._rows = []
            case "tr_open" if self._rows is not None:
                self._rows.append([])
            case "table_close":
                text = markdown_table(self._rows or [])
                self._rows = None
                self.blocks.append(Block(BlockKind.TABLE, text))

    def _text(self, text: str) -> None:
        if self._rows is not None:
            self._rows[-1].append(text)
        elif not text.strip():
            return
        elif self._heading:
            self.blocks.append(Block(BlockKind.HEADING, text, level=self._heading))
        elif self._items:
            self._item(text)
        else:
            self.blocks.append(Block(BlockKind.PARAGRAPH, text))

    def _item(self, text: str) -> None:
        place = self._items[-1]
        if place is not None and place == len(self.blocks) - 1:
            item = self.blocks[place]
            self.blocks[place] = replace(item, text=f"{item.text} {text}")
            return
        mark = self._next_mark() if place is None else ""
        self._items[-1] = len(self.blocks)
        level = len(self._ordinals) - 1
        self.blocks.append(Block(BlockKind.LIST_ITEM, mark + text, level=level))

    def _next_mark(self) -> str:
        ordinal = self._ordinals[-1]
        if ordinal is None:
            return ""
        self._ordinals[-1] = ordinal + 1
        return f"{ordinal}. "

    def _inline(self, tokens: Sequence[Token]) -> str:
        parts: list[str] = []
        struck, raised = 0, 0
        for token in tokens:
            raised += _raising(token)
            struck += {"s_open": 1, "s_close": -1}.get(token.type, 0)
            if struck and token.type == "s_open":
                self.warnings.append(struck_text_warning())
            if not struck:
                parts.append(superscript(_words(token)) if raised else _words(token))
        return "".join(parts)

    def _visible(self, html: str) -> str:
        told = HTML_NOISE.sub(" ", html)
        if HIDDEN.search(told):
            self.warnings.append(hidden_text_warning())
            return ""
        return HTML_TAG.sub(" ", told)


def _raising(token: Token) -> int:
    if token.type != "html_inline":
        return 0
    tag = token.content.lower()
    return 1 if tag.startswith("<sup") else -1 if tag.startswith("</sup") else 0


def _words(token: Token) -> str:
    match token.type:
        case "text" | "code_inline" | "text_special":
            return token.content
        case "softbreak" | "hardbreak":
            return " "
        case "html_inline" if token.content.lower().startswith("<br"):
            return " "
        case _:
            return ""
