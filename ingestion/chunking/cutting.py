"""Where a row of pieces is cut: where their own words say so, never by counting.

Promises: whether a cut stands between two pieces hangs on the pieces within a
budget of it, so that after an insertion the cuts fall back into step at once,
however long the row; every part is within the budget, save a piece that alone is
not. Will not: look at meaning, or balance the parts.

A piece opens a part when its hash is the lowest of all that begin within a third of
a budget around it; what is still too long is halved at the lowest hash of its
middle. Filling parts to the brim instead would move every later cut of a long list
or table when one row is added at its top.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final

WINDOWS_IN_BUDGET: Final = 3
OUTER_QUARTER: Final = 4


def key_of(text: str) -> bytes:
    """The hash that decides about a cut before this text."""
    return hashlib.sha256(text.encode()).digest()


def cuts(
    texts: Sequence[str],
    *,
    sizes: Sequence[int],
    budget: int,
    fits: Callable[[int, int], bool],
) -> list[tuple[int, int]]:
    """Return parts as (start, end), in order, that cover all texts.

    `sizes` and `budget` are in tokens; `fits(start, end)` has the last word.
    """
    if not texts:
        return []
    if fits(0, len(texts)):
        return [(0, len(texts))]
    keys = [key_of(text) for text in texts]
    ends = [0, *accumulate(sizes)]
    opening = _lowest_around(keys, ends[:-1], window=budget // WINDOWS_IN_BUDGET)
    far = [
        place for place in opening if ends[-1] - ends[place] >= budget // OUTER_QUARTER
    ]
    return [
        part
        for bounds in pairwise([0, *far, len(texts)])
        for part in _halved(*bounds, keys=keys, ends=ends, fits=fits)
    ]


def _lowest_around(
    keys: Sequence[bytes], starts: Sequence[int], *, window: int
) -> list[int]:
    """Places after the first whose key is the lowest within the window around.

    The first place counts as lowest of all: a part that short would be a crumb.
    """
    lower: list[int] = [0]  # places with ever higher keys: candidates of the left
    alive = [False] * len(keys)
    for place in range(1, len(keys)):
        while len(lower) > 1 and keys[lower[-1]] > keys[place]:
            beaten = lower.pop()
            if starts[place] - starts[beaten] < window:
                alive[beaten] = False
        alive[place] = starts[place] - starts[lower[-1]] >= window
        lower.append(place)
    return [place for place, lives in enumerate(alive) if lives]


def _halved(
    start: int,
    end: int,
    *,
    keys: Sequence[bytes],
    ends: Sequence[int],
    fits: Callable[[int, int], bool],
) -> Iterator[tuple[int, int]]:
    """Cut at the lowest key of the middle until every part fits."""
    waiting = [(start, end)]
    while waiting:
        first, last = waiting.pop()
        if last - first == 1 or fits(first, last):
            yield first, last
            continue
        middle = min(_middle(first, last, ends), key=keys.__getitem__)
        waiting += [(middle, last), (first, middle)]


def _middle(first: int, last: int, ends: Sequence[int]) -> Sequence[int]:
    """Places between the outer quarters by size; at least one, never the first."""
    length = ends[last] - ends[first]
    inner = [
        place
        for place in range(first + 1, last)
        if length <= OUTER_QUARTER * (ends[place] - ends[first]) <= 3 * length
    ]
    if inner:
        return inner
    target = ends[first] + length // 2
    return [min(range(first + 1, last), key=lambda one: abs(ends[one] - target))]
