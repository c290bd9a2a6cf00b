"""Making a true sentence false in one known way.

Promises: pure and deterministic: the same sentence and chance give the same result;
None where a sentence has nothing to change. Each function changes one thing and leaves
the rest as it stood, so that what a check misses has a name.
"""

import random
import re
from collections.abc import Callable, Mapping
from typing import Final

from clinrag.answering.checking.medicines import NAMES, medicines

Chance = random.Random
Perturbation = Callable[[str, Chance], str | None]

_NUMBER: Final = re.compile(r"(?<![\w.,/-])\d+(?:[.,]\d+)?(?![\w]|[.,/-]\d)")
_UNITS: Final = {
    "mg": "g", "g": "mg", "mcg": "mg", "micrograms": "mg", "ml": "l", "mL": "L",
    "days": "weeks", "day": "week", "weeks": "days", "hours": "days", "months": "weeks",
    "years": "months", "jours": "semaines", "mois": "jours", "semaines": "jours",
    "ans": "mois", "heures": "jours", "minutes": "hours", "%": " mg", "percent": "mg",
    "pounds": "ounces", "MME": "mg", "inches": "feet",
}  # fmt: skip
_MEASURED: Final = re.compile(
    rf"(?<=\d)(?P<gap>[\s\u00a0\u202f]?)(?P<unit>{'|'.join(map(re.escape, _UNITS))})"
    r"(?![\w])"
)
_COMPARISONS: Final = {
    "at least": "at most", "at most": "at least", "more than": "less than",
    "less than": "more than", "no more than": "at least", "up to": "at least",
    "or more": "or less", "or less": "or more", "≥": "≤", "≤": "≥", ">": "<",
    "<": ">", "over": "under", "under": "over", "au moins": "au plus",
    "moins de": "plus de", "plus de": "moins de", "older than": "younger than",
    "greater than": "less than", "fewer than": "more than", "above": "below",
}  # fmt: skip
_OFTEN: Final = {
    "daily": "weekly", "weekly": "daily", "monthly": "daily", "twice": "once",
    "once": "twice", "per day": "per week", "per week": "per day", "a day": "a week",
    "/day": "/week", "per year": "per month", "every day": "every week",
    "each year": "each week", "a year": "a month", "par jour": "par semaine",
}  # fmt: skip
_POPULATIONS: Final = {
    "adults": "children", "children": "adults", "adult": "child", "infants": "adults",
    "women": "men", "men": "women", "babies": "adults", "newborns": "adults",
    "pregnant women": "older men", "adolescents": "infants", "males": "females",
    "females": "males", "enfants": "adultes", "adultes": "enfants",
    "pregnancy": "old age", "older people": "children", "infancy": "adulthood",
    "childhood": "adulthood", "adulthood": "infancy",
}  # fmt: skip
_OPPOSITES: Final = {
    "increases": "decreases", "increase": "decrease", "increased": "decreased",
    "decreases": "increases", "decrease": "increase", "decreased": "increased",
    "reduce": "increase", "reduces": "increases", "reduced": "increased",
    "before": "after", "after": "before", "high": "low", "low": "high", "start": "stop",
    "severe": "mild", "mild": "severe", "chronic": "acute", "acute": "chronic",
    "benefits": "harms", "effective": "ineffective", "dominant": "recessive",
    "recessive": "dominant", "with": "without", "common": "rare", "rare": "common",
    "avant": "après", "après": "avant", "higher": "lower", "lower": "higher",
}  # fmt: skip
_SURER: Final = {
    "may": "will", "might": "will", "can": "will always", "could": "will",
    "usually": "always", "often": "always", "sometimes": "always", "should": "must",
    "consider": "always use", "some": "all", "most": "all", "suggests": "proves",
    "peut": "va toujours", "peuvent": "vont toujours", "probably": "certainly",
    "possible": "certain",
}  # fmt: skip
_DENIAL_TAKEN: Final = {
    "should not": "should", "do not": "do", "does not": "does", "must not": "must",
    "is not": "is", "are not": "are", "cannot": "can", "ne doivent pas": "doivent",
    "avoid": "use", "avoided": "used", "not recommended": "recommended",
    "n'est pas": "est", "rarely": "usually",
}  # fmt: skip
_DENIAL_PUT: Final = {
    "should": "should not", "must": "must not", "can": "cannot", "may": "may not",
    "is": "is not", "are": "are not", "will": "will not", "was": "was not",
    "were": "were not", "has": "has no", "est": "n'est pas", "sont": "ne sont pas",
    "doivent": "ne doivent pas", "peut": "ne peut pas", "causes": "does not cause",
}  # fmt: skip
_CONDITION: Final = re.compile(r",?\s(?:unless|except|sauf)\s[^.;]{8,}?(?=[.;]|$)")
_RESPELT: Final = {
    "≥": "at least ", "≤": "at most ", "%": " percent", "/day": " per day",
    " per day": "/day", "micrograms": "mcg", "mcg": "micrograms", " mg": "mg",
    "two weeks": "2 weeks", "three days": "3 days", "–": "-", "’": "'",
}  # fmt: skip


