"""Whether a claim puts the words of its source into other places.

Promises: pure. "Switch from one to the other" holds the words of "from the other to
one". A claim made of the sentence's own words must have them in its order, save that
what stands before a comma may go behind; any other must keep the order of its medicines
and of what stands on either side of a word like "before".
Will not: see two nouns exchanged by a claim that is worded otherwise as well.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from typing import Final

from clinrag.answering.checking.medicines import medicines
from clinrag.answering.wording import content_stems, words

MOST_COMMAS: Final = 6
MOST_MORE: Final = 1  # words that a copy has besides those of its source
_TURNING_WORDS: Final = """
before after from to than if when unless instead over into causes avant après antes
después
"""
_TURNING: Final = frozenset(_TURNING_WORDS.split())
_SCOPES: Final = re.compile(
    r"[;.!?]\s|,?\s(?:but|while|whereas|mais|tandis\sque|pero|mientras)\s",
    re.IGNORECASE,
)


def is_reordered(claim: str, sentence: str, *, around: str) -> bool:
    """Whether words change places; `around` is all that the claim may draw on."""
    held = content_stems(claim) <= content_stems(around)
    copied = held and _is_copied(claim, sentence)
    return (
        (copied and not _keeps_order(claim, sentence))
        or (held and _crosses(claim, sentence))
        or _turns_around_a_word(claim, sentence)
    )


def _is_copied(claim: str, sentence: str) -> bool:
    """Whether the claim is put together from the words of the sentence alone."""
    more = set(words(claim)) - set(words(sentence))
    return len(more) <= MOST_MORE


def _keeps_order(claim: str, sentence: str) -> bool:
    known = content_stems(sentence)
    stated = list(_turns(sentence))
    return any(
        _is_within([one for one in said if one in known], other)
        for said in _turns(claim)
        for other in stated
    )


def _turns(text: str) -> Iterator[list[str]]:
    """The stems in their order, and with each start up to a comma put behind."""
    pieces = [_stems(piece) for piece in text.split(",")[: MOST_COMMAS + 1]]
    rest = _stems(",".join(text.split(",")[MOST_COMMAS + 1 :]))
    for cut in range(len(pieces)):
        turned = [*pieces[cut:], rest, *pieces[:cut]]
        yield [stem for stem, _ in groupby(chain.from_iterable(turned))]


def _is_within(some: Sequence[str], others: Sequence[str]) -> bool:
    left = iter(others)
    return all(one in left for one in some)


def _turns_around_a_word(claim: str, sentence: str) -> bool:
    mine = {one: sides for one, *sides in _sides(claim)}
    return any(
        mine[word][0] & after and mine[word][1] & before
        for word, before, after in _sides(sentence)
        if word in mine
    ) or _medicines_turned(claim, sentence)


def _sides(text: str) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """Each turning word with what stands before it and behind it alone."""
    said = words(text)
    for place, word in enumerate(said):
        if word in _TURNING and place:
            before = content_stems(" ".join(said[:place]))
            after = content_stems(" ".join(said[place + 1 :]))
            yield word, before - after, after - before


def _medicines_turned(claim: str, sentence: str) -> bool:
    both = medicines(claim) & medicines(sentence)
    said, stated = (_named(text, both) for text in (claim, sentence))
    return len(said) == len(both) == len(stated) and said != stated


def _named(text: str, names: frozenset[str]) -> list[str]:
    found = (medicines(word) & names for word in words(text))
    return [name for one in found for name in sorted(one)]


def _crosses(claim: str, sentence: str) -> bool:
    """Whether a clause of the claim mixes what two clauses of the sentence say."""
    theirs = [content_stems(one) for one in _SCOPES.split(sentence)]
    theirs = [one for one in theirs if one]
    for one in _SCOPES.split(claim):
        mine = content_stems(one)
        closest = max(theirs, key=lambda other: len(mine & other), default=frozenset())
        elsewhere = frozenset().union(*theirs) - closest
        if mine & closest and mine & elsewhere and not _holds_whole(mine, theirs):
            return True
    return False


def _holds_whole(mine: frozenset[str], theirs: Sequence[frozenset[str]]) -> bool:
    """Whether it joins whole clauses, with nothing left out of those it touches."""
    return all(other <= mine for other in theirs if other & mine)


def _stems(text: str) -> list[str]:
    return [stem for word in words(text) for stem in sorted(content_stems(word))]
