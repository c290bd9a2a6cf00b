"""Lines of a PDF into headings, paragraphs, list items and tables.

Promises: every line's words are in exactly one block, in order; a word broken at
the end of a line is mended when the document itself shows how it is written.
Will not: reorder columns; PDFium's order is kept.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Final

from ingestion.parsers.pdf_lines import Line
from ingestion.types import Block, BlockKind

LARGER: Final = 1.15
SIZE_DIFFERS: Final = 0.12
GAP: Final = 1.25
SAME_LINE: Final = 0.25
INDENT: Final = 6.0
WIDE_LETTER: Final = 0.6
HEADING_CHARACTERS: Final = 240
BOLD_HEADING_CHARACTERS: Final = 120
DEEPEST_BY_SIZE: Final = 4
ENDS: Final = re.compile(r"[.!?;。؟][\"'”’)\]]*$")
NO_HEADING_END: Final = re.compile(r"[.;,]$")
BULLETS: Final = ("●•∙·■", "○◦o–—-", "▪▫‣⁃➢✓❖")
BULLET: Final = re.compile(r"^([●•∙·■○◦▪▫‣⁃➢✓❖]|[–—-](?=\s)|o(?=\s+[A-Z]))\s*(?=\S)")
ORDINAL: Final = re.compile(r"^(?:\(?\d{1,2}[.)]|\(?[a-z][.)])\s+\S")
BROKEN: Final = re.compile(r"(\w+)-$")
REST: Final = re.compile(r"^(\w+)")


@dataclass(slots=True)
class _Group:
    """Lines that make one block."""

    lines: list[Line] = field(default_factory=list)

    @property
    def first(self) -> Line:
        return self.lines[0]

    @property
    def last(self) -> Line:
        return self.lines[-1]


def blocks_of(lines: Sequence[Line]) -> list[Block]:
    """Return the blocks of all pages."""
    groups = list(_groups(lines))
    words = _Words(lines)
    sizes = _Sizes(lines, groups)
    return [_block(group, words, sizes) for group in groups]


# --- Which lines belong together ---------------------------------------------


def _groups(lines: Sequence[Line]) -> Iterator[_Group]:
    pitches = _pitches(lines)
    margins = _margins(lines)
    group = _Group()
    for line in lines:
        pitch = pitches.get(line.page, line.size)
        if group.lines and (
            _opens(group, line, pitch) or _was_ended(group.last, line, margins)
        ):
            yield group
            group = _Group()
        group.lines.append(line)
    if group.lines:
        yield group


def _pitches(lines: Sequence[Line]) -> dict[int, float]:
    """Return, for each page, the usual distance of one line from the next."""
    steps: dict[int, list[float]] = {}
    for before, after in pairwise(lines):
        step = before.bottom - after.bottom
        if before.page == after.page and step > before.size * SAME_LINE:
            steps.setdefault(after.page, []).append(step)
    return {page: median(found) for page, found in steps.items()}


def _margins(lines: Sequence[Line]) -> dict[tuple[int, int], float]:
    """Return how far to the right lines reach that begin at the same place."""
    margins: dict[tuple[int, int], float] = {}
    for line in lines:
        place = _place(line)
        margins[place] = max(margins.get(place, 0.0), line.right)
    return margins


def _place(line: Line) -> tuple[int, int]:
    return line.page, round(line.left / INDENT)


def _was_ended(last: Line, line: Line, margins: dict[tuple[int, int], float]) -> bool:
    """Whether the next word would have fitted on the last line, so it ended there."""
    if _runs_on(last, line) or abs(last.bottom - line.bottom) <= line.size * SAME_LINE:
        return False
    word = line.text.split(maxsplit=1)[0]
    needed = (len(word) + 2) * line.size * WIDE_LETTER
    return last.right + needed < margins[_place(last)]


def _opens(group: _Group, line: Line, pitch: float) -> bool:
    """Whether the line starts a block of its own."""
    last = group.last
    if last.is_table or line.is_table or last.page != line.page:
        return True
    step = last.bottom - line.bottom
    if abs(step) <= line.size * SAME_LINE:
        return False
    if _is_item(line) or _looks_different(last, line):
        return True
    if step < 0 or step > max(pitch, line.size) * GAP:
        return not _runs_on(last, line) or step > 0
    return _is_outdented(group, line) or _is_indented(last, line)


def _looks_different(last: Line, line: Line) -> bool:
    larger = max(last.size, line.size)
    differs = abs(last.size - line.size) > larger * SIZE_DIFFERS
    return differs or (last.is_bold != line.is_bold and bool(_ends_block(last)))


def _ends_block(last: Line) -> bool:
    return last.is_bold or bool(ENDS.search(last.text))


def _runs_on(last: Line, line: Line) -> bool:
    return line.text[:1].islower() and not ENDS.search(last.text)


def _is_outdented(group: _Group, line: Line) -> bool:
    return _is_item(group.first) and line.left < group.first.left - INDENT


def _is_indented(last: Line, line: Line) -> bool:
    is_inward = line.left > last.left + INDENT
    return is_inward and bool(ENDS.search(last.text)) and not _is_item(last)


def _is_item(line: Line) -> bool:
    return bool(BULLET.match(line.text) or ORDINAL.match(line.text))


# --- What a group is ---------------------------------------------------------


def _block(group: _Group, words: "_Words", sizes: "_Sizes") -> Block:
    page = group.first.page
    if group.first.is_table:
        return Block(BlockKind.TABLE, group.first.text, page=page)
    text = words.joined([line.text for line in group.lines])
    level = sizes.heading_level(group, text)
    if level:
        return Block(BlockKind.HEADING, text, level=level, page=page)
    bullet = BULLET.match(text)
    if bullet:
        depth = next(n for n, marks in enumerate(BULLETS) if bullet[1] in marks)
        item = text[bullet.end() :]
        return Block(BlockKind.LIST_ITEM, item, level=depth, page=page)
    if ORDINAL.match(text):
        return Block(BlockKind.LIST_ITEM, text, page=page)
    return Block(BlockKind.PARAGRAPH, text, page=page)


class _Sizes:
    """The size of running text, and the sizes above it that make headings."""

    def __init__(self, lines: Sequence[Line], groups: Sequence[_Group]) -> None:
        weighed: Counter[float] = Counter()
        for line in lines:
            weighed[line.size] += len(line.text)
        self._body = weighed.most_common(1)[0][0] if weighed else 0.0
        large = {group.first.size for group in groups if self._is_large(group)}
        self._levels = {
            size: min(rank, DEEPEST_BY_SIZE)
            for rank, size in enumerate(sorted(large, reverse=True), start=1)
        }

    def heading_level(self, group: _Group, text: str) -> int:
        if not any(character.isalpha() for character in text):
            return 0
        if self._is_large(group):
            return self._levels[group.first.size]
        is_short = len(text) <= BOLD_HEADING_CHARACTERS
        if not is_short or NO_HEADING_END.search(text) or BULLET.match(text):
            return 0
        if all(line.is_bold for line in group.lines):
            return max(self._levels.values(), default=0) + 1
        return 0

    def _is_large(self, group: _Group) -> bool:
        length = sum(len(line.text) for line in group.lines)
        return length <= HEADING_CHARACTERS and all(
            line.size >= self._body * LARGER and not line.is_table
            for line in group.lines
        )


class _Words:
    """How this document writes its words, to mend those broken by a line's end."""

    def __init__(self, lines: Sequence[Line]) -> None:
        text = "\n".join(line.text for line in lines).casefold()
        self._whole = set(re.findall(r"\w+(?!\w*-\n)", text))
        self._hyphened = set(re.findall(r"\w+-\w+", text))

    def joined(self, texts: Sequence[str]) -> str:
        joined = texts[0]
        for text in texts[1:]:
            joined = self._joined(joined, text)
        return joined

    def _joined(self, before: str, after: str) -> str:
        broken, rest = BROKEN.search(before), REST.match(after)
        if not broken or not rest:
            return f"{before} {after}"
        if self._keeps_hyphen(broken[1].casefold(), rest[1].casefold()):
            return before + after
        return before[:-1] + after

    def _keeps_hyphen(self, head: str, tail: str) -> bool:
        if not tail[0].isalpha() or not head[-1].isalpha():
            return True
        if f"{head}-{tail}" in self._hyphened:
            return True
        if head + tail in self._whole:
            return False
        return head in self._whole and tail in self._whole
