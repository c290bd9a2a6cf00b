"""How strongly a passage recommends, and how sure its evidence is, as it says itself.

Promises: pure; only what stands in the words, in the scheme of whoever wrote them:
GRADE in words or as a code (BMJ 2008;336:924), CDC's ACIP categories and types, classes
and levels of ACC/AHA and ESC, letter grades of SIGN and USPSTF, and NICE's "offer" and
"consider" at the start of a numbered recommendation. Will not: translate one scheme
into another, save the GRADE code, whose digit and letter mean words.
"""

import re
from dataclasses import dataclass
from typing import Final

_SURE: Final = r"(?P<certainty>very[ -]low|low|moderate|high)"
_CODES: Final = {"1": "strong", "2": "weak"}
_LETTERS: Final = {"A": "high", "B": "moderate", "C": "low", "D": "very low"}

# Each with letters that are in whatever it matches: looking for those costs far less.
# No i and no s among them: a pattern that ignores case takes ı and ſ for these as well.
_STRENGTHS: Final = tuple(
    (letters, re.compile(pattern, re.IGNORECASE))
    for letters, pattern in (
        (
            "recommendat",
            r"\brecommendation\s+(?P<strength>category\s*:?\s*[AB])\b",
        ),
        (
            "recommendat",
            r"\b(?P<strength>strong|weak|conditional|discretionary)\s+recommendation\b",
        ),
        (
            "recommendat",
            (
                r"\b(?:strength\s+of\s+(?:the\s+)?)?recommendation(?:\s+strength)?"
                r"\s*[:=–-]\s*(?P<strength>strong|weak|conditional|discretionary)\b"
            ),
        ),
        (
            "cla",
            (
                r"\b(?P<strength>class\s*:?\s*(?:I{1,3}|II[ab]))\b"
                r"(?=[^.]{0,40}\b(?:level|LOE)\b)"
            ),
        ),
        (
            "grade",
            (
                r"(?:^|[(\[])\s*(?P<strength>grade\s*:?\s*[A-DI])\b"
                r"(?=\s*(?:$|[)\].,;]))"
            ),
        ),
        (
            "grade",
            (
                r"(?:^|[(\[])\s*(?:recommendation\s+)"
                r"(?P<strength>grade\s*:?\s*[A-DI])\b"
            ),
        ),
    )
)
_CERTAINTIES: Final = tuple(
    (letters, re.compile(pattern, re.IGNORECASE))
    for letters, pattern in (
        ("type", r"\bevidence\s+(?P<certainty>type\s*:?\s*[1-4])\b"),
        ("ty", rf"\b{_SURE}[ -](?:certainty|quality)\b"),
        (
            "dence",
            (
                r"\b(?:certainty|quality)\s+of\s+(?:the\s+)?evidence\s*"
                rf"(?:[:=–-]|is|was)?\s*{_SURE}\b"
            ),
        ),
        (
            "level",
            (
                r"\b(?P<certainty>level\s+(?:of\s+evidence\s*)?:?\s*"
                r"(?:[A-C]\b(?:-\w+)?|[1-5][+-]{0,2}))"
            ),
        ),
    )
)
_CODE: Final = re.compile(r"[(\[](?:GRADE\s+)?(?P<digit>[12])(?P<letter>[A-D])[)\]]")
_NICE: Final = re.compile(
    r"^\d{1,2}(?:\.\d{1,2}){1,3}\.?\s+"
    r"(?P<verb>Offer|Consider|Do not (?:routinely )?(?:offer|use))\b"
)


@dataclass(frozen=True, slots=True)
class Grade:
    """In the words of the source, in lower case but for letters and numerals."""

    strength: str | None = None
    certainty: str | None = None


def grade_of(text: str) -> Grade:
    """Return what the first statements of a grade in the text say, if there are any."""
    code = _CODE.search(text)
    if code:
        return Grade(_CODES[code["digit"]], _LETTERS[code["letter"]])
    strength = _first(_STRENGTHS, text, "strength")
    if strength is None:
        nice = _NICE.match(text)
        strength = nice["verb"].lower() if nice else None
    return Grade(strength, _first(_CERTAINTIES, text, "certainty"))


def _first(
    patterns: tuple[tuple[str, re.Pattern[str]], ...], text: str, group: str
) -> str | None:
    lowered = text.lower()
    for letters, pattern in patterns:
        found = pattern.search(text) if letters in lowered else None
        if found:
            return _told(found[group])
    return None


def _told(words: str) -> str:
    """Write "Category: B" as "category B", "LEVEL OF EVIDENCE IIa" with its numeral."""
    *first, last = re.split(r"[\s:]+", words.strip())
    if not first:
        return last.lower()
    is_word = last.isalpha() and last.lower() in {"low", "high", "moderate"}
    return " ".join(
        [*(one.lower() for one in first), last.lower() if is_word else last]
    )
