"""A sentence with the members of its lists in the order of a claim.

Promises: pure. "A and B" says what "B and A" says, and "B of A" what "A B" says, if a
list holds plain words only: not when an amount, a denial or a comparison stands in it
or beside it, when its first member may share an adjective with the second, nor in a
sentence with more than one amount, where each may belong to another member.
Will not: move what the claim does not say in one piece.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final

from clinrag.answering.quantities import quantities
from clinrag.answering.wording import NEGATIONS, STOPWORDS

LONGEST_MEMBER: Final = 3  # words
NEAR: Final = 2  # words between a list and an amount or a denial that may belong to it
_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:[-'][^\W\d_]+)*|[^\w\s]")
_JOINING: Final = frozenset(["and", "or", "et", "ou", "y", "e", "o", "und", "oder"])
_ARTICLES: Final = frozenset(
    ["the", "a", "an", "le", "la", "les", "el", "los", "las", "der", "die", "das"]
)
_ONE_BY_ONE: Final = re.compile(
    r"\b(?:respectively|respectivement|respectivamente|beziehungsweise|bzw"
    r"|former|latter|first|then|followed by)\b",
    re.IGNORECASE,
)
# What a list may stand behind without sharing an adjective with it.
_VERB_WORDS: Final = """
include includes including cause causes caused causing treat treats treating prevent
prevents preventing reduce reduces reducing increase increases increasing affect affects
affecting involve involves involving develop develops relieve relieves relieving improve
improves improving avoid avoids contain contains produce produces experience experiences
inhibit inhibits monitor check measure give use offer consider have has had both without
"""
_VERBS: Final = frozenset(_VERB_WORDS.split())
_OF: Final = frozenset(["of", "for", "in"])
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _List:
    """Members of a list at their places: `words[start:end]`."""

    spans: tuple[tuple[int, int], ...]


def in_order_of(claim: str, sentence: str) -> str:
    """The sentence with its lists in the claim's order; itself if nothing may move."""
    said, stated = _tokens(claim), _tokens(sentence)
    turned = _of_turned(said, stated)
    if _may_move(sentence):
        turned = _lists_turned(said, turned)
    return sentence if turned == stated else " ".join(turned)


def _tokens(text: str) -> Words:
    return tuple(_TOKEN.findall(text))


def _may_move(sentence: str) -> bool:
    return len(quantities(sentence)) < 2 and not _ONE_BY_ONE.search(sentence)  # noqa: PLR2004


def _lists_turned(said: Words, stated: Words) -> Words:
    place = 0
    while place < len(stated):
        found = next(_lists_at(stated, place), None)
        turned = _turned_as_said(said, stated, place)
        stated = turned or stated
        place = found.spans[-1][1] if found else place + 1
    return stated


def _turned_as_said(said: Words, stated: Words, place: int) -> Words | None:
    for one in _lists_at(stated, place):
        turned = _turned(said, stated, one)
        if turned is not None:
            return turned
    return None


def _lists_at(stated: Words, place: int) -> Iterator[_List]:
    """The lists whose first parting word stands at `place`, however long their ends."""
    if not _parts(stated, place):
        return
    inner, last = _inner(stated, place)
    if last is None:
        return
    for left, right in product(range(LONGEST_MEMBER, 0, -1), repeat=2):
        spans = ((place - left, place), *inner, (last, last + right))
        one = _List(spans)
        if _is_plain(stated, one) and _stands_free(stated, one):
            yield one


def _parts(stated: Words, place: int) -> bool:
    return stated[place] == "," or stated[place].lower() in _JOINING


def _inner(stated: Words, place: int) -> tuple[list[tuple[int, int]], int | None]:
    """The members between the first and the last; and where the last one begins."""
    spans: list[tuple[int, int]] = []
    while place < len(stated):
        joined = stated[place].lower() in _JOINING
        start = place + 1
        if not joined and start < len(stated) and stated[start].lower() in _JOINING:
            joined, start = True, start + 1
        if joined:
            return spans, start
        place = _next_parting(stated, start)
        spans.append((start, place))
    return spans, None


def _next_parting(stated: Words, start: int) -> int:
    end = min(start + LONGEST_MEMBER + 1, len(stated))
    found = (place for place in range(start + 1, end) if _parts(stated, place))
    return next(found, len(stated))


