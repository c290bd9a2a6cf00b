"""Which words of a passage a quote leans on: its sentences, and what they stand under.

Promises: pure; spans are of the original text. "Do not use in:" is half of what its
item "- asthma" says, and a heading says what a sentence is about.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from clinrag.answering.folding import fold_text
from clinrag.inference.types import EvidencePassage

SHORTEST_BROKEN: Final = 40  # characters; a shorter line ends where its writer did
_SENTENCE_END = re.compile(
    r"[.!?][\"'”’)\]*_]*\s+(?=[\"'“‘(\[*_]*[^\W\d_a-zà-ÿ]|\d|[-*•])|\n"
)
_LIST_ITEM = re.compile(r"\s*(?:[-*•–]|\d{1,2}[.)]|[a-z][.)])\s")


@dataclass(frozen=True, slots=True)
class QuotedSpan:
    """Where a quote stands: `passage.text[start:end]`, in original characters."""

    passage_number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence that a quote touches, folded; `scope` is what may deny or restrict it.

    `context` are the lead-in, title and headings it stands under.
    """

    sentence: str
    scope: str
    context: str

    @property
    def all_words(self) -> str:
        return f"{self.context} {self.sentence}"


def places_of(
    spans: Sequence[QuotedSpan], passages: Mapping[int, EvidencePassage]
) -> tuple[Place, ...]:
    """The sentences quoted, each once, in the order of their spans."""
    found = {
        (span.passage_number, start): _place(passages[span.passage_number], start, end)
        for span in spans
        for start, end in _sentences(passages[span.passage_number].text, span)
    }
    return tuple(found.values())


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The span of the sentences or lines that `text[start:end]` lies in."""
    ends = list(_ends(text))
    left = max((stop for stop in ends if stop <= start), default=0)
    right = min((stop for stop in ends if stop >= end), default=len(text))
    return left, right


def lead_in(text: str, line_start: int) -> str:
    """The sentence ending in a colon that a list item at `line_start` belongs to."""
    if not _LIST_ITEM.match(text[line_start:]):
        return ""
    depth = _indent(text[line_start:])
    for line in reversed(text[:line_start].splitlines()):
        inside_list = _LIST_ITEM.match(line) and _indent(line) >= depth
        if not line.strip() or inside_list or _indent(line) > depth:
            continue
        return _last_sentence(line) if line.rstrip(" *_").endswith(":") else ""
    return ""


def _sentences(text: str, span: QuotedSpan) -> list[tuple[int, int]]:
    """Each sentence by itself."""
    left, right = sentence_around(text, span.start, span.end)
    bounds = [left, *(end for end in _ends(text) if left < end < right), right]
    return [(start, end) for start, end in pairwise(bounds) if text[start:end].strip()]


def _ends(text: str) -> Iterator[int]:
    """Where sentences end; a line that was only broken for print goes on."""
    for match in _SENTENCE_END.finditer(text):
        if match[0] != "\n" or not _goes_on(text, match.start()):
            yield match.end()


def _goes_on(text: str, line_end: int) -> bool:
    line = text[text.rfind("\n", 0, line_end) + 1 : line_end]
    following = text[line_end + 1 : line_end + 2]
    return len(line) >= SHORTEST_BROKEN and following.islower()


def _place(passage: EvidencePassage, start: int, end: int) -> Place:
    above = lead_in(passage.text, start)
    sentence = fold_text(passage.text[start:end])
    context = " ".join((above, passage.title, *passage.section_path))
    scope = f"{fold_text(above)} {sentence}".strip()
    return Place(sentence, scope, fold_text(context))


def _last_sentence(line: str) -> str:
    return line[sentence_around(line, len(line) - 1, len(line))[0] :]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
