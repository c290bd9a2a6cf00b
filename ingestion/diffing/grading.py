"""Which rule a pair of quantities falls under.

Promises: every pair falls under exactly one row of `rules`: the first in the order
written here that holds. Will not: grade.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ingestion.diffing.quantities import Quantity, is_same_amount
from ingestion.diffing.rules import COUNTED, DATED, GIVEN, MEASURED
from ingestion.diffing.units import Dimension

OFTEN: Final = frozenset({Dimension.FREQUENCY})
TIMES: Final = frozenset({Dimension.TIME})


@dataclass(frozen=True, slots=True)
class QuantityPair:
    """A quantity and what it became; `is_whole_text` if its sentence came or went."""

    old: Quantity | None
    new: Quantity | None
    is_whole_text: bool = False

    @property
    def sides(self) -> list[Quantity]:
        return [one for one in (self.old, self.new) if one]

    @property
    def is_limit(self) -> bool:
        return any(one.is_limit for one in self.sides)

    @property
    def is_range(self) -> bool:
        return any(one.is_range for one in self.sides)

    def any_in(self, dimensions: frozenset[Dimension]) -> bool:
        return any(one.dimension in dimensions for one in self.sides)

    @property
    def is_given(self) -> bool:
        return self.any_in(GIVEN)


Row = tuple[str, Callable[[QuantityPair], bool]]


def _is_only_unit(pair: QuantityPair) -> bool:
    old, new = pair.old, pair.new
    if not old or not new or old.unit == new.unit:
        return False
    return (old.values, old.sign) == (new.values, new.sign)


def _is_same_number(pair: QuantityPair) -> bool:
    old, new = pair.old, pair.new
    return bool(old and new and (old.values, old.unit) == (new.values, new.unit))


def _is_same_amount(pair: QuantityPair) -> bool:
    return bool(pair.old and pair.new and is_same_amount(pair.old, pair.new))


_OTHER: Final[tuple[Row, ...]] = (
    ("duration_changed", lambda pair: pair.any_in(TIMES)),
    ("measure_changed", lambda pair: pair.any_in(MEASURED)),
    ("number_changed", lambda _: True),
)
_FIRST: Final[tuple[Row, ...]] = (
    ("date_changed", lambda pair: pair.any_in(DATED)),
    ("numbering_changed", lambda pair: pair.any_in(COUNTED)),
)
# Both editions tell a quantity.
_BOTH: Final[tuple[Row, ...]] = (
    *_FIRST,
    ("same_amount_in_other_unit", _is_same_amount),
    ("unit_changed", _is_only_unit),
    ("comparison_changed", lambda pair: pair.is_limit and _is_same_number(pair)),
    ("threshold_changed", lambda pair: pair.is_limit),
    ("frequency_changed", lambda pair: pair.any_in(OFTEN)),
    ("dose_range_changed", lambda pair: pair.is_given and pair.is_range),
    ("dose_changed", lambda pair: pair.is_given),
    *_OTHER,
)
# One of them does, within a sentence that goes on.
_LONE: Final[tuple[Row, ...]] = (
    *_FIRST,
    ("threshold_come", lambda pair: pair.is_limit and pair.new is not None),
    ("threshold_gone", lambda pair: pair.is_limit),
    ("dose_come", lambda pair: pair.is_given and pair.new is not None),
    ("dose_gone", lambda pair: pair.is_given),
    *_OTHER,
)
# One of them does, with its whole sentence.
_WHOLE: Final[tuple[Row, ...]] = (
    *_FIRST,
    ("threshold_in_new_text", lambda pair: pair.is_limit and pair.new is not None),
    ("threshold_in_lost_text", lambda pair: pair.is_limit),
    ("dose_in_new_text", lambda pair: pair.is_given and pair.new is not None),
    ("dose_in_lost_text", lambda pair: pair.is_given),
    ("number_in_new_text", lambda pair: pair.new is not None),
    ("number_in_lost_text", lambda _: True),
)


def rule_for_quantities(pair: QuantityPair) -> str:
    """Return the name of the rule; one of the quantities may be missing."""
    lone = _WHOLE if pair.is_whole_text else _LONE
    rows = _BOTH if pair.old and pair.new else lone
    return next(name for name, holds in rows if holds(pair))
