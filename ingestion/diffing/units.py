"""Units of measure in clinical English and French; the commonest of three others.

Promises: a unit has one name however it is spelt, a dimension, and, where units of
one dimension can be told in each other, how many of the smallest it is.
Will not: know substances; a unit of activity is the same amount only of one drug.
Symbols follow the SI brochure (9th edition) and ISO 80000; `mcg` and `IU` as
prescribers write them.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Dimension(StrEnum):
    """What a unit measures."""

    MASS = "mass"
    VOLUME = "volume"
    SUBSTANCE = "substance"
    ACTIVITY = "activity"
    FORM = "form"
    FREQUENCY = "frequency"
    TIME = "time"
    SHARE = "share"
    PRESSURE = "pressure"
    TEMPERATURE = "temperature"
    LENGTH = "length"
    ENERGY = "energy"
    MONEY = "money"
    DATE = "date"
    NUMBERING = "numbering"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit by its one name; `factor` is how many of its dimension's smallest."""

    name: str
    dimension: Dimension
    factor: float | None = None


# name, dimension, factor, how it is written (a regular expression)
_TABLE: Final = (
    ("ng", Dimension.MASS, 1e-3, r"ng|nanogram(?:me)?s?"),
    ("µg", Dimension.MASS, 1.0, r"[µμu]g|mcg|microgram(?:me)?s?"),
    ("mg", Dimension.MASS, 1e3, r"mg|milligram(?:me)?s?"),
    ("g", Dimension.MASS, 1e6, r"g|gram(?:me)?s?"),
    ("kg", Dimension.MASS, 1e9, r"kg|kilo(?:gram(?:me)?)?s?"),
    ("µl", Dimension.VOLUME, 1.0, r"[µμ][lL]|microlit(?:er|re)s?"),
    ("ml", Dimension.VOLUME, 1e3, r"m[lL]|millilit(?:er|re)s?|cc"),
    ("dl", Dimension.VOLUME, 1e5, r"d[lL]|decilit(?:er|re)s?"),
    ("l", Dimension.VOLUME, 1e6, r"[lL]|lit(?:er|re)s?"),
    ("mmol", Dimension.SUBSTANCE, None, r"mmol|millimoles?"),
    ("µmol", Dimension.SUBSTANCE, None, r"[µμ]mol|micromoles?"),
    ("nmol", Dimension.SUBSTANCE, None, r"nmol|nanomoles?"),
    ("mol", Dimension.SUBSTANCE, None, r"mol|moles?"),
    ("mEq", Dimension.SUBSTANCE, None, r"mEq"),
    (
        "MME",
        Dimension.ACTIVITY,
        None,
        r"(?:mg\s)?MME|(?:mg\s)?OME|mg\smorphine|morphine\smilligram\sequivalents?(?:\s\(MME\))?",
    ),
    ("IU", Dimension.ACTIVITY, None, r"IU|UI|international\sunits?"),
    ("unit", Dimension.ACTIVITY, None, r"units?|unités?|U"),
    (
        "tablet",
        Dimension.FORM,
        None,
        r"tablets?|tabs?|comprimés?|comprimidos?|tabletten?",
    ),
    ("capsule", Dimension.FORM, None, r"capsules?|caps?|gélules?"),
    ("puff", Dimension.FORM, None, r"puffs?|actuations?|bouffées?"),
    ("dose", Dimension.FORM, None, r"doses?"),
    ("drop", Dimension.FORM, None, r"drops?|gouttes?|gotas?|tropfen"),
    ("injection", Dimension.FORM, None, r"injections?"),
    ("inhaler", Dimension.FORM, None, r"inhalers?"),
    ("patch", Dimension.FORM, None, r"patch(?:es)?"),
    ("time", Dimension.FREQUENCY, None, r"times|fois|veces|vez|vezes"),
    ("second", Dimension.TIME, 1.0, r"seconds?|secs?|secondes?"),
    ("minute", Dimension.TIME, 60.0, r"minutes?|mins?"),
    ("hour", Dimension.TIME, 3600.0, r"hours?|hourly|hrs?|h|heures?|horas?|stunden?"),
    ("day", Dimension.TIME, 86400.0, r"days?|jours?|j|d[ií]as?|tage?n?|tag"),
    ("week", Dimension.TIME, 604800.0, r"weeks?|wks?|semaines?|semanas?|wochen?"),
    ("month", Dimension.TIME, None, r"months?|mois|mes|meses|mês|monate?n?|monat"),
    ("year", Dimension.TIME, None, r"years?|yrs?|ans|années?|a[nñ]os?|jahre?n?|jahr"),
    ("%", Dimension.SHARE, 1.0, r"%|per\s?cent|pour\scent|percent"),
    ("‰", Dimension.SHARE, 0.1, r"‰"),
    (
        "mmHg",
        Dimension.PRESSURE,
        None,
        r"mm\s?Hg|millimet(?:er|re)s?\sof\smercury(?:\s\(mm\s?Hg\))?",
    ),
    ("kPa", Dimension.PRESSURE, None, r"kPa"),
    ("°C", Dimension.TEMPERATURE, None, r"°\s?C|degrees\s(?:C|Celsius)"),
    ("°F", Dimension.TEMPERATURE, None, r"°\s?F"),
    ("beat", Dimension.FREQUENCY, None, r"bpm|beats|breaths"),
    ("m²", Dimension.LENGTH, None, r"m[²2]"),
    ("mm", Dimension.LENGTH, 1.0, r"mm|millimet(?:er|re)s?"),
    ("cm", Dimension.LENGTH, 10.0, r"cm|centimet(?:er|re)s?"),
    ("m", Dimension.LENGTH, 1000.0, r"m|met(?:er|re)s?|mètres?"),
    ("km", Dimension.LENGTH, 1e6, r"km"),
    ("kcal", Dimension.ENERGY, None, r"kcal"),
    ("kJ", Dimension.ENERGY, None, r"kJ"),
    ("€", Dimension.MONEY, None, r"€|euros?"),
    ("£", Dimension.MONEY, None, r"£|pounds?|pence"),
    ("$", Dimension.MONEY, None, r"\$|dollars?"),
)

UNITS: Final = tuple(Unit(name, kind, factor) for name, kind, factor, _ in _TABLE)
PATTERN: Final = "|".join(
    sorted((written for *_, written in _TABLE), key=len, reverse=True)
)
_SYMBOLS: Final = tuple(
    (re.compile(written), re.compile(written, re.IGNORECASE), unit)
    for (*_, written), unit in zip(_TABLE, UNITS, strict=True)
)
DOSED: Final = frozenset(
    {
        Dimension.MASS,
        Dimension.VOLUME,
        Dimension.SUBSTANCE,
        Dimension.ACTIVITY,
        Dimension.FORM,
    }
)


@lru_cache(maxsize=1024)
def unit_of(written: str) -> Unit | None:
    """Return the unit spelt so; its own case is tried before any other."""
    if not written:
        return None
    plain = " ".join(written.split())
    exact = (unit for own, _, unit in _SYMBOLS if own.fullmatch(plain))
    loose = (unit for _, other, unit in _SYMBOLS if other.fullmatch(plain))
    return next(exact, None) or next(loose, None)
