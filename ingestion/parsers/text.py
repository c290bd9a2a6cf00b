"""Plain text into blocks: blank lines separate, short bare lines are headings.

Promises: every word is kept, in order.
Will not: see tables, or headings that look like any other line.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from ingestion.parsers.decoding import decode
from ingestion.parsers.limits import ParseLimits
from ingestion.parsers.wording import title_of
from ingestion.types import Block, BlockKind, ParsedDocument

PARSER: Final = "text/1"
HEADING_CHARACTERS: Final = 90
HASHES: Final = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
RULE: Final = re.compile(r"^\s*(={3,}|-{3,}|~{3,}|\*{3,})\s*$")
NUMBERED: Final = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+(?=[^\W\d_])(.+)$")
BULLET: Final = re.compile(r"^(\s*)(?:[-*•‣◦▪–]\s+|(?=(?:\d{1,2}|[a-z])[.)]\s))(.+)$")
SENTENCE_END: Final = re.compile(r"[.!?:;,]$")
INDENT: Final = 2
DEEPEST: Final = 5


def read(data: bytes, *, limits: ParseLimits) -> ParsedDocument:
    """Return paragraphs, list items and likely headings."""
    del limits  # the process as a whole is bounded
    text, warnings = decode(data)
    blocks = tuple(block for lines in _stretches(text) for block in _blocks(lines))
    return ParsedDocument(
        title=title_of(blocks),
        blocks=blocks,
        pages=None,
        warnings=warnings,
        parser=PARSER,
    )


def _stretches(text: str) -> Iterator[list[str]]:
    lines = text.replace("\f", "\n\n").splitlines()
    for blank, stretch in groupby(lines, key=lambda line: not line.strip()):
        if not blank:
            yield list(stretch)


def _blocks(lines: list[str]) -> Iterator[Block]:
    heading, rest = _heading(lines)
    if heading:
        yield heading
    held: list[str] = []
    for line in rest:
        if held and (BULLET.match(line) or HASHES.match(line)):
            yield _block(held)
            held = []
        held.append(line)
        if HASHES.match(line):
            yield _block(held)
            held = []
    if held:
        yield _block(held)


def _heading(lines: list[str]) -> tuple[Block | None, list[str]]:
    if len(lines) > 1 and RULE.match(lines[1]) and len(lines[0]) <= HEADING_CHARACTERS:
        level = 1 if "=" in lines[1] else 2
        return Block(BlockKind.HEADING, lines[0], level=level), lines[2:]
    if RULE.match(lines[0]):
        return None, lines[1:]
    level = _bare_level(lines[0]) if len(lines) == 1 else 0
    if level:
        return Block(BlockKind.HEADING, lines[0], level=level), []
    return None, lines


def _bare_level(line: str) -> int:
    """Return the level of a line that stands alone and looks like a heading, or 0."""
    text = line.strip()
    if len(text) > HEADING_CHARACTERS or SENTENCE_END.search(text):
        return 0
    numbered = NUMBERED.match(text)
    if numbered and numbered[2][:1].isupper():
        return min(numbered[1].count(".") + 2, DEEPEST)
    letters = [letter for letter in text if letter.isalpha()]
    is_shouted = len(letters) > INDENT and text == text.upper() != text.lower()
    return 2 if is_shouted else 0


def _block(lines: list[str]) -> Block:
    first = lines[0]
    hashes = HASHES.match(first)
    if hashes:
        return Block(BlockKind.HEADING, hashes[2], level=len(hashes[1]))
    if all(line.lstrip().startswith("|") for line in lines) and len(lines) > 1:
        return Block(BlockKind.TABLE, "\n".join(line.strip() for line in lines))
    bullet = BULLET.match(first)
    if bullet:
        level = min(len(bullet[1].expandtabs(4)) // INDENT, DEEPEST)
        text = " ".join([bullet[2], *lines[1:]])
        return Block(BlockKind.LIST_ITEM, text, level=level)
    return Block(BlockKind.PARAGRAPH, " ".join(lines))
