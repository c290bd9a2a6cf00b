"""Numbers with their units, and which of them a change touched.

Promises: a quantity counts as changed when its number, its unit or its comparison
sign is in a changed mark, even if the rest of it stayed.
Will not: convert units, or know a dose from a date.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from ingestion.diffing.words import WordMark, WordOp

UNIT: Final = (
    r"(?:%|‰|°\s?[CF]|(?:milli|micro|kilo)?grams?|(?:milli)?lit(?:er|re)s?"
    r"|mcg|[mnkµμ]?g|[mdµμ]?[lL]|[mµμnp]?mol|mEq|MME|IU|units?|U|mmHg|kPa|bpm"
    r"|[mck]?m[²2]?|kcal|kJ|hours?|hrs?|h|minutes?|min|seconds?|days?|weeks?"
    r"|months?|years?|times?|tablets?|capsules?|puffs?|doses?|inhalers?|jours?"
    r"|semaines?|mois|heures?|ans|€|£|\$)"
)
PER: Final = r"(?:\s?/\s?(?:\d+\s?)?[^\W\d_]+[²2]?)*"
WORD_NUMBER: Final = (
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
)
QUANTITY: Final = re.compile(
    rf"(?:[<>≤≥~±]\s?)?\d+(?:[.,]\d+)*(?:\s?[-–/]\s?\d+(?:[.,]\d+)*)*"
    rf"(?:\s?{UNIT}(?![^\W\d_]){PER})?"
    rf"|{WORD_NUMBER}\s+{UNIT}(?![^\W\d_])",
    re.IGNORECASE,
)


def changed_quantities(marks: Sequence[WordMark]) -> tuple[tuple[str, str], ...]:
    """Pair the quantities of each change in order; what has no pair pairs with ""."""
    old = _Side(marks, WordOp.DELETE)
    new = _Side(marks, WordOp.INSERT)
    pairs: list[tuple[str, str]] = []
    for change in range(len(old.changes)):
        for before, after in zip_longest(
            old.touched(change), new.touched(change), fillvalue=""
        ):
            if _plain(before) != _plain(after):
                pairs.append((before, after))
    return tuple(pairs)


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


class _Side:
    """One of the two texts, with the span that each change has in it."""

    def __init__(self, marks: Sequence[WordMark], own: WordOp) -> None:
        self.changes: list[tuple[int, int]] = []
        text = ""
        was_equal = True
        for mark in marks:
            if mark.op is not WordOp.EQUAL and was_equal:
                self.changes.append((len(text), len(text)))
            if mark.op in {WordOp.EQUAL, own}:
                text += mark.text
            if mark.op is own:
                self.changes[-1] = (self.changes[-1][0], len(text))
            was_equal = mark.op is WordOp.EQUAL
        self._found = list(QUANTITY.finditer(text))
        self._told: set[int] = set()

    def touched(self, change: int) -> Iterator[str]:
        """Give the quantities that overlap the change and were not given before."""
        start, end = self.changes[change]
        for found in self._found:
            is_over = found.start() < end and found.end() > start
            is_around = start == end and found.start() < start < found.end()
            if (is_over or is_around) and found.start() not in self._told:
                self._told.add(found.start())
                yield found.group().strip()
