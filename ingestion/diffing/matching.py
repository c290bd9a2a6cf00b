"""Which section of the old edition is which of the new.

Promises: by what sections say, all that stands below them included, and only then
by their headings: a recommendation that got another number is found again, and one
that got another's number is not taken for it. Each section is in exactly one match.
Will not: match a section with two others; sentences that went from one into another
are found by `aligning`.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from typing import Any, Final

from ingestion.diffing.likeness import Bag, bag_of, most_alike
from ingestion.diffing.outline import Node, outline_of

ALIKE: Final = 0.6
ALIKE_WITHIN: Final = 0.45
ANCHOR_LENGTH: Final = 12
ONLY_A_NUMBER: Final = re.compile(
    r"(?:recommendations?|sections?|chapters?|recommandations?|chapitres?|statement"
    r"|item|step|étape|part|partie|[^\W\d_])?\s*[#(]?\d+(?:\.\d+)*[.):]?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Section:
    """A run of passages under one path; `wording` ignores how text is spaced."""

    path: tuple[str, ...]
    text: str
    wording: str
    place: int

    @property
    def anchor(self) -> str:
        """A name made of heading and words alone, for permanent links."""
        told = "\0".join((*self.path, self.wording)).encode()
        return f"s-{sha256(told).hexdigest()[:ANCHOR_LENGTH]}"


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
    pairs = _Pairs()
    pairs.take_nodes(outline_of(old), outline_of(new))
    pairs.take_leftovers(old, new)
    steady = steady_places([pairs.of[place].place for place in sorted(pairs.of)])
    matches = [
        Match(
            old=pairs.of.get(section.place),
            new=section,
            is_moved=_is_moved(pairs.of.get(section.place), section, steady),
        )
        for section in new
    ]
    return _with_removed(matches, old)


class _Pairs:
    """The old section of each new one, by the new one's place, as it is found."""

    def __init__(self) -> None:
        self.of: dict[int, Section] = {}
        self._taken: set[int] = set()

    def take(self, old: Section, new: Section) -> None:
        self.of[new.place] = old
        self._taken.add(old.place)

    def take_nodes(self, old: Node, new: Node) -> None:
        """Pair what two matched headings hold, then the headings below them."""
        for before, after in _in_step(old.sections, new.sections):
            self.take(before, after)
        for below_old, below_new in _matched(old.children, new.children):
            self.take_nodes(below_old, below_new)

    def take_leftovers(self, old: Sequence[Section], new: Sequence[Section]) -> None:
        """Pair across headings: the same words first, then much the same."""
        free: dict[str, list[Section]] = {}
        for before in self._free_old(old):
            free.setdefault(before.wording, []).append(before)
        for after in self._free_new(new):
            if same := free.get(after.wording):
                self.take(same.pop(0), after)
        befores, afters = self._free_old(old), self._free_new(new)
        found = most_alike(_bags(befores), _bags(afters), least=ALIKE)
        for place_old, place_new in found:
            self.take(befores[place_old], afters[place_new])

    def _free_old(self, old: Sequence[Section]) -> list[Section]:
        return [section for section in old if section.place not in self._taken]

    def _free_new(self, new: Sequence[Section]) -> list[Section]:
        return [section for section in new if section.place not in self.of]


def _bags(sections: Sequence[Section]) -> list[Bag]:
    return [bag_of(section.wording) for section in sections]


def _in_step(
    old: Sequence[Section], new: Sequence[Section]
) -> list[tuple[Section, Section]]:
    """Pair the runs of text under one heading: the same wording first, then by order.

    A lone run on both sides is one section reworded, whatever it says.
    """
    rest_old, pairs = list(old), []
    rest_new = []
    for after in new:
        same = next((one for one in rest_old if one.wording == after.wording), None)
        if same is None:
            rest_new.append(after)
        else:
            rest_old.remove(same)
            pairs.append((same, after))
    return pairs + list(zip(rest_old, rest_new, strict=False))


def _matched(old: Sequence[Node], new: Sequence[Node]) -> list[tuple[Node, Node]]:
    """Pair the headings below two matched ones, the surest first."""
    pairs: list[tuple[Node, Node]] = []
    rest_old, rest_new = list(old), list(new)
    for key in (_title_and_wording, _wording):
        _take_same(pairs, rest_old, rest_new, key=key)
    _take_alike(pairs, rest_old, rest_new, key=_wording)
    _take_alike(pairs, rest_old, rest_new, key=_own_wording)
    _take_same(pairs, rest_old, rest_new, key=_telling_title)
    return pairs


def _title_and_wording(node: Node) -> object:
    return node.title, node.wording


def _wording(node: Node) -> str:
    return node.wording


def _own_wording(node: Node) -> str:
    """Return what stands above the headings below: the recommendation itself."""
    return node.own_wording


def _telling_title(node: Node) -> object:
    """Return the title, unless it is only a number: numbers are given anew."""
    return None if ONLY_A_NUMBER.fullmatch(node.title.strip()) else node.title


def _take_same(
    pairs: list[tuple[Node, Node]],
    old: list[Node],
    new: list[Node],
    *,
    key: Callable[[Node], object],
) -> None:
    free: dict[Any, list[Node]] = {}
    for node in old:
        free.setdefault(key(node), []).append(node)
    for node in list(new):
        named = key(node)
        if named is not None and free.get(named):
            before = free[named].pop(0)
            pairs.append((before, node))
            old.remove(before)
            new.remove(node)


def _take_alike(
    pairs: list[tuple[Node, Node]],
    old: list[Node],
    new: list[Node],
    *,
    key: Callable[[Node], str],
) -> None:
    befores, afters = list(old), list(new)
    found = most_alike(
        [bag_of(key(node)) for node in befores],
        [bag_of(key(node)) for node in afters],
        least=ALIKE_WITHIN,
        titles=([node.title for node in befores], [node.title for node in afters]),
    )
    for i, j in found:
        pairs.append((befores[i], afters[j]))
        old.remove(befores[i])
        new.remove(afters[j])


def _is_moved(old: Section | None, new: Section, steady: set[int]) -> bool:
    return old is not None and (old.path != new.path or old.place not in steady)


def steady_places(places: Sequence[int]) -> set[int]:
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
