"""What an evaluation comes to, each figure with how far it may be trusted.

Promises: pure; the same rows give the same figures. Times are told, and judge nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from clinrag.answering.evaluations.statistics import percentile, wilson
from clinrag.answering.evaluations.types import NONE, Measure, Row, Share


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure over all rows, with Wilson's interval at 95 %."""

    measure: Measure
    share: Share
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Latency:
    """From a question to its checked answer, in milliseconds."""

    median: int
    p95: int


def total(rows: Iterable[Row], measure: Measure) -> Share:
    """All shares of a measure together."""
    return sum((row.share(measure) for row in rows), NONE)


def figures(rows: Iterable[Row]) -> tuple[Figure, ...]:
    """Every measure that applies to any row."""
    every = tuple(rows)
    totals = ((measure, total(every, measure)) for measure in Measure)
    return tuple(
        Figure(measure, share, *wilson(share.hits, share.of))
        for measure, share in totals
        if share.of
    )


def latency(rows: Iterable[Row]) -> Latency:
    """Over all rows."""
    spent = [row.milliseconds for row in rows]
    return Latency(percentile(spent, 0.5), percentile(spent, 0.95))
