"""Whether a claim puts the words of its source into other places.

Promises: pure. "Switch from one to the other" holds the words of "from the other to
one". A claim made of the sentence's own words must have them in its order, save that
what stands before a comma may go behind and the members of a list may change places;
any other must keep the order of its medicines, and of what stands on either side of a
word like "before" or "causes", which "caused by" turns round.
Will not: see two nouns exchanged by a claim that is worded otherwise as well.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, groupby, pairwise
from typing import Final

from clinrag.answering.checking.medicines import medicines
from clinrag.answering.wording import content_stems, words

MOST_COMMAS: Final = 6
MOST_MORE: Final = 1  # words that a copy has besides those of its source
# Words whose two sides may not be exchanged, by what they say; those behind "/" say it
# the other way round. "patients with" is no turning word, "preferred to" is.
_TURNING_TEXT: Final = """
before avant antes
after après después
from
to
into
if
when
unless
than
cause causes caused causing lead_to leads_to led_to leading_to produces
/ caused_by due_to result_of results_from produced_by
instead_of rather_than in_place_of over
preferred_to preferred_over better_than superior_to
/ inferior_to
increase increases increased raises / increased_by raised_by
reduce reduces reduced prevent prevents / reduced_by prevented_by
treat treats / treated_with treated_by
inhibit inhibits block blocks / inhibited_by blocked_by
replace replaces / replaced_by replaced_with
indicate indicates / indicated_by
worsen worsens / worsened_by
improve improves / improved_by
transmit transmits / transmitted_by
"""
_TURNING: Final = {
    form: (line.split()[0], turned)
    for line in _TURNING_TEXT.strip().replace("\n/", " /").splitlines()
    for turned, forms in enumerate(line.split(" / "))
    for form in forms.split()
}
_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*")
_SCOPES: Final = re.compile(
    r"[;.!?]\s|,?\s(?:but|while|whereas|mais|tandis\sque|pero|mientras)\s",
    re.IGNORECASE,
)

_AUXILIARY: Final = (
    r"(?:is|are|was|were|has|have|had|can|cannot|could|may|might|must|should|will|would"
    r"|does|do|est|sont|peut|peuvent|doit|doivent)"
)
_VERB: Final = (
    r"(?:carr(?:y|ies)|causes?|(?:in|de)creases?|reduces?|leads?|affects?|requires?|occurs?"
    r"|tends?|includes?|differs?|remains?|becomes?|var(?:y|ies)|improves?|resolves?|helps?"
    r"|disappears?|results?|appears?|seems?|develops?)"
)
# A clause without a subject of its own: "but can also be caused by fungi".
_NO_SUBJECT: Final = re.compile(
    rf"(?:also |then |usually |often |sometimes )?(?:{_AUXILIARY}|{_VERB})\b",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(
    rf"\b(?:{_AUXILIARY}|often|usually|sometimes|also|may|not)\b", re.IGNORECASE
)


def is_reordered(claim: str, sentence: str, *, around: str) -> bool:
    """Whether words change places; `around` is all that the claim may draw on.

    `sentence` is as `coordination` leaves it: with its lists in the claim's order.
    """
    held = content_stems(claim) <= content_stems(around)
    copied = held and _is_copied(claim, sentence)
    return (
        (copied and not _keeps_order(claim, sentence))
        or (held and _crosses(claim, sentence))
        or _turns_around_a_word(claim, sentence)
    )


def _is_copied(claim: str, sentence: str) -> bool:
    """Whether the claim is put together from the words of the sentence alone."""
    more = set(_TOKEN.findall(claim.lower())) - set(_TOKEN.findall(sentence.lower()))
    return len(more) <= MOST_MORE


def _keeps_order(claim: str, sentence: str) -> bool:
    known = frozenset(_stems(sentence))
    said, *turned = _turns(claim)
    stated = [*_turns(sentence), *_voices(claim, sentence)]
    pairs = (
        *((said, other) for other in stated),
        *((one, stated[0]) for one in turned),
    )
    return any(
        _is_within([o for o in one if o in known], other) for one, other in pairs
    )


def _turns(text: str) -> Iterator[list[str]]:
    """The stems in their order, and with each start up to a comma put behind."""
    pieces = [_stems(piece) for piece in text.split(",")[: MOST_COMMAS + 1]]
    rest = _stems(",".join(text.split(",")[MOST_COMMAS + 1 :]))
    for cut in range(len(pieces)):
        turned = [*pieces[cut:], rest, *pieces[:cut]]
        yield [stem for stem, _ in groupby(chain.from_iterable(turned))]


def _voices(claim: str, sentence: str) -> Iterator[list[str]]:
    """The stems of "A causes B" as "B is caused by A" has them, if the claim does."""
    said, stated = words(claim), words(sentence)
    mine = {_TURNING[form] for form in _forms(said)}
    for form in _forms(stated):
        name, turned = _TURNING[form]
        if (name, 1 - turned) in mine:
            before, _, after = " ".join(stated).partition(form.replace("_", " "))
            yield [*_stems(after), *_stems(form), *_stems(before)]


def _forms(said: Sequence[str]) -> Iterator[str]:
    pairs = ("_".join(pair) for pair in pairwise(said))
    return (form for form in (*pairs, *said) if form in _TURNING)


def _is_within(some: Sequence[str], others: Sequence[str]) -> bool:
    left = iter(others)
    return all(one in left for one in some)


def _turns_around_a_word(claim: str, sentence: str) -> bool:
    theirs = list(_sides(sentence))
    turned = any(
        _stand(theirs, word, behind, ahead) and not _stand(theirs, word, ahead, behind)
        for word, ahead, behind in _sides(claim)
    )
    return turned or _medicines_turned(claim, sentence)


def _stand(
    theirs: Sequence[tuple[str, frozenset[str], frozenset[str]]],
    word: str,
    ahead: frozenset[str],
    behind: frozenset[str],
) -> bool:
    """Whether one of them has the word with some of each on these sides."""
    return any(
        word == other and before & ahead and after & behind
        for other, before, after in theirs
    )


def _sides(text: str) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """What each turning word says, with what stands before it and behind it alone."""
    said = words(text)
    for place in range(1, len(said)):
        found = _TURNING.get("_".join(said[place : place + 2]))
        length = 2 if found else 1
        found = found or _TURNING.get(said[place])
        if found and not _TURNING.get("_".join(said[place - 1 : place + 1])):
            before = content_stems(" ".join(said[:place]))
            after = content_stems(" ".join(said[place + length :]))
            sides = before - after, after - before
            yield found[0], *(sides[::-1] if found[1] else sides)


def _medicines_turned(claim: str, sentence: str) -> bool:
    both = medicines(claim) & medicines(sentence)
    said, stated = (_named(text, both) for text in (claim, sentence))
    return len(said) == len(both) == len(stated) and said != stated


def _named(text: str, names: frozenset[str]) -> list[str]:
    found = (medicines(word) & names for word in words(text))
    return [name for one in found for name in sorted(one)]


def _crosses(claim: str, sentence: str) -> bool:
    """Whether a clause of the claim mixes what two clauses of the sentence say."""
    theirs = [one for one in _clauses(sentence) if one]
    for one in _SCOPES.split(claim):
        mine = content_stems(one)
        closest = max(theirs, key=lambda other: len(mine & other), default=frozenset())
        elsewhere = frozenset().union(*theirs) - closest
        if mine & closest and mine & elsewhere and not _holds_whole(mine, theirs):
            return True
    return False


def _clauses(sentence: str) -> list[frozenset[str]]:
    """Stems by clause; one that begins with its verb has its subject before it."""
    found: list[frozenset[str]] = []
    subject = ""
    for one in _SCOPES.split(sentence):
        if not _NO_SUBJECT.match(one):
            subject = _SUBJECT.split(one, maxsplit=1)[0]
            found.append(content_stems(one))
        else:
            found.append(content_stems(f"{subject} {one}"))
    return found


def _holds_whole(mine: frozenset[str], theirs: Sequence[frozenset[str]]) -> bool:
    """Whether it joins whole clauses, with nothing left out of those it touches."""
    return all(other <= mine for other in theirs if other & mine)


def _stems(text: str) -> list[str]:
    """The stems in their order, and the numbers among them."""
    return [
        stem
        for token in _TOKEN.findall(text.lower())
        for stem in ([token] if token[0].isdigit() else content_stems(token))
    ]
