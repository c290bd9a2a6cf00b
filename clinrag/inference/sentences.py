"""The statements of a passage: sentences, list items with their lead-in, table rows.

Promises: pure; every quote stands in the passage exactly as it is returned, and no
statement is cut inside a sentence. Does not choose among them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from clinrag.inference.types import EvidencePassage

LONGEST_LIST = 500

_ITEM = re.compile(r"^(?P<indent>[ \t]*)(?:[-*•–]|\d{1,2}[.)])[ \t]+(?=\S)")
_RULE = re.compile(r"^[ \t|:=_*-]*$")
# A full stop ends a sentence when white space and a capital, a digit or an opening
# mark follow, unless the word before it is an abbreviation or a single letter.
_END = re.compile(r"[.!?…][\"'”’)\]*_]*(?=\s+[\"'“‘(\[*_]*[A-ZÀ-ÖØ-Þ0-9])")
_ABBREVIATED = re.compile(
    r"\b(?:[A-Za-z]|e\.g|i\.e|approx|cf|dr|esp|etc|fig|incl|max|min|mr|mrs|ms|no|nos"
    r"|prof|ref|resp|st|tab|viz|vol|vs|al|ca|ed|eds|p\.ex|env|art|mme)\.$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """Something a passage says.

    `lead_in` is the line that a list item stands under, `line` where in the passage
    its line begins: statements of one paragraph share it.
    """

    passage: EvidencePassage
    quote: str
    lead_in: str = ""
    line: int = 0

    @property
    def text(self) -> str:
        """The statement as one line for reading."""
        return one_line(f"{self.lead_in} {self.quote}" if self.lead_in else self.quote)


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    indent: int | None  # of a list item; None for any other line


def statements_of(passage: EvidencePassage) -> tuple[Statement, ...]:
    """Return what the passage says, in reading order."""
    return tuple(
        statement
        for block in _blocks(_lines(passage.text))
        for statement in _of_block(passage, block)
    )


def one_line(text: str) -> str:
    """Return the text without list marks, table bars and line breaks."""
    lines = (_ITEM.sub("", line).strip().strip("|") for line in text.splitlines())
    return re.sub(r"\s+", " ", " ".join(lines)).strip()


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for line in text.splitlines(keepends=True):
        body = line.rstrip()
        if body and not _RULE.match(body):
            item = _ITEM.match(body)
            first = item.end() if item else len(body) - len(body.lstrip())
            indent = len(item["indent"].expandtabs()) if item else None
            yield _Line(start + first, start + len(body), indent)
        start += len(line)


def _blocks(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    """Group each list with the line before it; any other line stands alone."""
    block: list[_Line] = []
    for line in lines:
        if line.indent is None and block:
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _of_block(passage: EvidencePassage, block: list[_Line]) -> Iterator[Statement]:
    """Yield a short list whole with its lead-in, anything else line by line."""
    text = passage.text
    lead, items = block[0], block[1:]
    introduces = _introduces(text[lead.start : lead.end])
    if items and introduces and items[-1].end - lead.start <= LONGEST_LIST:
        yield Statement(passage, text[lead.start : items[-1].end], "", lead.start)
        return
    for number, line in enumerate(block):
        above = _line_above(block[:number], line)
        opening = text[above.start : above.end] if above else ""
        under = above is not None and (above.indent is not None or _introduces(opening))
        yield from _sentences(passage, line, lead_in=opening if under else "")


def _introduces(text: str) -> bool:
    return text.endswith((":", "…"))


def _line_above(before: list[_Line], line: _Line) -> _Line | None:
    """Return the line that a list item stands under: the last one less indented."""
    if line.indent is None:
        return None
    for other in reversed(before):
        if other.indent is None or other.indent < line.indent:
            return other
    return None


def _sentences(
    passage: EvidencePassage, line: _Line, *, lead_in: str
) -> Iterator[Statement]:
    text = passage.text[line.start : line.end]
    start = 0
    for end in [*_ends(text), len(text)]:
        quote = text[start:end].strip()
        if quote:
            yield Statement(passage, quote, lead_in, line.start)
        start = end


def _ends(text: str) -> Iterator[int]:
    for match in _END.finditer(text):
        stop = match.start() + 1
        if text[match.start()] != "." or not _ABBREVIATED.search(text[:stop]):
            yield match.end()
