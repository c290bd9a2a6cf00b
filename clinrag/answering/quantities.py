"""Whether a claim's quantities are those of its source, however they are written.

Promises: pure; numbers, units, ranges and comparisons are read by the one reader that
compares editions, frequencies by the table below ("b.i.d." is "twice a day", "daily" is
"per day"). Whatever of a quantity another one is, the answer says which: its number,
its unit, its comparison or how often.
Will not: convert. 1 g is not taken for 1000 mg, nor every 12 hours for twice a day, for
nobody wrote that.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from clinrag.answering.folding import fold_text
from ingestion.diffing.quantities import Quantity, quantities_of
from ingestion.diffing.units import Dimension

__all__ = [
    "Mismatch",
    "Quantity",
    "missing_quantities",
    "names_amount",
    "names_dose",
    "plainly",
    "quantities",
]

NUMBER: Final = "number_not_in_source"
UNIT: Final = "unit_differs"
COMPARISON: Final = "comparison_differs"
FREQUENCY: Final = "frequency_differs"

_TIMES: Final = {"once": "1", "twice": "2", "thrice": "3", "three": "3", "four": "4"}
_RATES: Final = {
    "day": "daily", "week": "weekly", "month": "monthly", "hour": "hourly",
    "jour": "daily", "semaine": "weekly",
}  # fmt: skip
_LATIN: Final = {
    **dict.fromkeys(("o.d.", "qd", "q.d."), "daily"),  # OD is an overdose too
    **dict.fromkeys(("bd", "b.d.", "bid", "b.i.d."), "2 times daily"),
    **dict.fromkeys(("tds", "t.d.s.", "tid", "t.i.d."), "3 times daily"),
    **dict.fromkeys(("qds", "q.d.s.", "qid", "q.i.d."), "4 times daily"),
}
_LATIN_WORD: Final = re.compile(
    rf"(?<![\w.])(?:{'|'.join(map(re.escape, sorted(_LATIN, key=len, reverse=True)))})"
    r"(?![\w])",
    re.IGNORECASE,
)
# "five times a day", "twice weekly", "per week", "/day", "once daily", "q8h"
_OFTEN: Final = re.compile(
    r"\b(?P<times>once|twice|thrice|three\stimes|four\stimes)\s"
    r"(?:(?:a|per|every|each)\s(?P<noun>day|week|month|hour)\b"
    r"|(?P<adverb>daily|weekly|monthly|hourly)\b)",
    re.IGNORECASE,
)
_RATE: Final = re.compile(
    r"(?:\s?/\s?|\s(?:per|a|an|each|every|par)\s)"
    r"(?:(?P<en>day|week|month|hour)|(?P<fr>jour|semaine))\b|\s?/\s?d\b",
    re.IGNORECASE,
)
_EVERY: Final = re.compile(
    r"\bq\s?(?P<hours>\d+)\s?h\b|\b(?P<hourly>\d+)-hourly\b", re.IGNORECASE
)
_POWER: Final = re.compile(r"(?<!\d)10\s?(?:\^|\*\*)\s?(?P<power>-?\d+)(?!\d)")
_RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MERCURY: Final = re.compile(r"\bmm\s?hg\b", re.IGNORECASE)
_INTERVAL: Final = re.compile(
    r"\b(?:every|each)\s(?P<low>\d+)(?:\s?(?:-|to)\s?(?P<high>\d+))?\s?-?"
    r"(?P<unit>h(?:ou)?rs?|h|days?|weeks?|months?)\b",
    re.IGNORECASE,
)
_FREQUENCY: Final = re.compile(
    r"(?:(?P<times>\d+)(?:\s?(?:-|to)\s?(?P<high>\d+))?\stimes\s)?"
    r"\b(?P<rate>daily|weekly|monthly|hourly)\b",
    re.IGNORECASE,
)
_COUNTED: Final = {
    word: str(float(value))
    for value, words in enumerate(
        (
            "two deux dos dois zwei",
            "three trois tres três drei",
            "four quatre cuatro quatro vier",
            "five cinq cinco fünf",
            "six seis sechs",
            "seven sept siete sete sieben",
            "eight huit ocho oito acht",
            "nine neuf nueve nove neun",
            "ten dix diez dez zehn",
            "eleven onze elf",
            "twelve douze doce doze zwölf",
        ),
        start=2,
    )
    for word in words.split()
} | {
    "fourteen": "14.0", "fifteen": "15.0", "twenty": "20.0", "quinze": "15.0",
    "vingt": "20.0", "thirty": "30.0", "trente": "30.0", "sixty": "60.0",
    "ninety": "90.0", "half": "0.5",
}  # fmt: skip
_WORD: Final = re.compile(r"[^\W\d_]+")
# How words begin that change an amount or tell how much or how often, unnumbered.
_AMOUNT_STEMS: Final = re.compile(
    r"\b(?:doubl|halv|half|tripl|quadrupl|increas|reduc|decreas|titrat|taper|dos(?:e|ing|age)"
    r"|daily|weekly|monthly|hourly|nightly|twice|once|thrice|every|(?:per|each|a)\s(?:day|"
    r"week|month|hour)|maximum|minimum|tablet|capsule|lower|raise|augment|diminu|rédui|"
    r"posologi|quotidien|fois|moitié|duplic|dosis|diari)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What a claim says of an amount that its source does not, and by which code."""

    text: str
    code: str


