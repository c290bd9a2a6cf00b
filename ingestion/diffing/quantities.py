"""Numbers with their comparison, range and unit, and what became of them.

Promises: a range is one quantity; how a number, a unit or a comparison is spelt or
spaced makes no difference ("at least 1,000 mg" is "≥ 1000 mg"); quantities of
different dimensions are paired only if just the unit is another (5 mg, 5 ml); what
has no pair pairs with nothing.
Will not: know a dose from the strength of a tablet, or convert between substances. A
comma before exactly three digits parts thousands, as does a space, but neither behind
a nought; any other comma is a decimal one (French). Powers are held as they are
written: 0.5 × 10⁹ is told from 500 × 10⁶.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import takewhile
from typing import Final

from ingestion.diffing.quantity_patterns import (
    AFTER,
    BEFORE,
    COMMAS,
    FRACTIONS,
    MINUS,
    NUMBER_WORDS,
    POWER,
    QUANTITY,
    SPACES,
)
from ingestion.diffing.units import DOSED, Dimension, Unit, unit_of

# Beyond so many pairs of quantities in one sentence (a list of codes) difflib aligns
# them, which does not weigh one pairing against another.
PAIRS: Final = 10_000
KEPT: Final = 1024
PARTED: Final = ((re.compile(COMMAS), ","), (re.compile(SPACES), r"\s"))
SIGNED: Final = re.compile(rf"(?P<minus>{MINUS})?(?P<plain>.+?)(?P<power>{POWER})?")
SIGNS: Final = tuple(
    (re.compile(words, re.IGNORECASE), sign) for sign, words in (*BEFORE, *AFTER)
)
PER_WORDS: Final = re.compile(r"^(?:per|par|a|an|each|every)\s|^/\s?")
PER_ADVERBS: Final = {
    "daily": "day", "weekly": "week", "monthly": "month", "hourly": "hour",
    "once": "1", "twice": "2",
}  # fmt: skip
LIMITS: Final = frozenset("≥≤><")
SUBSTITUTION: Final = 1.0
ALONE: Final = 0.75
SAME_AS: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity where it stands; two are the same when all but the text are."""

    text: str = field(compare=False)
    start: int = field(compare=False)
    end: int = field(compare=False)
    dimension: Dimension
    values: tuple[str, ...]
    sign: str = ""
    unit: str = ""
    per: tuple[str, ...] = ()
    factor: float | None = field(default=None, compare=False)

    @property
    def is_limit(self) -> bool:
        return self.sign in LIMITS

    @property
    def is_dose(self) -> bool:
        return self.dimension in DOSED

    @property
    def is_range(self) -> bool:
        return "–" in self.values


@lru_cache(maxsize=KEPT)
def quantities_of(text: str) -> tuple[Quantity, ...]:
    """Return every quantity of a text in order: the one reader of numbers there is.

    Each digit is in exactly one; `start` and `end` count characters of the text. Values
    are in one spelling ("0.125", "-5.0", "0.5×10⁹"); a range has "–" between its two, a
    pair (140/90) is two. Equal ones are the same however written; `is_same_amount` says
    it of other units, too. English and French; the last texts read are kept.
    """
    return tuple(_read(found) for found in QUANTITY.finditer(text))


def pair_quantities(
    old: Sequence[Quantity], new: Sequence[Quantity]
) -> Iterator[tuple[Quantity | None, Quantity | None]]:
    """Yield what differs between two sentences, each quantity with its successor."""
    first = _same_at_start(old, new)
    old, new = old[first:], new[first:]
    last = _same_at_start(old[::-1], new[::-1])
    old, new = old[: len(old) - last], new[: len(new) - last]
    pairs = _by_order if len(old) * len(new) > PAIRS else _aligned
    for before, after in pairs(old, new):
        if before != after:
            yield before, after


