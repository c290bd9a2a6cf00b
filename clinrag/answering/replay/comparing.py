"""Finding where two things first differ.

Promises: pure; None exactly when they are equal; the smallest place otherwise. Tells
places and never words.
"""

from collections.abc import Sequence
from itertools import zip_longest


def first_byte(then: bytes, now: bytes) -> int | None:
    """The place of the first byte that differs, from 0."""
    if then == now:
        return None
    pairs = enumerate(zip(then, now, strict=False))
    found = (place for place, (old, new) in pairs if old != new)
    return next(found, min(len(then), len(now)))


def first_item(then: Sequence[object], now: Sequence[object]) -> int | None:
    """The place of the first item that differs, from 0; a missing one differs."""
    missing = object()
    pairs = enumerate(zip_longest(then, now, fillvalue=missing))
    return next((place for place, (old, new) in pairs if old != new), None)


def counted(number: int, noun: str) -> str:
    """So many of a thing, in words: "1 statement", "2 statements"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def recall_of(recorded: Sequence[object], exact: Sequence[object]) -> float:
    """The share of what an exact search finds that the recorded one had; 1 of none."""
    wanted = set(exact)
    return len(wanted & set(recorded)) / len(wanted) if wanted else 1.0
