"""How alike two texts are by their words, and who is most like whom.

Promises: words that most of the texts share (the boilerplate under every
recommendation) count little; the most alike are paired first; deterministic.
Will not: compare every text with every other one: only those that share a rare word
are weighed, and never more than `COMPARISONS` of them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from types import MappingProxyType
from typing import Final

WORDS_TO_BE_ALIKE: Final = 5
# Weighing so many pairs takes about two seconds; beyond it only the rarest words lead
# from one text to another. All pairs of a thousand sections took hours and gigabytes.
COMPARISONS: Final = 60_000
COMMON_WEIGHT: Final = 0.15
SAME_TITLE: Final = 0.15
STRIPPED: Final = ".,;:!?()[]\"'*_“”«»"


# (minus the likeness, how far apart, place in the new texts, place in the old)
Graded = tuple[float, int, int, int]


@dataclass(frozen=True, slots=True)
class Bag:
    """The words of a text with their counts."""

    counts: Counter[str]
    total: int


def bag_of(wording: str) -> Bag:
    """Return the words without case and punctuation."""
    words = (word.strip(STRIPPED) for word in wording.casefold().split())
    counts = Counter(word for word in words if word)
    return Bag(counts, counts.total())


def most_alike(
    old: Sequence[Bag],
    new: Sequence[Bag],
    *,
    least: float,
    titles: tuple[Sequence[str], Sequence[str]] | None = None,
) -> list[tuple[int, int]]:
    """Return pairs of places, each place at most once, the most alike first."""
    weights = _weights(old, new)
    graded: list[Graded] = []
    for j, i in _candidates(old, new):
        grade = likeness(old[i], new[j], weights=weights)
        if titles and titles[0][i] == titles[1][j]:
            grade += SAME_TITLE
        if grade >= least:
            graded.append((-grade, abs(i - j), j, i))
    return _greedy(graded)


def _greedy(graded: Iterable[Graded]) -> list[tuple[int, int]]:
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    pairs: list[tuple[int, int]] = []
    for _, _, j, i in sorted(graded):
        if i not in taken_old and j not in taken_new:
            taken_old.add(i)
            taken_new.add(j)
            pairs.append((i, j))
    return pairs


def likeness(
    old: Bag,
    new: Bag,
    *,
    weights: Mapping[str, float] = MappingProxyType({}),
    fewest: int = WORDS_TO_BE_ALIKE,
) -> float:
    """Return the weight of the words both have by the mean weight of either: 0 to 1.

    Dice's coefficient over multisets (Dice 1945, Ecology 26:297). Texts of fewer words
    than `fewest` are like none.
    """
    if min(old.total, new.total) < max(fewest, 1):
        return 0.0
    both = _weight(old.counts & new.counts, weights)
    whole = _weight(old.counts, weights) + _weight(new.counts, weights)
    return 2 * both / whole if whole else 0.0


def _weight(counts: Counter[str], weights: Mapping[str, float]) -> float:
    return sum(n * weights.get(word, 1.0) for word, n in counts.items())


def _weights(old: Sequence[Bag], new: Sequence[Bag]) -> dict[str, float]:
    """Give each word the logarithm of how few texts of an edition have it."""
    weights: dict[str, float] = {}
    for bags in (old, new):
        texts = Counter(word for bag in bags for word in bag.counts)
        for word, n in texts.items():
            weight = COMMON_WEIGHT + log(len(bags) / n)
            weights[word] = min(weight, weights.get(word, weight))
    return weights


def _candidates(old: Sequence[Bag], new: Sequence[Bag]) -> Iterable[tuple[int, int]]:
    """Return places (new, old) that share a word, by the rarest, within the limit."""
    if len(old) * len(new) <= COMPARISONS:
        return [(j, i) for j in range(len(new)) for i in range(len(old))]
    holders: dict[str, list[int]] = {}
    for i, bag in enumerate(old):
        for word in bag.counts:
            holders.setdefault(word, []).append(i)
    share = max(1, COMPARISONS // len(new))
    return [(j, i) for j, bag in enumerate(new) for i in _led(bag, holders, share)]


def _led(bag: Bag, holders: Mapping[str, list[int]], share: int) -> list[int]:
    known = (holders[word] for word in bag.counts if word in holders)
    votes: Counter[int] = Counter()
    for places in sorted(known, key=lambda places: (len(places), places)):
        if len(places) > share:
            break
        votes.update(places)
    return [place for place, _ in votes.most_common(share)]