def _same_at_start(old: Sequence[Quantity], new: Sequence[Quantity]) -> int:
    pairs = zip(old, new, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def is_same_amount(old: Quantity, new: Quantity) -> bool:
    """Whether both tell the same amount in different units (1 g, 1000 mg)."""
    if old.dimension is not new.dimension or (old.sign, old.per) != (new.sign, new.per):
        return False
    before, after = _in_smallest(old), _in_smallest(new)
    if before is None or after is None or len(before) != len(after):
        return False
    pairs = zip(before, after, strict=True)
    return all(abs(x - y) <= SAME_AS * max(abs(x), abs(y)) for x, y in pairs)


def _in_smallest(one: Quantity) -> list[float] | None:
    if one.factor is None:
        return None
    try:
        return [float(value) * one.factor for value in one.values if value != "–"]
    except ValueError:
        return None


def _read(found: re.Match[str]) -> Quantity:
    text = found.group().strip()
    start = found.start() + len(found.group()) - len(found.group().lstrip())
    for name, dimension in (
        ("date", Dimension.DATE),
        ("numbering", Dimension.NUMBERING),
        ("often", Dimension.FREQUENCY),
    ):
        if found[name]:
            values = (_plain(text),)
            return Quantity(text, start, start + len(text), dimension, values)
    return _amount(found, text, start) if found["low"] else _worded(found, text, start)


def _amount(found: re.Match[str], text: str, start: int) -> Quantity:
    unit = unit_of(found["unit"] or found["money"] or found["low_unit"] or "")
    values = [_value(found["low"])]
    if found["low_unit"] and found["unit"] and unit_of(found["low_unit"]) != unit:
        values.append(found["low_unit"])
    if found["high"]:
        values += ["–", _value(found["high"])]
    values += [_value(part) for part in (found["pair"] or "").split("/") if part]
    sign = _sign(found["before"] or "") or _sign(found["after"] or "")
    per = _per(found["per"] or "")
    return _made(text, start, unit, values=values, sign=sign, per=per)


def _worded(found: re.Match[str], text: str, start: int) -> Quantity:
    values = [str(float(NUMBER_WORDS[found["word"].casefold()]))]
    if found["word_high"]:
        values += ["–", str(float(NUMBER_WORDS[found["word_high"].casefold()]))]
    sign = _sign(found["word_before"] or "") or _sign(found["word_after"] or "")
    unit, per = unit_of(found["word_unit"]), _per(found["word_per"] or "")
    return _made(text, start, unit, values=values, sign=sign, per=per)


def _made(
    text: str,
    start: int,
    unit: Unit | None,
    *,
    values: list[str],
    sign: str,
    per: tuple[str, ...],
) -> Quantity:
    return Quantity(
        text=text,
        start=start,
        end=start + len(text),
        dimension=unit.dimension if unit else Dimension.PLAIN,
        values=tuple(values),
        sign=sign,
        unit=unit.name if unit else "",
        per=per,
        factor=unit.factor if unit else None,
    )


def _value(written: str) -> str:
    """Return the number in one spelling, its sign before and its power behind it."""
    found = SIGNED.fullmatch(written.strip())
    if found is None:
        return written
    power = re.sub(r"[x·]", "×", "".join((found["power"] or "").split()).casefold())
    return ("-" if found["minus"] else "") + _unsigned(found["plain"]) + power


def _unsigned(plain: str) -> str:
    """Return the number in one spelling; what is no number (1.2.3) as it is."""
    for pattern, parting in PARTED:
        if pattern.fullmatch(plain):
            plain = re.sub(parting, "", plain)
    if plain[-1] in FRACTIONS:
        whole = float(plain[:-1].replace(",", ".") or 0)
        return str(whole + unicodedata.numeric(plain[-1]))
    try:
        return str(float(plain.replace(",", ".")))
    except ValueError:
        return plain


def _sign(words: str) -> str:
    plain = " ".join(words.split())
    found = (sign for pattern, sign in SIGNS if pattern.fullmatch(plain))
    return next(found, "") if plain else ""


def _per(words: str) -> tuple[str, ...]:
    parts = re.split(r"(?=/)|\s(?=(?:per|par|a|an|each|every)\s|\w+ly\b)", words)
    return tuple(filter(None, (_per_word(part.strip()) for part in parts)))


def _per_word(part: str) -> str:
    plain = PER_WORDS.sub("", " ".join(part.split()).casefold())
    return PER_ADVERBS.get(plain, plain.removesuffix("s") if plain != "mois" else plain)


def _plain(text: str) -> str:
    words = text.casefold().split()
    return " ".join(_per_word(word) or word for word in words).replace(" a ", " ")


def _aligned(
    old: Sequence[Quantity], new: Sequence[Quantity]
) -> Iterable[tuple[Quantity | None, Quantity | None]]:
    """Align at the least cost (Needleman and Wunsch 1970, J Mol Biol 48:443)."""
    costs = _costs(old, new)
    pairs: list[tuple[Quantity | None, Quantity | None]] = []
    i, j = len(old), len(new)
    while i or j:
        here = costs[i][j]
        if i and j and here == costs[i - 1][j - 1] + _cost(old[i - 1], new[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((old[i], new[j]))
        elif i and here == costs[i - 1][j] + ALONE:
            i -= 1
            pairs.append((old[i], None))
        else:
            j -= 1
            pairs.append((None, new[j]))
    return pairs[::-1]


def _costs(old: Sequence[Quantity], new: Sequence[Quantity]) -> list[list[float]]:
    rows = [[ALONE * j for j in range(len(new) + 1)]]
    for i, before in enumerate(old, start=1):
        row = [ALONE * i]
        for j, after in enumerate(new, start=1):
            both = rows[-1][j - 1] + _cost(before, after)
            row.append(min(both, rows[-1][j] + ALONE, row[-1] + ALONE))
        rows.append(row)
    return rows


def _cost(old: Quantity, new: Quantity) -> float:
    if old == new:
        return 0.0
    if old.dimension is not new.dimension and old.values != new.values:
        return 2 * SUBSTITUTION + ALONE
    is_near = (old.sign, old.unit, old.per) == (new.sign, new.unit, new.per)
    return SUBSTITUTION if is_near else SUBSTITUTION + ALONE / 3


def _by_order(
    old: Sequence[Quantity], new: Sequence[Quantity]
) -> Iterable[tuple[Quantity | None, Quantity | None]]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            yield from ((before, None) for before in old[i1:i2])
            yield from ((None, after) for after in new[j1:j2])
