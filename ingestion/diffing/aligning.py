"""Which sentence of the old edition is which of the new.

Promises: within a section sentences keep their order; what stands in one edition
alone is looked for in all other sections by its words, so that a recommendation that
was merged into another, or split, is found where it went; each sentence has at most
one counterpart.
Will not: look for sentences of a few words elsewhere before they were compared with
what stands in their place ("Yes." and "No." have not changed places).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ingestion.diffing.likeness import Bag, bag_of, likeness, most_alike
from ingestion.diffing.matching import Match, steady_places
from ingestion.diffing.sentences import Sentence, sentences_of
from ingestion.diffing.words import opcodes

REWORDED: Final = 0.4
REPLACED: Final = 0.25
REWORDED_ELSEWHERE: Final = 0.65
WORDS_TO_MOVE: Final = 4
# Weighing every sentence of a block with every other: beyond it only the likeliest.
PAIRS: Final = 4_000
DIGITS: Final = re.compile(r"\d+(?:[.,]\d+)*")

Place = tuple[int, int]  # (number of the match, number of the sentence in it)
Pair = tuple[int, int]


@dataclass(slots=True)
class Aligned:
    """The sentences of one match and what became of each of them."""

    old: list[Sentence]
    new: list[Sentence]
    pairs: list[Pair] = field(default_factory=list)
    blocks: list[tuple[int, int, int, int]] = field(default_factory=list)
    moved_to: dict[int, Place] = field(default_factory=dict)
    moved_from: dict[int, Place] = field(default_factory=dict)

    def lone_old(self) -> list[int]:
        paired = {i for i, _ in self.pairs} | self.moved_to.keys()
        return [i for i in range(len(self.old)) if i not in paired]

    def lone_new(self) -> list[int]:
        paired = {j for _, j in self.pairs} | self.moved_from.keys()
        return [j for j in range(len(self.new)) if j not in paired]

    def in_order(self) -> Iterator[tuple[int | None, int | None]]:
        """Yield the sentences as both editions order them, gone before come."""
        i = j = 0
        for at_old, at_new in (*sorted(self.pairs), (len(self.old), len(self.new))):
            yield from ((lone, None) for lone in range(i, at_old))
            yield from ((None, lone) for lone in range(j, at_new))
            if at_old < len(self.old):
                yield at_old, at_new
            i, j = at_old + 1, at_new + 1


def align(matches: Sequence[Match]) -> list[Aligned]:
    """Return the alignment of each match."""
    found = [_of_match(match) for match in matches]
    _move_same(found, fewest_words=WORDS_TO_MOVE)
    for one in found:
        _pair_reworded(one)
    _move_same(found, fewest_words=1)
    _move_reworded(found)
    return found


def _of_match(match: Match) -> Aligned:
    old = sentences_of(match.old.text) if match.old else []
    new = sentences_of(match.new.text) if match.new else []
    aligned = Aligned(old, new)
    if match.old and match.new:
        wordings = ([one.wording for one in old], [one.wording for one in new])
        for tag, i1, i2, j1, j2 in opcodes(*wordings):
            if tag == "equal":
                aligned.pairs += zip(range(i1, i2), range(j1, j2), strict=True)
            else:
                aligned.blocks.append((i1, i2, j1, j2))
    return aligned


def _pair_reworded(one: Aligned) -> None:
    lone_old, lone_new = set(one.lone_old()), set(one.lone_new())
    for i1, i2, j1, j2 in one.blocks:
        olds = [i for i in range(i1, i2) if i in lone_old]
        news = [j for j in range(j1, j2) if j in lone_new]
        befores = [_bag(one.old[i]) for i in olds]
        afters = [_bag(one.new[j]) for j in news]
        one.pairs += [(olds[i], news[j]) for i, j in _reworded(befores, afters)]


def _reworded(old: Sequence[Bag], new: Sequence[Bag]) -> list[Pair]:
    if len(old) == len(new) == 1:
        return [(0, 0)] if likeness(old[0], new[0], fewest=1) >= REPLACED else []
    if len(old) * len(new) > PAIRS:
        found = sorted(most_alike(old, new, least=REWORDED))
        steady = steady_places([j for _, j in found])
        return [(i, j) for i, j in found if j in steady]
    return _heaviest(old, new)


def _heaviest(old: Sequence[Bag], new: Sequence[Bag]) -> list[Pair]:
    """Return the pairs in order that are the most alike taken together."""
    alike = [
        [_if_enough(likeness(before, after, fewest=1)) for after in new]
        for before in old
    ]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            both = best[i + 1][j + 1] + alike[i][j]
            best[i][j] = max(both, best[i + 1][j], best[i][j + 1])
    pairs: list[Pair] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if alike[i][j] and best[i][j] == best[i + 1][j + 1] + alike[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _if_enough(grade: float) -> float:
    return grade if grade >= REWORDED else 0.0


def _bag(sentence: Sentence) -> Bag:
    """Return the words, any number like any other: a dose that changed is no other."""
    return bag_of(DIGITS.sub("0", sentence.wording))


def _move_same(found: Sequence[Aligned], *, fewest_words: int) -> None:
    free: dict[str, list[Place]] = {}
    for number, one in enumerate(found):
        for i in one.lone_old():
            wording = one.old[i].wording
            if len(wording.split()) >= fewest_words:
                free.setdefault(wording, []).append((number, i))
    for number, one in enumerate(found):
        for j in one.lone_new():
            if places := free.get(one.new[j].wording):
                _move(found, places.pop(_nearest(places, number)), (number, j))


def _nearest(places: Sequence[Place], number: int) -> int:
    return min(range(len(places)), key=lambda at: (abs(places[at][0] - number), at))


def _move_reworded(found: Sequence[Aligned]) -> None:
    olds = [(n, i) for n, one in enumerate(found) for i in one.lone_old()]
    news = [(n, j) for n, one in enumerate(found) for j in one.lone_new()]
    befores = [bag_of(found[n].old[i].wording) for n, i in olds]
    afters = [bag_of(found[n].new[j].wording) for n, j in news]
    for i, j in most_alike(befores, afters, least=REWORDED_ELSEWHERE):
        _move(found, olds[i], news[j])


def _move(found: Sequence[Aligned], old: Place, new: Place) -> None:
    found[old[0]].moved_to[old[1]] = new
    found[new[0]].moved_from[new[1]] = old