def _by_table(table: Mapping[str, str], *, bounded: bool = True) -> Perturbation:
    """A perturbation that puts another word for the first of the table's found."""
    words = sorted(table, key=len, reverse=True)
    edge = r"(?<![\w-])", r"(?![\w-])"
    patterns = [
        (
            re.compile(_bounded(re.escape(word), word, edge, bounded=bounded)),
            table[word],
        )
        for word in words
    ]

    def replaced(sentence: str, chance: Chance) -> str | None:
        found = [
            (m, new) for pattern, new in patterns for m in pattern.finditer(sentence)
        ]
        if not found:
            return None
        match, new = chance.choice(found)
        return sentence[: match.start()] + new + sentence[match.end() :]

    return replaced


def _bounded(pattern: str, word: str, edge: tuple[str, str], *, bounded: bool) -> str:
    if not bounded or not word[0].isalpha():
        return pattern
    return f"{edge[0]}{pattern}{edge[1]}"


def denied(sentence: str, chance: Chance) -> str | None:
    """Takes a denial away where there is one, else puts one in."""
    return _TAKEN(sentence, chance) or _PUT(sentence, chance)


def number_changed(sentence: str, chance: Chance) -> str | None:
    found = list(_NUMBER.finditer(sentence))
    if not found:
        return None
    match = chance.choice(found)
    return (
        sentence[: match.start()] + _another(match[0], chance) + sentence[match.end() :]
    )


def numbers_exchanged(sentence: str, _chance: Chance) -> str | None:
    """The first and the last number of a sentence in each other's place."""
    found = list(_NUMBER.finditer(sentence))
    if len(found) < 2 or found[0][0] == found[-1][0]:  # noqa: PLR2004  two to exchange
        return None
    first, last = found[0], found[-1]
    between = sentence[first.end() : last.start()]
    if len(between.split()) < 3:  # noqa: PLR2004  a range: "3 to 7"
        return None
    return (
        sentence[: first.start()]
        + last[0]
        + between
        + first[0]
        + sentence[last.end() :]
    )


def unit_changed(sentence: str, chance: Chance) -> str | None:
    found = list(_MEASURED.finditer(sentence))
    if not found:
        return None
    match = chance.choice(found)
    new = match["gap"] + _UNITS[match["unit"]]
    return sentence[: match.start()] + new + sentence[match.end() :]


def medicine_changed(sentence: str, chance: Chance) -> str | None:
    found = sorted(medicines(sentence))
    if not found:
        return None
    old = chance.choice(found)
    new = chance.choice([name for name in _WELL_KNOWN if name not in sentence.lower()])
    return re.sub(rf"(?i)\b{old}s?\b", new, sentence)


def condition_dropped(sentence: str, _chance: Chance) -> str | None:
    changed = _CONDITION.sub("", sentence)
    return changed if changed != sentence else None


def respelt(sentence: str, chance: Chance) -> str | None:
    """The same in another spelling: still true."""
    return _RESPELLING(sentence, chance)


def _another(number: str, chance: Chance) -> str:
    options = [f"1{number}", f"{number[0]}{number}"]
    if number.isdigit():
        options += [f"{int(number) + 1}", f"{int(number)}0"]
    return chance.choice([one for one in options if one != number])


_TAKEN: Final = _by_table(_DENIAL_TAKEN)
_PUT: Final = _by_table(_DENIAL_PUT)
_RESPELLING: Final = _by_table(_RESPELT, bounded=False)
_WELL_KNOWN: Final = tuple(
    name
    for name in ("warfarin", "metformin", "lisinopril", "amoxicillin", "digoxin")
    if name in NAMES
)

PERTURBATIONS: Final[Mapping[str, Perturbation]] = {
    "number_swapped": number_changed,
    "numbers_exchanged": numbers_exchanged,
    "unit_swapped": unit_changed,
    "comparator_swapped": _by_table(_COMPARISONS),
    "frequency_swapped": _by_table(_OFTEN),
    "negated": denied,
    "drug_swapped": medicine_changed,
    "population_swapped": _by_table(_POPULATIONS),
    "opposite": _by_table(_OPPOSITES),
    "hedge_dropped": _by_table(_SURER),
    "condition_dropped": condition_dropped,
}
