"""Which section of the old edition is which of the new.

Promises: same path first, then same wording, then much the same words; each
section is in exactly one match.
Will not: match a section with two others, or parts of sections.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

ALIKE: Final = 0.6
WORDS_TO_BE_ALIKE: Final = 5
# Beyond so many pairs of sections none are held alike: it took hours and gigabytes.
COMPARISONS: Final = 250_000


@dataclass(frozen=True, slots=True)
class Section:
    """A run of passages under one path; `wording` ignores how text is spaced."""

    path: tuple[str, ...]
    text: str
    wording: str
    place: int


@dataclass(frozen=True, slots=True)
class Match:
    """A section in both editions, or in one of them."""

    old: Section | None
    new: Section | None
    is_moved: bool = False


def sections_of(passages: Iterable[Any]) -> list[Section]:
    """Group passages that follow each other under the same path."""
    runs = groupby(passages, key=lambda passage: tuple(passage.section_path))
    sections: list[Section] = []
    for path, run in runs:
        text = "\n\n".join(passage.text for passage in run)
        wording = " ".join(text.split())
        sections.append(Section(path, text, wording, place=len(sections)))
    return sections


def match_sections(old: Sequence[Section], new: Sequence[Section]) -> list[Match]:
    """Return matches in the order of the new edition, removed ones where they were."""
    pairs: dict[int, Section] = {}
    _pair(pairs, old, new, key=lambda section: (section.path, section.wording))
    _pair(pairs, old, new, key=lambda section: section.path)
    _pair(pairs, old, new, key=lambda section: section.wording)
    _pair_alike(pairs, old, new)
    steady = _steady([pairs[place].place for place in sorted(pairs)])
    matches = [
        Match(
            old=pairs.get(section.place),
            new=section,
            is_moved=_is_moved(pairs.get(section.place), section, steady),
        )
        for section in new
    ]
    return _with_removed(matches, old)


def _is_moved(old: Section | None, new: Section, steady: set[int]) -> bool:
    return old is not None and (old.path != new.path or old.place not in steady)


def _pair(
    pairs: dict[int, Section],
    old: Sequence[Section],
    new: Sequence[Section],
    *,
    key: Any,
) -> None:
    free: dict[Any, list[Section]] = {}
    for section in _free_old(pairs, old):
        free.setdefault(key(section), []).append(section)
    for section in _free_new(pairs, new):
        candidates = free.get(key(section))
        if candidates:
            pairs[section.place] = candidates.pop(0)


def _pair_alike(
    pairs: dict[int, Section], old: Sequence[Section], new: Sequence[Section]
) -> None:
    """Pair what was renamed and reworded at once: the most alike first."""
    befores = [(one.place, _bag(one)) for one in _free_old(pairs, old)]
    afters = [(one.place, _bag(one)) for one in _free_new(pairs, new)]
    if len(befores) * len(afters) > COMPARISONS:
        return
    graded = [
        (-grade, after_place, before_place)
        for after_place, after in afters
        for before_place, before in befores
        if (grade := _likeness(before, after)) >= ALIKE
    ]
    taken: set[int] = set()
    for _, after_place, before_place in sorted(graded):
        if after_place not in pairs and before_place not in taken:
            taken.add(before_place)
            pairs[after_place] = old[before_place]


def _free_old(pairs: dict[int, Section], old: Sequence[Section]) -> list[Section]:
    taken = {section.place for section in pairs.values()}
    return [section for section in old if section.place not in taken]


def _free_new(pairs: dict[int, Section], new: Sequence[Section]) -> list[Section]:
    return [section for section in new if section.place not in pairs]


def _bag(section: Section) -> Counter[str]:
    return Counter(section.wording.casefold().split())


def _likeness(first: Counter[str], second: Counter[str]) -> float:
    fewer, more = sorted((first.total(), second.total()))
    total = fewer + more
    if fewer < WORDS_TO_BE_ALIKE or 2 * fewer < ALIKE * total:
        return 0.0
    return 2 * (first & second).total() / total


def _steady(places: Sequence[int]) -> set[int]:
    """Return a longest run of places that rise: what is outside it has moved.

    Patience sorting, O(n log n).
    """
    tops: list[int] = []
    before: dict[int, int | None] = {}
    for place in places:
        pile = bisect_left(tops, place)
        before[place] = tops[pile - 1] if pile else None
        tops[pile : pile + 1] = [place]
    steady: set[int] = set()
    step = tops[-1] if tops else None
    while step is not None:
        steady.add(step)
        step = before[step]
    return steady


def _with_removed(matches: list[Match], old: Sequence[Section]) -> list[Match]:
    kept = {match.old.place for match in matches if match.old}
    after: dict[int, list[Match]] = {}
    anchor = -1
    for section in old:
        if section.place in kept:
            anchor = section.place
        else:
            after.setdefault(anchor, []).append(Match(old=section, new=None))
    whole = after.get(-1, [])
    for match in matches:
        whole.append(match)
        if match.old:
            whole += after.get(match.old.place, [])
    return whole
