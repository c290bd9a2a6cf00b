"""Lines of a PDF into headings, paragraphs, list items and tables.

Promises: every line's words are in exactly one block, in order; a word broken at
the end of a line is mended when the document itself shows how it is written.
Will not: reorder columns; the order of the lines is kept.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Final

from ingestion.parsers.pdf_lines import Line, least_sure
from ingestion.types import Block, BlockKind, Box

LARGER: Final = 1.15
SIZE_DIFFERS: Final = 0.12
GAP: Final = 1.25
WIDEST_PITCH: Final = 2.6
SAME_LINE: Final = 0.25
INDENT: Final = 6.0
WIDEST_INDENT: Final = 45.0
APART: Final = 1.8
WIDE_LETTER: Final = 0.6
HEADING_CHARACTERS: Final = 240
BOLD_HEADING_CHARACTERS: Final = 120
DEEPEST_BY_SIZE: Final = 4
ENDS: Final = re.compile(r"[.!?;。؟][\"'”’)\]]*$")
NO_HEADING_END: Final = re.compile(r"[.;,]$")
BULLETS: Final = ("●•∙·■\uf0b7", "○◦o–—-\uf06f", "▪▫‣⁃➢✓❖\uf0a7\uf0d8\uf0fc")
BULLET: Final = re.compile(
    r"^([●•∙·■○◦▪▫‣⁃➢✓❖\uf0b7\uf06f\uf0a7\uf0d8\uf0fc]|[–—-](?=\s)|o(?=\s+[A-Z]))"
    r"\s*(?=\S)"
)
ORDINAL: Final = re.compile(r"^(?:\(?\d{1,2}[.)]|\(?[a-z][.)])\s+\S")
REFERS: Final = re.compile(
    r"\b(?:recommendations?|tables?|fig(?:ure|\.)?s?|box(?:es)?|sections?|chapters?"
    r"|steps?|see|of|and|or|to|than|at|by|in|with)$",
    re.IGNORECASE,
)
DASH: Final = re.compile(r"^[–—-]\s")
ENDS_ITEM: Final = re.compile(r"[.!?;:,][\"'”’)\]]*$")
CLOSES: Final = re.compile(r"^(?:\d{1,2}|[a-z])\)")
NOTE_SIZE: Final = 0.94
NOTE_ZONE: Final = 0.35
NOTE_MARK: Final = re.compile(
    r"^(?:[*†‡§¶¥#⁰¹²³⁴-⁹ᵃ-ᵛ]|notes?\b|sources?:|abbreviations?\b)", re.IGNORECASE
)
NUMBERED_NOTE: Final = re.compile(r"^\[?\d{1,3}[\].]?\s+\S")
BROKEN: Final = re.compile(r"\w+(?=-$)")
# Possessive, and only from a word's first letter: this reads the whole document.
WHOLE: Final = re.compile(r"\w++(?!-\n)")
HYPHENED: Final = re.compile(r"\b\w++-\w+")
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
    return _notes_after_sentences([_block(group, words, sizes) for group in groups])


# --- Which lines belong together ---------------------------------------------


def _groups(lines: Sequence[Line]) -> Iterator[_Group]:
    pitches = _pitches(lines)
    margins = _margins(lines)
    group = _Group()
    for place, line in enumerate(lines):
        follower = lines[place + 1] if place + 1 < len(lines) else None
        pitch = max(pitches.get(line.page, line.size), _rhythm(group, line, follower))
        if group.lines and (
            _opens(group, line, pitch) or _was_ended(group.last, line, margins)
        ):
            yield group
            group = _Group()
        group.lines.append(line)
    if group.lines:
        yield group


def _rhythm(group: _Group, line: Line, follower: Line | None) -> float:
    """Return the step of the lines round this one, if they go on evenly."""
    steps = [0.0]
    if len(group.lines) > 1:
        steps.append(group.lines[-2].bottom - group.last.bottom)
    if (
        follower is not None
        and group.lines
        and follower.page == line.page == group.last.page
        and abs(follower.left - line.left) <= INDENT
        and abs(line.left - group.last.body) <= WIDEST_INDENT
        and group.last.size == line.size == follower.size
    ):
        steps.append(line.bottom - follower.bottom)
    return min(max(steps), line.size * WIDEST_PITCH)


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
    if _begins_item(group, line) or _looks_different(last, line):
        return True
    if step < 0 or step > max(pitch, line.size) * GAP:
        return not _runs_on(last, line) or step > 0
    return _is_outdented(group, line) or _is_indented(last, line)


def _looks_different(last: Line, line: Line) -> bool:
    larger = max(last.size, line.size)
    if abs(last.size - line.size) > larger * SIZE_DIFFERS:
        return True
    if last.is_bold == line.is_bold:
        return line.is_bold and _stands_apart(last, line)
    return _ends_block(last) and not _runs_on(last, line)


def _stands_apart(last: Line, line: Line) -> bool:
    """Whether two bold lines are two headings: far apart, and centred each."""
    if _is_item(last) or _runs_on(last, line):
        return False
    is_far = last.bottom - line.bottom > APART * line.size
    return is_far and abs(line.left - last.body) > INDENT


def _ends_block(last: Line) -> bool:
    return last.is_bold or bool(ENDS.search(last.text))


def _runs_on(last: Line, line: Line) -> bool:
    goes_on = line.text[:1].islower() or line.text[:1] == "("
    return goes_on and not ENDS.search(last.text)


def _is_outdented(group: _Group, line: Line) -> bool:
    return _is_item(group.first) and line.left < group.first.left - INDENT


def _is_indented(last: Line, line: Line) -> bool:
    is_inward = line.left > last.left + INDENT
    return is_inward and bool(ENDS.search(last.text)) and not _is_item(last)


def _is_item(line: Line) -> bool:
    return line.mark == "o" or bool(BULLET.match(line.text) or ORDINAL.match(line.text))


def _begins_item(group: _Group, line: Line) -> bool:
    """Whether the line is an item, not a figure that the sentence ends with."""
    if not _is_item(line):
        return False
    if DASH.match(line.text) and abs(line.left - group.last.body) <= INDENT:
        return bool(ENDS_ITEM.search(group.last.text)) or _is_item(group.first)
    if BULLET.match(line.text) or line.mark == "o":
        return True
    if CLOSES.match(line.text) and _is_open(group):
        return False
    return not REFERS.search(group.last.text)


def _is_open(group: _Group) -> bool:
    opened = sum(line.text.count("(") - line.text.count(")") for line in group.lines)
    return opened > 0


# --- What a group is ---------------------------------------------------------


def _block(group: _Group, words: "_Words", sizes: "_Sizes") -> Block:
    first = group.first
    if first.is_table:
        return Block(
            BlockKind.TABLE,
            first.text,
            page=first.page,
            boxes=first.boxes,
            confidence=first.confidence,
        )
    text, starts = words.joined([line.text for line in group.lines])
    kind, level, begin = _kind(group, text, sizes)
    return Block(
        kind,
        text[begin:],
        level=level,
        page=first.page,
        boxes=_boxes(group, [start - begin for start in starts], len(text) - begin),
        confidence=least_sure(line.confidence for line in group.lines),
    )


def _kind(group: _Group, text: str, sizes: "_Sizes") -> tuple[BlockKind, int, int]:
    """Return the kind, the level, and where the text begins without its bullet."""
    if sizes.is_note(group, text):
        return BlockKind.NOTE, 0, 0
    level = sizes.heading_level(group, text)
    if level:
        return BlockKind.HEADING, level, 0
    if group.first.mark == "o":
        return BlockKind.LIST_ITEM, 1, len("o ")
    bullet = BULLET.match(text)
    if bullet:
        depth = next(n for n, marks in enumerate(BULLETS) if bullet[1] in marks)
        return BlockKind.LIST_ITEM, depth, bullet.end()
    is_item = bool(ORDINAL.match(text))
    return (BlockKind.LIST_ITEM if is_item else BlockKind.PARAGRAPH), 0, 0


def _boxes(group: _Group, starts: Sequence[int], length: int) -> tuple[Box, ...]:
    ends = [*starts[1:], length]
    return tuple(
        Box(
            line.page,
            round(line.left, 1),
            round(line.bottom, 1),
            round(line.right, 1),
            round(line.top, 1),
            max(start, 0),
            end,
        )
        for line, start, end in zip(group.lines, starts, ends, strict=True)
    )


def _notes_after_sentences(blocks: Sequence[Block]) -> list[Block]:
    """Let a paragraph run on over the page before the notes that stand between."""
    ordered: list[Block] = []
    notes: list[Block] = []
    for block in blocks:
        if block.kind is BlockKind.NOTE:
            notes.append(block)
            continue
        if notes and not (ordered and _continues(ordered[-1], block)):
            ordered += notes
            notes = []
        ordered.append(block)
    return ordered + notes


def _continues(before: Block, block: Block) -> bool:
    return (
        block.kind is BlockKind.PARAGRAPH
        and before.kind in {BlockKind.PARAGRAPH, BlockKind.LIST_ITEM}
        and block.page == (before.page or 0) + 1
        and block.text[:1].islower()
        and not ENDS.search(before.text)
    )


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

    def is_note(self, group: _Group, text: str) -> bool:
        if group.first.size > self._body * NOTE_SIZE or group.first.is_bold:
            return False
        if NOTE_MARK.match(text):
            return True
        return group.first.zone < NOTE_ZONE and bool(NUMBERED_NOTE.match(text))

    def _is_large(self, group: _Group) -> bool:
        length = sum(len(line.text) for line in group.lines)
        return length <= HEADING_CHARACTERS and all(
            line.size >= self._body * LARGER and not line.is_table
            for line in group.lines
        )


def _broken(text: str) -> str:
    """Return the word that a hyphen breaks at the end of the text, or nothing."""
    if not text.endswith("-"):  # nearly always; a search would read it all
        return ""
    found = BROKEN.search(text, text.rfind(" ") + 1)
    return found[0] if found else ""


class _Words:
    """How this document writes its words, to mend those broken by a line's end."""

    def __init__(self, lines: Sequence[Line]) -> None:
        text = "\n".join(line.text for line in lines).casefold()
        self._whole = set(WHOLE.findall(text))
        self._hyphened = set(HYPHENED.findall(text))

    def joined(self, texts: Sequence[str]) -> tuple[str, list[int]]:
        """Return one text, and where in it each of the texts begins."""
        joined, starts = texts[0], [0]
        for text in texts[1:]:
            joined = self._joined(joined, text)
            starts.append(len(joined) - len(text))
        return joined, starts

    def _joined(self, before: str, after: str) -> str:
        broken, rest = _broken(before), REST.match(after)
        if not broken or not rest:
            return f"{before} {after}"
        if self._keeps_hyphen(broken.casefold(), rest[1].casefold()):
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
