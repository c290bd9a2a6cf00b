"""Comparing texts that differ only in typography, without losing where they stand.

Promises: pure; every folded character knows the span of the original it came
from, so a match found in folded text is returned as a span of the original.
Superscripts and fractions are left alone: folding 10⁹ to 109 or 1½ to 11/2 would
turn one dose into another.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_SAME = str.maketrans(
    {
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "–": "-",
        "—": "-",
        "−": "-",
        "‘": "'",
        "’": "'",
        "‛": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "μ": "µ",
    }
)
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
_KEPT = ("<super>", "<fraction>")
# In ASCII nothing else is folded: white space but single blanks.
_UNEVEN = re.compile(r"\s\s|[^\S ]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; character i came from `original[starts[i]:ends[i]]`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original behind `text[start:end]` (not empty)."""
        return self.starts[start], self.ends[end - 1]


def fold(original: str) -> Folded:
    """Compatibility forms, dashes, quotes and runs of white space made alike."""
    if _is_even(original):
        length = len(original)
        return Folded(original, tuple(range(length)), tuple(range(1, length + 1)))
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end, folded in _clusters(original):
        for char in folded:
            if char == " " and chars and chars[-1] == " ":
                ends[-1] = end
                continue
            chars.append(char)
            starts.append(start)
            ends.append(end)
    return Folded("".join(chars), tuple(starts), tuple(ends))


def fold_text(original: str) -> str:
    """The folded text alone, without white space at its ends."""
    return (original if _is_even(original) else fold(original).text).strip()


def find_span(haystack: Folded, needle: str) -> tuple[int, int] | None:
    """Where `needle` first stands in the original, or None.

    A match may not begin or end inside a word or a number: the quote "5 mg" does
    not stand in "25 mg".
    """
    wanted = fold_text(needle)
    if not wanted:
        return None
    start = haystack.text.find(wanted)
    while start != -1:
        end = start + len(wanted)
        if _is_whole(haystack.text, start, end):
            return haystack.original_span(start, end)
        start = haystack.text.find(wanted, start + 1)
    return None


def _is_even(text: str) -> bool:
    """Whether folding would change nothing: so is most text."""
    return text.isascii() and _UNEVEN.search(text) is None


def _clusters(text: str) -> Iterator[tuple[int, int, str]]:
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        yield start, end, _fold_cluster(text[start:end])
        start = end


def _fold_cluster(cluster: str) -> str:
    if cluster.isspace():
        return " "
    if cluster.isascii():
        return cluster  # most text: nothing below changes it
    if cluster in _INVISIBLE:
        return ""
    if unicodedata.decomposition(cluster[0]).startswith(_KEPT):
        return cluster
    folded = unicodedata.normalize("NFKC", cluster).translate(_SAME)
    return "".join(" " if char.isspace() else char for char in folded)


def _is_whole(text: str, start: int, end: int) -> bool:
    return not (_joined(text, start) or _joined(text, end))


def _joined(text: str, position: int) -> bool:
    """Whether `position` cuts a word or a decimal number in two."""
    if position in (0, len(text)):
        return False
    before, after = text[position - 1], text[position]
    if before.isalnum() and after.isalnum():
        return True
    return _cuts_decimal(text, position)


def _cuts_decimal(text: str, position: int) -> bool:
    before, after = text[position - 1], text[position]
    if before in ".," and after.isdigit():
        return position > 1 and text[position - 2].isdigit()
    follows = text[position + 1 : position + 2]
    return before.isdigit() and after in ".," and follows.isdigit()
