"""Two evaluations side by side: what got better, what got worse, the worst first.

Promises: pure. Only questions that both asked, and know the same of, are compared; one
that was changed is another question. A measure is worse when its share over them is
so by more than the tolerance; the sign test says how likely chance alone would split
the questions so unevenly, and decides nothing: with few questions hardly anything is
significant, and a gate that waits for it lets harm through. A question of the baseline
that was not asked again is worse, too: leaving out the hard ones is no improvement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from clinrag.answering.evaluations.figures import total
from clinrag.answering.evaluations.statistics import sign_test
from clinrag.answering.evaluations.types import (
    QUESTIONS_LEFT_OUT,
    Measure,
    Row,
    Share,
)

Pair = tuple[Row, Row]


@dataclass(frozen=True, slots=True)
class Change:
    """A measure before and after; `better` and `worse` count questions."""

    measure: Measure
    before: Share
    after: Share
    better: int
    worse: int
    chance: float

    @property
    def gain(self) -> Fraction:
        """How much better, -1 to 1; nothing where there is nothing to compare."""
        if not (self.before.of and self.after.of):
            return Fraction(0)
        return _gain(self.measure, self.before, self.after)


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A question whose judgement differs, and in which measures."""

    before: Row
    after: Row
    better: tuple[Measure, ...]
    worse: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Changes and questions, each the worst first."""

    changes: tuple[Change, ...]
    rows: tuple[ChangedRow, ...]
    compared: int
    left_out: int
    added: int

    def worse(self, *, tolerance: Decimal) -> tuple[str, ...]:
        """The names of what is worse beyond the tolerance (a share, 0 to 1)."""
        beyond = -Fraction(tolerance)
        worse = [str(one.measure) for one in self.changes if one.gain < beyond]
        return (*worse, *([QUESTIONS_LEFT_OUT] if self.left_out else []))


def compare(before: Sequence[Row], after: Sequence[Row]) -> Comparison:
    """Each row of `before` beside the row of the same question in `after`."""
    olds, news = _by_hash(before), _by_hash(after)
    pairs = [(olds[key], news[key]) for key in olds if key in news]
    changes = sorted((_change(one, pairs) for one in Measure), key=_worst_change)
    rows = sorted(filter(_differs, map(_changed, pairs)), key=_worst_row)
    return Comparison(
        changes=tuple(one for one in changes if one.before.of or one.after.of),
        rows=tuple(rows),
        compared=len(pairs),
        left_out=len(olds) - len(pairs),
        added=len(news) - len(pairs),
    )


def _by_hash(rows: Sequence[Row]) -> Mapping[str, Row]:
    return {row.sha256: row for row in rows}


def _change(measure: Measure, pairs: Sequence[Pair]) -> Change:
    gains = [_row_gain(measure, pair) for pair in pairs]
    better, worse = sum(one > 0 for one in gains), sum(one < 0 for one in gains)
    return Change(
        measure=measure,
        before=total((old for old, _ in pairs), measure),
        after=total((new for _, new in pairs), measure),
        better=better,
        worse=worse,
        chance=sign_test(better, worse),
    )


def _row_gain(measure: Measure, pair: Pair) -> Fraction:
    """How much better a question is; without figures on both sides, not at all."""
    old, new = (row.share(measure) for row in pair)
    return _gain(measure, old, new) if old.of and new.of else Fraction(0)


def _gain(measure: Measure, old: Share, new: Share) -> Fraction:
    gain = Fraction(new.hits, new.of) - Fraction(old.hits, old.of)
    return -gain if measure.is_better_when_lower else gain


def _changed(pair: Pair) -> ChangedRow:
    gains = {measure: _row_gain(measure, pair) for measure in Measure}
    return ChangedRow(
        *pair,
        better=tuple(one for one, gain in gains.items() if gain > 0),
        worse=tuple(one for one, gain in gains.items() if gain < 0),
    )


def _differs(row: ChangedRow) -> bool:
    moved = row.before.outcome is not row.after.outcome
    return bool(row.better or row.worse) or moved


def _worst_change(change: Change) -> tuple[Fraction, str]:
    return change.gain, change.measure


def _worst_row(row: ChangedRow) -> tuple[int, int, str]:
    return -len(row.worse), len(row.better), row.after.id