def _is_plain(stated: Words, one: _List) -> bool:
    """Whether each member is a few words that mean something."""
    return all(
        start >= 0
        and start < end <= len(stated)
        and end - start <= LONGEST_MEMBER
        and all(_is_plain_word(word) for word in stated[start:end])
        and _carries(stated[end - 1])
        for start, end in one.spans
    )


def _is_plain_word(word: str) -> bool:
    return word.lower() in _ARTICLES or _carries(word)


def _carries(word: str) -> bool:
    low = word.lower()
    return word[0].isalpha() and low not in STOPWORDS and low not in NEGATIONS


def _stands_free(stated: Words, one: _List) -> bool:
    """Nothing before it that it may share, and no amount or denial beside it."""
    start, end = one.spans[0][0], one.spans[-1][1]
    before, behind = stated[:start], stated[end:]
    shares = before and _carries(before[-1]) and before[-1].lower() not in _VERBS
    beside = (*before[-NEAR:], *behind[:NEAR])
    return not shares and not any(
        word[0].isdigit() or word.lower() in NEGATIONS for word in beside
    )


def _turned(said: Words, stated: Words, one: _List) -> Words | None:
    """The sentence with the members as the claim has them; None if it has them so."""
    members = [stated[start:end] for start, end in one.spans]
    places = [_place(said, member) for member in members]
    told = [n for n, place in enumerate(places) if place is not None]
    wanted = sorted(told, key=lambda n: places[n] or 0)
    if len(told) < 2 or wanted == told:  # noqa: PLR2004  nothing to turn
        return None
    moved = dict(zip(told, wanted, strict=True))
    return _put(stated, one, [members[moved.get(n, n)] for n in range(len(members))])


def _put(stated: Words, one: _List, members: Sequence[Words]) -> Words:
    parts: list[str] = list(stated[: one.spans[0][0]])
    for number, (_, end) in enumerate(one.spans):
        following = one.spans[number + 1][0] if number + 1 < len(one.spans) else end
        parts += [*members[number], *stated[end:following]]
    return (*parts, *stated[one.spans[-1][1] :])


def _place(said: Words, member: Words) -> int | None:
    """Where the claim has the member in one piece, articles and capitals aside."""
    wanted, low = _plain(member), _plain(said)
    size = len(wanted)
    found = (n for n in range(len(low) - size + 1) if low[n : n + size] == wanted)
    return next(found, None)


def _plain(several: Words) -> Words:
    return tuple(one.lower() for one in several if one.lower() not in _ARTICLES)


def _of_turned(said: Words, stated: Words) -> Words:
    """The sentence with "A B" for "B of A", or the reverse, where the claim has it."""
    for first, second in _pairs(said):
        stated = _replaced(stated, _compound(stated, first, second), (first, second))
    for second, first in _of_pairs(said):
        stated = _replaced(
            stated, _beside(stated, first, second), (second, "of", first)
        )
    return stated


def _pairs(said: Words) -> Iterator[tuple[str, str]]:
    """Words that mean something, side by side."""
    low = tuple(one.lower() for one in said)
    return ((a, b) for a, b in pairwise(low) if _carries(a) and _carries(b))


def _of_pairs(said: Words) -> Iterator[tuple[str, str]]:
    low = _plain(said)
    threes = zip(low, low[1:], low[2:], strict=False)
    return ((b, a) for b, of, a in threes if of in _OF and _carries(b) and _carries(a))


def _compound(stated: Words, first: str, second: str) -> slice | None:
    """Where the sentence says "second of first", with or without an article."""
    low = [one.lower() for one in stated]
    for n in range(len(low) - 2):
        if low[n] == second and low[n + 1] in _OF:
            end = n + 3 + (low[n + 2] in _ARTICLES)
            if low[end - 1 : end] == [first]:
                return slice(n, end)
    return None


def _beside(stated: Words, first: str, second: str) -> slice | None:
    low = [one.lower() for one in stated]
    pairs = enumerate(pairwise(low))
    return next((slice(n, n + 2) for n, ab in pairs if ab == (first, second)), None)


def _replaced(stated: Words, at: slice | None, new: Words) -> Words:
    return stated if at is None else (*stated[: at.start], *new, *stated[at.stop :])
