"""Whether the fused search beats each channel and each baseline, and how surely.

Promises: compares on questions that the weights were not fitted on, question by
question. Will not: leave out a comparison that was lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from clinrag.retrieval.fitting import (
    AskedSet,
    Interval,
    Weights,
    fitted,
    half_of,
    interval,
)

FUSED = "fused"


@dataclass(frozen=True, slots=True)
class Contested:
    """A set with the nDCG@10 of each question by each system."""

    asked: AskedSet
    ndcg: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Weights fitted elsewhere, and what they come to here.

    `ndcg_at_10` holds the fused search by those weights beside every other system;
    `ahead` by how much the fused one is ahead of each of the others.
    """

    set: str
    fitted_on: str
    weights: Weights
    questions: int
    ndcg_at_10: Mapping[str, float]
    ahead: Mapping[str, Interval]


def held_out(sets: Sequence[Contested]) -> tuple[HeldOut, ...]:
    """Fit on a half and judge on the other; fit on all sets but one, judge on that."""
    return (*_by_halves(sets), *_by_sets(sets))


def as_used(one: Contested) -> dict[str, Interval]:
    """By how much the search as it is in use is ahead of each other system."""
    return _ahead(one.ndcg[FUSED], one, list(one.ndcg[FUSED]))


def _by_halves(sets: Sequence[Contested]) -> list[HeldOut]:
    found = []
    for half in (0, 1):
        weights = fitted((one.asked for one in sets), half=half)
        for one in sets:
            questions = [q for q in one.ndcg[FUSED] if half_of(q) != half]
            found.append(_judged(one, weights, questions, f"half {half + 1}"))
    return found


def _by_sets(sets: Sequence[Contested]) -> list[HeldOut]:
    found = []
    for one in sets:
        others = [other for other in sets if other is not one]
        if others:
            weights = fitted(other.asked for other in others)
            names = " and ".join(other.asked.name for other in others)
            found.append(_judged(one, weights, list(one.ndcg[FUSED]), names))
    return found


def _judged(
    one: Contested, weights: Weights, questions: Sequence[str], fitted_on: str
) -> HeldOut:
    fused = one.asked.scores[weights]
    systems = {**one.ndcg, FUSED: fused}
    return HeldOut(
        set=one.asked.name,
        fitted_on=fitted_on,
        weights=weights,
        questions=len(questions),
        ndcg_at_10={
            name: fmean(scores[q] for q in questions) if questions else 0.0
            for name, scores in systems.items()
        },
        ahead=_ahead(fused, one, questions),
    )


def _ahead(
    fused: Mapping[str, float], one: Contested, questions: Sequence[str]
) -> dict[str, Interval]:
    return {
        name: interval([fused[q] - scores[q] for q in questions])
        for name, scores in one.ndcg.items()
        if name != FUSED
    }
