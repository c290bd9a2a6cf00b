"""Words that turn a sentence round or say how strongly it is meant, as data.

Promises: English and French; every marker has a family and, for strengths, a rung.
Will not: parse grammar: "not" is found wherever it stands.
The rungs follow how guidelines grade their own words (NICE: must, offer, consider;
GRADE: strong, conditional; certainty high to very low). French: HAS.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# name, rung (higher binds more), how it is written
# "Do not have", "do not apply" tell a fact; any other "do not" is told to the reader.
_FACT: Final = (
    r"(?:have|apply|need|require|contain|know|include|exist|mean|appear|seem|respond"
    r"|tolerate|want|show|differ|improve|occur|change|cover|take|receive|wish|live)"
)
_NEGATIONS: Final = (
    (
        "prohibition",
        (
            rf"do\snot(?!\s{_FACT}\b)|don['’]t(?!\s{_FACT}\b)"
            r"|(?:must|should|shall|may|ought\sto)\s?(?:not|n['’]t)|cannot\sbe|never|no\slonger"
            r"|not\s(?:be\s)?(?:recommended|advised|indicated|suitable|used|offered|prescribed"
            r"|given|licensed|permitted|allowed|routinely|for\suse)|no\sroutine"
            r"|avoid(?:ed|ing|s)?|contra-?indicat(?:ed|ions?)|prohibited|unsafe|unsuitable"
            r"|jamais|évite[rz]|à\séviter|contre-?indiqu[ée]+s?|interdit(?:e?s?)|proscri[rt]e?s?"
            r"|ne\s(?:doit|doivent|devez|devrait|faut|peut|peuvent|pouvez)\s(?:pas|plus|jamais)"
        ),
    ),
    (
        "negation",
        (
            r"(?:do|does|did|is|are|was|were|has|have|had|can|could|would|will)n['’]t"
            r"|(?:does|do|is|are|was|were|has|have|can|could|will)\snot|not|no|none|neither|nor"
            r"|cannot|without|except|unless|excluding|other\sthan|unlikely|rather\sthan"
            r"|instead\sof|only|stop(?:ped)?|discontinue[ds]?"
            r"|pas|sauf|sans|hormis|ni|aucune?|seulement|uniquement|excepté|arrête[rz]?"
        ),
    ),
)
_STRENGTHS: Final = (
    (
        "must",
        4,
        (
            r"must|shall|(?:is|are)\srequired|mandatory|obligatoires?|(?:il\s)?faut"
            r"|doit|doivent|devez|impérati(?:f|ve|vement)"
        ),
    ),
    (
        "should",
        3,
        (
            r"should|ought\sto|(?:is|are)\srecommended|recommends?|we\srecommend|offer"
            r"|devrai(?:t|ent)|devriez|recommandée?s?|conseillée?s?"
        ),
    ),
    ("consider", 2, r"consider|(?:is|are)\ssuggested|suggests?|envisage[rz]?"),
    ("may", 1, r"may|can|could|might|optional|peut|peuvent|pouvez|facultati(?:f|ve)"),
)
_GRADES: Final = (
    (
        "strength",
        (
            r"(?:strong|conditional|weak)\s(?:recommendation|for|against)"
            r"|(?:recommendation\s)?category:?\s?[A-D]\b|grade:?\s(?:of\srecommendation:?\s)?[A-D]\b"
            r"|class\s(?:I{1,3}[ab]?|IV)\b|recommandation\s(?:forte|faible|conditionnelle)"
        ),
    ),
    (
        "certainty",
        (
            r"(?:very\slow|low|moderate|high)[-\s](?:certainty|quality)"
            r"|(?:certainty|quality)\s(?:of\s(?:the\s)?evidence\s)?(?:is|was|:)?\s?"
            r"(?:very\slow|low|moderate|high)|evidence\s(?:type|level):?\s?\w+|level\s[A-C]\b"
            r"|level\sof\sevidence:?\s\w+|niveau\sde\spreuve\s?:?\s?\w+"
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Marker:
    """A word or words where they stand; `name` is what they come to."""

    family: str
    name: str
    rung: int
    text: str
    start: int
    end: int


def _pattern(written: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{written})(?![^\W_])", re.IGNORECASE)


_NEGATION_PATTERNS: Final = tuple((name, _pattern(how)) for name, how in _NEGATIONS)
_STRENGTH_PATTERNS: Final = tuple((n, r, _pattern(how)) for n, r, how in _STRENGTHS)
_GRADE_PATTERNS: Final = tuple((name, _pattern(how)) for name, how in _GRADES)


def negations_of(text: str) -> list[Marker]:
    """Return what forbids or negates, in order; none stands within another."""
    found = [
        Marker(name, _plain(one.group()), 0, one.group(), one.start(), one.end())
        for name, pattern in _NEGATION_PATTERNS
        for one in pattern.finditer(text)
    ]
    return list(_outermost(found))


def strengths_of(text: str) -> list[Marker]:
    """Return the verbs that say how binding a sentence is, in order."""
    found = [
        Marker("strength", name, rung, one.group(), one.start(), one.end())
        for name, rung, pattern in _STRENGTH_PATTERNS
        for one in pattern.finditer(text)
    ]
    return list(_outermost(found))


def grades_of(text: str) -> list[Marker]:
    """Return the grades a guideline gives its own recommendation, in order."""
    found = [
        Marker(name, _plain(one.group()), 0, one.group(), one.start(), one.end())
        for name, pattern in _GRADE_PATTERNS
        for one in pattern.finditer(text)
    ]
    return list(_outermost(found))


def _plain(words: str) -> str:
    plain = " ".join(words.casefold().replace("’", "'").split())
    return plain.removeprefix("recommendation ").replace(":", "")


def _outermost(found: list[Marker]) -> Iterator[Marker]:
    end = -1
    for marker in sorted(found, key=lambda one: (one.start, -one.end)):
        if marker.start >= end:
            yield marker
            end = marker.end
