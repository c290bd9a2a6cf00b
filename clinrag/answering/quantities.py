"""Numbers with their units and directions, as a text states them.

Promises: pure; the same quantity written differently compares equal ("90mg",
"90 mg"; "mcg", "µg"; "120 mg per day", "120mg/day"; "three days", "3 days").
Does not convert: 1 g is not taken for 1000 mg, for nobody wrote that.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from clinrag.answering.folding import fold_text

_WORD_VALUES = {
    word: value
    for value, words in enumerate(
        (
            "zero",
            "one un une uno una um uma eine",
            "two deux dos dois duas zwei",
            "three trois tres três drei",
            "four quatre cuatro quatro vier",
            "five cinq cinco fünf",
            "six seis sechs",
            "seven sept siete sete sieben",
            "eight huit ocho oito acht",
            "nine neuf nueve nove neun",
            "ten dix diez dez zehn",
            "eleven onze once elf",
            "twelve douze doce doze zwölf",
        )
    )
    for word in words.split()
} | {
    "fourteen": 14,
    "fifteen": 15,
    "twenty": 20,
    "quinze": 15,
    "vingt": 20,
    "thirty": 30,
    "trente": 30,
    "sixty": 60,
    "ninety": 90,
}
_UNITS = {
    alias: canonical
    for canonical, aliases in {
        "mg": "mg mgs milligram milligrams milligramme milligrammes",
        "g": "g gram grams gramme grammes",
        "kg": "kg kilogram kilograms kilo kilos",
        "µg": "µg ug mcg microgram micrograms microgramme microgrammes",
        "ng": "ng nanogram nanograms",
        "ml": "ml millilitre millilitres milliliter milliliters",
        "l": "l litre litres liter liters",
        "dl": "dl",
        "iu": "iu ui",
        "unit": "unit units unité unités",
        "mmol": "mmol",
        "µmol": "µmol umol",
        "meq": "meq",
        "mme": "mme omeq",
        "mmhg": "mmhg",
        "%": "% percent",
        "cm": "cm",
        "mm": "mm",
        "°c": "°c",
        "€": "€ euro euros",
        "£": "£ pound pounds",
        "$": "$ dollar dollars",
        "minute": "min mins minute minutes minuto minutos",
        "hour": "h hr hrs hour hours heure heures hora horas",
        "day": "d day days jour jours día días dia dias tag tage tagen",
        "week": "week weeks semaine semaines semana semanas woche wochen",
        "month": "month months mois mes meses mês monat monate monaten",
        "year": "year years yr yrs an ans année années año años ano anos jahr jahre",
        "time": "time times fois vez veces vezes mal",
        "tablet": "tablet tablets comprimé comprimés comprimido comprimidos",
        "capsule": "capsule capsules gélule gélules",
        "dose": "dose doses dosis",
        "puff": "puff puffs bouffée bouffées",
        "drop": "drop drops goutte gouttes gota gotas",
        "bpm": "bpm",
        "kcal": "kcal",
        "patient": "patients people persons participants",
    }.items()
    for alias in aliases.split()
}
DOSE_UNITS = frozenset(
    "mg g µg ng ml iu unit mmol meq mme % tablet capsule puff drop dose".split()  # noqa: SIM905
)
_RATES = {"daily": "day", "weekly": "week", "hourly": "hour", "monthly": "month"}
_UP = (
    r"≥|>=|>|at least|more than|over|above|exceed(?:s|ing)?|greater than"
    r"|minimum(?: of)?|from|au moins|plus de|au minimum|al menos|más de"
    r"|pelo menos|mindestens"
)
_DOWN = (
    r"≤|<=|<|at most|less than|fewer than|under|below|up to|maximum(?: of)?"
    r"|no(?:t)? more than|no greater than|within|moins de|au plus|jusqu'à"
    r"|au maximum|hasta|menos de|até|höchstens"
)
_NOT_UP = r"(?:no|not)\s+(?:more|greater|exceed\w*)"
_UNIT = (
    r"(?:[µ%°€£$]?[A-Za-zÀ-ÿµ]+|[%€£$])"
    r"(?:\s?/\s?[A-Za-zµ]+|\s+(?:per|par|por|pro|a|each|every)\s+[A-Za-zÀ-ÿ]+)*"
    r"(?:\s+(?:daily|weekly|hourly|monthly))?"
)
_NUMBER = r"\d+(?:[.,]\d+)*[⁰¹²³⁴⁵⁶⁷⁸⁹½¼¾⅓⅔]*|[½¼¾⅓⅔]"
_WORDS = "|".join(sorted(_WORD_VALUES, key=len, reverse=True))
_QUANTITY = re.compile(
    rf"(?:(?P<up>{_UP})|(?P<down>{_DOWN}))?\s*(?P<currency>[€£$])?\s?"
    rf"(?<![\w.])(?P<number>{_NUMBER}|\b(?:{_WORDS})\b)"
    rf"(?:\s?(?:-|to|à|a|bis|and|et|or|ou)\s?(?P<upper>{_NUMBER}|\b(?:{_WORDS})\b))?"
    rf"(?:\s?-?\s?(?P<unit>{_UNIT}))?"
    r"(?P<after>\s+or\s+(?:more|greater|higher|above|less|fewer|under|below)|\+)?",
    re.IGNORECASE,
)
_AFTER_UP = ("more", "greater", "higher", "above", "+")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as written, its unit ("" when none) and direction ("", up, down).

    `in_words` numbers count as figures only beside a unit: "one" is mostly no one.
    """

    value: str
    unit: str
    direction: str
    in_words: bool = False


def quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities in `text`, in reading order."""
    return tuple(_scan(fold_text(text)))


def missing_quantities(claim: str, cited: Iterable[str]) -> tuple[Quantity, ...]:
    """Quantities of `claim` that no cited text states."""
    stated = [quantity for text in cited for quantity in quantities(text)]
    needed = (q for q in quantities(claim) if q.unit or not q.in_words)
    return tuple(q for q in needed if not any(_states(other, q) for other in stated))


def names_dose(text: str) -> bool:
    """Whether a text states an amount of something one takes."""
    return any(q.unit.split("/")[0] in DOSE_UNITS for q in quantities(text))


def _scan(text: str) -> Iterator[Quantity]:
    for match in _QUANTITY.finditer(text):
        unit = _canonical_unit(match["unit"] or match["currency"] or "")
        direction = _direction(match, text)
        for number in (match["number"], match["upper"]):
            if number:
                yield Quantity(
                    _canonical_value(number),
                    unit,
                    direction,
                    in_words=number.lower() in _WORD_VALUES,
                )


def _direction(match: re.Match[str], text: str) -> str:
    after = (match["after"] or "").split()
    if after:
        return "up" if after[-1].lower() in _AFTER_UP else "down"
    if match["up"]:
        before = text[max(0, match.start("up") - 5) : match.end("up")]
        return "down" if re.search(_NOT_UP, before, re.IGNORECASE) else "up"
    return "down" if match["down"] else ""


def _canonical_value(number: str) -> str:
    word = _WORD_VALUES.get(number.lower())
    if word is not None:
        return str(word)
    digits = number.rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹½¼¾⅓⅔")
    return _plain(digits) + number[len(digits) :]


def _plain(digits: str) -> str:
    if not digits:
        return ""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        digits = digits.replace(",", "")
    digits = digits.replace(",", ".")
    if digits.count(".") > 1:
        return digits
    return f"{Decimal(digits).normalize():f}"


def _canonical_unit(unit: str) -> str:
    parts = re.split(
        r"\s?/\s?|\s+(?:per|par|por|pro|a|each|every)\s+|\s+", unit.lower().strip()
    )
    known = [_UNITS.get(part) or _RATES.get(part) or "" for part in parts]
    if not known[0]:
        return ""
    return "/".join(part for part in known if part)


def _states(stated: Quantity, needed: Quantity) -> bool:
    same_way = not (stated.direction and needed.direction) or (
        stated.direction == needed.direction
    )
    return stated.value == needed.value and same_way and _unit_fits(stated, needed)


def _unit_fits(stated: Quantity, needed: Quantity) -> bool:
    """A claim may leave out a rate or a unit, never add or change one."""
    if not needed.unit:
        return True
    said, wanted = stated.unit.split("/"), needed.unit.split("/")
    return said[: len(wanted)] == wanted
