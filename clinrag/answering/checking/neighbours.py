"""Whether an amount stands beside the same words in the claim as in its source.

Promises: pure. "10 mg of one and 20 mg of the other" holds both numbers of "20 mg of
one": an amount is out of place when the words around it in the claim stand rather
around another amount of its kind in the source.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from clinrag.answering.quantities import Quantity, plainly, quantities
from clinrag.answering.wording import content_stems

OUT_OF_PLACE: Final = "number_of_something_else"
NEIGHBOURS: Final = 4  # content words on either side
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*|\d+")


@dataclass(frozen=True, slots=True)
class _Seated:
    amount: Quantity
    stems: frozenset[str]


def out_of_place(claim: str, sentences: Iterable[str]) -> bool:
    """Whether an amount of the claim belongs to other words in the source."""
    theirs = [seat for text in sentences for seat in _seated(text)]
    return any(_belongs_elsewhere(mine, theirs) for mine in _seated(claim))


def _belongs_elsewhere(mine: _Seated, theirs: Sequence[_Seated]) -> bool:
    kind = [one for one in theirs if one.amount.dimension is mine.amount.dimension]
    own = [
        _shared(mine, one) for one in kind if one.amount.values == mine.amount.values
    ]
    other = [
        _shared(mine, one) for one in kind if one.amount.values != mine.amount.values
    ]
    return bool(own and other) and max(other) > max(own)


def _shared(mine: _Seated, other: _Seated) -> int:
    return len(mine.stems & other.stems)


def _seated(text: str) -> list[_Seated]:
    """Each amount with the content words around it, up to the next amount."""
    amounts, text = quantities(text), plainly(text)
    bounds = [0, *(one.end for one in amounts), len(text)]
    found = []
    for number, one in enumerate(amounts):
        before = text[bounds[number] : one.start]
        following = amounts[number + 1].start if number + 1 < len(amounts) else None
        found.append(_Seated(one, _near(before, text[one.end : following])))
    return found


def _near(before: str, after: str) -> frozenset[str]:
    left = [stem for word in _TOKEN.findall(before) for stem in content_stems(word)]
    right = [stem for word in _TOKEN.findall(after) for stem in content_stems(word)]
    return frozenset([*left[-NEIGHBOURS:], *right[:NEIGHBOURS]])
