"""Word marks between two texts.

Promises: exact: equal and deleted marks spell the old text, equal and inserted
marks the new one. Lines that are the same are not looked into, so that long
sections stay quick. Words that are only spaced otherwise (a non-breaking or thin
space, another line break) are equal; only the white space is marked then.
Will not: mark parts of words.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

LINE: Final = re.compile(r"[^\n]*\n+|[^\n]+")
# A range is one word: "50 to 100 to 200" with two marks in it cannot be read.
TOKEN: Final = re.compile(
    r"(?:\d+(?:[.,/–-]\d+)*(?:\s(?:to|à)\s\d+(?:[.,]\d+)*)?|[^\W\d_]+|.)\s*|\s+",
    re.DOTALL,
)
MATCHING_PAIRS: Final = 300_000


class WordOp(StrEnum):
    """What became of the words."""

    EQUAL = "equal"
    DELETE = "delete"
    INSERT = "insert"


@dataclass(frozen=True, slots=True)
class WordMark:
    """Words that share a fate."""

    op: WordOp
    text: str


def mark_words(old: str, new: str) -> tuple[WordMark, ...]:
    """Return the marks in order; within a replacement, deletions come first."""
    old_lines, new_lines = LINE.findall(old), LINE.findall(new)
    marks: list[WordMark] = []
    for tag, i1, i2, j1, j2 in opcodes(old_lines, new_lines):
        before, after = "".join(old_lines[i1:i2]), "".join(new_lines[j1:j2])
        if tag == "equal":
            marks.append(WordMark(WordOp.EQUAL, before))
        else:
            marks += _within(TOKEN.findall(before), TOKEN.findall(after))
    return merged(marks)


def _within(old: Sequence[str], new: Sequence[str]) -> Iterator[WordMark]:
    old_words, new_words = _bare(old), _bare(new)
    for tag, i1, i2, j1, j2 in opcodes(old_words, new_words):
        if tag == "equal":
            for before, after in zip(old[i1:i2], new[j1:j2], strict=True):
                yield from _respaced(before, after)
        else:
            yield from _replaced("".join(old[i1:i2]), "".join(new[j1:j2]))


def _bare(tokens: Sequence[str]) -> list[str]:
    return [token.rstrip() for token in tokens]


def _respaced(before: str, after: str) -> Iterator[WordMark]:
    word = before.rstrip()
    if before == after:
        yield WordMark(WordOp.EQUAL, before)
        return
    if word:
        yield WordMark(WordOp.EQUAL, word)
    yield from _replaced(before[len(word) :], after[len(word) :])


def opcodes(
    old: Sequence[str], new: Sequence[str]
) -> list[tuple[str, int, int, int, int]]:
    """Return difflib's, or one replacement where those would take too long.

    Its time grows with the pairs of equal parts, and once more with their number.
    """
    counts = Counter(new)
    if sum(counts[part] for part in old) > MATCHING_PAIRS:
        return [("replace", 0, len(old), 0, len(new))]
    return list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())


def _replaced(before: str, after: str) -> Iterator[WordMark]:
    if before:
        yield WordMark(WordOp.DELETE, before)
    if after:
        yield WordMark(WordOp.INSERT, after)


def merged(marks: Iterable[WordMark]) -> tuple[WordMark, ...]:
    """Join neighbours of one kind; between two equal marks, deletions come first."""
    return tuple(_merged(marks))


def _merged(marks: Iterable[WordMark]) -> Iterator[WordMark]:
    deleted, inserted, equal = "", "", ""
    for mark in marks:
        if mark.op is WordOp.EQUAL:
            yield from _replaced(deleted, inserted)
            deleted, inserted = "", ""
            equal += mark.text
            continue
        if equal:
            yield WordMark(WordOp.EQUAL, equal)
            equal = ""
        deleted += mark.text if mark.op is WordOp.DELETE else ""
        inserted += mark.text if mark.op is WordOp.INSERT else ""
    if equal:
        yield WordMark(WordOp.EQUAL, equal)
    yield from _replaced(deleted, inserted)
