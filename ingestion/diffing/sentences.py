"""A section's text as sentences.

Promises: the sentences joined give the text back, white space and all; list items,
table rows and headings stand alone; an abbreviation or a decimal ends nothing.
Will not: need a language model; what it cuts too finely is only shown so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

BREAK: Final = re.compile(
    r"\n\s*\n\s*"  # an empty line
    r"|\n(?=[ \t]*(?:[-*•|#>]|\d{1,3}[.)]\s))\s*"  # before an item, a row, a heading
    r"|(?<=[|:;])[ \t]*\n\s*"
    r"|(?<=[.!?…])[\"”»’')\]*_]*\s+(?=[\"“«‘'(\[*_]*[^\W_a-zà-ÿ])"
)
ABBREVIATION: Final = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|cf|approx|Dr|Mr|Mrs|Ms|Prof|St|No|no|n|fig|figs|Fig|ref|refs"
    r"|p|pp|al|etc|ca|max|min|vol|incl|resp|art|[A-Z])|\bp\.?\s?ex)\.$"
)
ITEM_NUMBER: Final = re.compile(r"^\s*[-*•(]?\s*\d{1,3}(?:\.\d+)*[.)]?\s*$")
TAIL: Final = 12
WORDS: Final = re.compile(r"[^\W_]+(?:[.,]\d+)*|[^\w\s]", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Text with the white space that follows; `wording` ignores how it is spaced."""

    text: str
    start: int
    wording: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def sentences_of(text: str) -> list[Sentence]:
    """Return the sentences in order."""
    found: list[Sentence] = []
    for start, end in _spans(text):
        part = text[start:end]
        found.append(Sentence(part, start, " ".join(part.split())))
    return found


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in BREAK.finditer(text):
        if _ends_sentence(text, start, found) and found.end() < len(text):
            yield start, found.end()
            start = found.end()
    if start < len(text):
        yield start, len(text)


def _ends_sentence(text: str, start: int, found: re.Match[str]) -> bool:
    if not text[start : found.start()].strip():
        return False
    if "\n" in found.group() and not text[: found.start()].endswith("."):
        return True
    before = text[max(start, found.start() - TAIL) : found.start()]
    if ABBREVIATION.search(before):
        return "\n\n" in found.group()
    return not ITEM_NUMBER.match(text[start : found.start()])
