"""What a clause denies, and how surely it says so.

Promises: pure; a claim's clause is compared with that clause of the source which
shares most of its words, and a denial or a hedge counts for the next words it reaches.
Words as data, in five languages for denial and in English and French for the rest.
Will not: follow irony, or a denial that has no word of its own.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from clinrag.answering.wording import NEGATIONS, content_stems, words

NEGATION: Final = "negation_differs"
HEDGE: Final = "hedge_dropped"
STRONGER: Final = "stronger_than_source"

_DENIES_WORDS: Final = """
avoidance stop stops stopped stopping discontinue discontinued withhold withheld
refrain exclude excluded unlikely ineffective unsafe unsuitable rarely seldom hardly
lack lacks lacking absence absent fails failed arrêter arrêtez
"""
_DENIES: Final = NEGATIONS | frozenset(_DENIES_WORDS.split())
# They deny what stands before them: "is to be avoided", "is contraindicated".
_DENIES_BEFORE: Final = frozenset(
    [
        *("avoided", "contraindicated", "inappropriate", "unnecessary", "stopped"),
        *(
            "discontinued",
            "withheld",
            "excluded",
            "unsafe",
            "unsuitable",
            "ineffective",
        ),
        *("contre-indiqué", "contraindicado", "kontraindiziert", "absent", "unlikely"),
    ]
)
REACH: Final = 5  # content words
# Two words that deny once: "ne … pas", "n'est pas", "neither … nor".
_SECOND: Final = frozenset(["ne", "n'est", "n'ont", "n'a"])
_AGAINST: Final = re.compile(
    r"\b(?:recommend\w*|advis\w*|cautions?|warn\w*|decid\w*)\s+(?:\w+\s+)?against\b"
    r"|\brather than\b|\binstead of\b"
)
_HEDGES_WORDS: Final = """
may might can could possibly possible perhaps potentially potential suggest suggests
suggested appear appears seem seems sometimes usually generally typically often
consider considered some many most likely probably occasionally approximately
peut peuvent pourrait pourraient possible parfois souvent généralement certains
certaines probablement
"""
_HEDGES: Final = frozenset(_HEDGES_WORDS.split())
_SHOULD_WORDS: Final = """
should recommend recommends recommended recommendation advise advised advises ought
devrait devraient recommandé recommandée conseillé
"""
_SHOULD: Final = frozenset(_SHOULD_WORDS.split())
_MUST_WORDS: Final = """
must mandatory always all every only never shall
doit doivent toujours tous toutes obligatoire seulement
"""
_MUST: Final = frozenset(_MUST_WORDS.split())
_AND: Final = frozenset(["and", "or", "nor", "et", "ou", "y", "o", "e", "und", "oder"])
_EITHER_WAY: Final = re.compile(r"\bwith or without\b", re.IGNORECASE)
# Said by the way, up to the comma that ends it.
_ASIDE: Final = re.compile(r",(?P<said>\s(?:which|who|whose)\s[^,;.]+),")
_OPENING: Final = re.compile(r"(?:although|though|while|whereas|bien\sque)\s[^,;]+,")
_CLAUSES: Final = re.compile(
    r"[;.!?]\s|,?\s(?:but|however|although|though|whereas|while|because|since|which|who"
    r"|mais|cependant|tandis\sque|parce\sque|car)\s",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause as its words, each with its stem; "" for one without meaning."""

    words: tuple[str, ...]
    stems: tuple[str, ...]

    @property
    def content(self) -> frozenset[str]:
        return frozenset(filter(None, self.stems))

    def after(self, place: int) -> tuple[str, ...]:
        """The next stems behind a word, or those before it when there are none.

        Up to "and no", which denies anew.
        """
        ends = (
            other
            for other in range(place + 2, len(self.words))
            if _denies(self.words[other]) and self.words[other - 1] in _AND
        )
        end = next(ends, len(self.words))
        behind = tuple(filter(None, self.stems[place + 1 : end]))[:REACH]
        return behind or self.before(place)

    def before(self, place: int) -> tuple[str, ...]:
        return tuple(filter(None, self.stems[:place]))[: -REACH - 1 : -1]

    def denials(self) -> list[tuple[str, ...]]:
        """What each denial reaches, the nearest first."""
        return [
            self.before(place) if word in _DENIES_BEFORE else self.after(place)
            for place, word in enumerate(self.words)
            if _denies(word)
        ]

    def hedged(self) -> list[tuple[str, ...]]:
        """The two words behind each hedge."""
        return [
            self.after(place)[:2]
            for place, word in enumerate(self.words)
            if word in _HEDGES
        ]


def differences(claim: str, sources: Sequence[str]) -> tuple[str, ...]:
    """Codes of what the claim's clauses say otherwise than those of the sources."""
    theirs = [clause for text in sources for clause in _clauses(text)]
    found = {
        code: None
        for mine in _clauses(claim)
        for code in _compared(mine, _closest(mine, theirs))
    }
    return tuple(found)


def _clauses(text: str) -> list[_Clause]:
    against = _EITHER_WAY.sub("with", _AGAINST.sub(" not ", text.lower()))
    asides = [found["said"] for found in _ASIDE.finditer(against)]
    rest = _ASIDE.sub(" ", against)
    opening = _OPENING.match(rest)
    asides += [opening[0]] if opening else []
    rest = rest[opening.end() :] if opening else rest
    parts = [*asides, *_CLAUSES.split(rest)]
    parts = [part for part in parts if content_stems(part)]
    return [_clause(part) for part in parts or [against]]


def _clause(text: str) -> _Clause:
    all_words = words(text)
    return _Clause(all_words, tuple(_stem(word) for word in all_words))


def _stem(word: str) -> str:
    return next(iter(sorted(content_stems(word))), "")


def _denies(word: str) -> bool:
    return (word in _DENIES and word not in _SECOND) or word.endswith("n't")


def _closest(mine: _Clause, theirs: Iterable[_Clause]) -> tuple[_Clause, ...]:
    """Those that share most of its words: several when none stands out."""
    shared = [(len(mine.content & other.content), other) for other in theirs]
    most = max((count for count, _ in shared), default=0)
    return tuple(other for count, other in shared if count == most)


def _compared(mine: _Clause, theirs: tuple[_Clause, ...]) -> tuple[str, ...]:
    """No code if one of the closest says the same; else what differs from one."""
    every = [_differing(mine, other) for other in theirs]
    return min(every, key=len, default=())


def _differing(mine: _Clause, other: _Clause) -> tuple[str, ...]:
    said, stated = set(mine.words), set(other.words)
    surer = bool(said & _MUST) and not stated & _MUST
    rules = {
        NEGATION: _denied_otherwise(mine, other) or _denied_otherwise(other, mine),
        HEDGE: not said & _HEDGES
        and any(set(reached) & mine.content for reached in other.hedged()),
        STRONGER: surer
        or bool(said & _SHOULD and stated & _HEDGES and not stated & _SHOULD),
    }
    return tuple(code for code, applies in rules.items() if applies)


def _denied_otherwise(one: _Clause, other: _Clause) -> bool:
    """Whether what `one` denies stands in `other` denied once more or once less."""
    for reached in one.denials():
        shared = next((stem for stem in reached if stem in other.content), None)
        if shared and _times(one, shared) % 2 != _times(other, shared) % 2:
            return True
    return False


def _times(clause: _Clause, stem: str) -> int:
    return sum(stem in reached for reached in clause.denials())