@dataclass(frozen=True, slots=True)
class _Said:
    """Amounts, how often, and numbers in words that count nothing with a unit."""

    amounts: tuple[Quantity, ...]
    frequencies: frozenset[str]
    counts: frozenset[str]


def quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities in `text`, in reading order."""
    return quantities_of(plainly(text))


def missing_quantities(claim: str, cited: Iterable[str]) -> tuple[Mismatch, ...]:
    """What of the quantities of `claim` no cited text states so."""
    said, stated = _read(claim), [_read(text) for text in cited]
    amounts = [one for text in stated for one in text.amounts]
    often = frozenset().union(*(text.frequencies for text in stated))
    counts = frozenset().union(*(text.counts for text in stated)) | {
        value for one in amounts for value in one.values if value != "–"
    }
    return (
        *(
            Mismatch(one.text, _nearest(one, amounts))
            for one in said.amounts
            if not _stated(one, amounts, counts)
        ),
        *(Mismatch(one, FREQUENCY) for one in sorted(said.frequencies - often)),
        *(Mismatch(one, NUMBER) for one in sorted(said.counts - counts)),
    )


def names_dose(text: str) -> bool:
    """Whether a text states an amount of something one takes."""
    return any(one.is_dose for one in quantities(text))


def names_amount(text: str) -> bool:
    """Whether a text tells anything of how much or how often, with a number or without.

    Rather too much: "every" and "increased" count as well.
    """
    said = _read(text)
    return bool(
        said.amounts
        or said.frequencies
        or said.counts
        or quantities(text)
        or _AMOUNT_STEMS.search(fold_text(text))
    )


def plainly(text: str) -> str:
    """The text with every way to say how often made one."""
    plain = _LATIN_WORD.sub(lambda found: _LATIN[found[0].lower()], fold_text(text))
    plain = _POWER.sub(lambda found: f"10{found['power'].translate(_RAISED)}", plain)
    plain = _MERCURY.sub("mmHg", plain)
    plain = _EVERY.sub(_every, plain)
    plain = _OFTEN.sub(_times, plain)
    return _RATE.sub(lambda found: f" {_rate(found)}", plain)


def _times(found: re.Match[str]) -> str:
    rate = found["adverb"] or _RATES[found["noun"].lower()]
    count = _TIMES[found["times"].split()[0].lower()]
    return rate if count == "1" else f"{count} times {rate}"


def _every(found: re.Match[str]) -> str:
    return f"every {found['hours'] or found['hourly']} hours"


def _rate(found: re.Match[str]) -> str:
    return _RATES[(found["en"] or found["fr"] or "day").lower()]


def _read(text: str) -> _Said:
    plain = plainly(text)
    amounts = quantities_of(plain)
    covered = [(one.start, one.end) for one in amounts]
    words = {
        _COUNTED[found[0].lower()]
        for found in _WORD.finditer(plain)
        if found[0].lower() in _COUNTED
        and not any(start <= found.start() < end for start, end in covered)
    }
    return _Said(
        tuple(one for one in amounts if not _is_rate(one)),
        _frequencies(plain),
        frozenset(words),
    )


def _is_rate(one: Quantity) -> bool:
    return one.unit == "time" and bool(one.per)


def _frequencies(plain: str) -> frozenset[str]:
    """How often, each in one spelling: "2 daily", "3-4 daily", "every 8 h"."""
    often = {_often(found) for found in _FREQUENCY.finditer(plain)}
    every = {
        f"every {found['low']}{_up_to(found)} {found['unit'][0].lower()}"
        for found in _INTERVAL.finditer(plain)
    }
    return frozenset(often | every)


def _often(found: re.Match[str]) -> str:
    return f"{found['times'] or '1'}{_up_to(found)} {found['rate'].lower()}"


def _up_to(found: re.Match[str]) -> str:
    return f"-{found['high']}" if found["high"] else ""


def _stated(one: Quantity, amounts: Iterable[Quantity], counts: frozenset[str]) -> bool:
    if one.dimension is Dimension.DATE:
        wanted = set(one.values[0].split())
        dates = (other for other in amounts if other.dimension is Dimension.DATE)
        return any(wanted <= set(other.values[0].split()) for other in dates)
    if (
        not one.unit
        and not one.sign
        and len(one.values) == 1
        and one.values[0] in counts
    ):
        return True
    return any(
        _same_number(one, other) and one.sign == other.sign and _unit_fits(one, other)
        for other in amounts
    )


def _same_number(one: Quantity, other: Quantity) -> bool:
    return one.values == other.values


def _unit_fits(one: Quantity, other: Quantity) -> bool:
    """A claim may leave out a unit or what it is per, never add or change one."""
    if not one.unit:
        return not one.per
    return one.unit == other.unit and one.per == other.per[: len(one.per)]


def _nearest(one: Quantity, amounts: Iterable[Quantity]) -> str:
    """What is wrong with it, judged by the stated amount that comes closest."""
    same = [other for other in amounts if _same_number(one, other)]
    if not same:
        return NUMBER
    in_unit = [other for other in same if one.unit == other.unit]
    if not in_unit:
        return UNIT
    per = any(one.per == other.per[: len(one.per)] for other in in_unit)
    return COMPARISON if per else FREQUENCY
