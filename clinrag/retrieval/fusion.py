"""Putting two channels' scores into one total order.

Promises: a pure function of its arguments; the order of the candidates given
does not matter; ties are broken by chunk id; and it says whether the order is
certain to be that of the whole corpus, though only the best of it were given. Does
not search, and does not decide whether a score is good enough.

The rule is a convex combination of normalised scores (Bruch, Gai and Ingber, "An
Analysis of Fusion Functions for Hybrid Retrieval", 2023, where it beats reciprocal rank
fusion), each divided by the most it could be, so that a score depends on no other
passage; then the closeness of the question's words is added to the best few. Its
figures come from `evaluate_retrieval`.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

# Fitted to the questions of three collections; README.md tells how, and the figures.
VECTOR_WEIGHT = 0.6
CLOSENESS_WEIGHT = 0.15
# The closeness of so many is looked at: more were measured to change nothing.
CLOSE_HEAD = 16

SCORE_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Span:
    """The lowest and the highest score that a channel could give."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk with its exact score in each channel, None where it has none."""

    chunk_id: UUID
    vector: float | None
    lexical: float | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its fused score, 0 to 1."""

    chunk_id: UUID
    score: float


@dataclass(frozen=True, slots=True)
class Fusion:
    """The best candidates in order.

    `certain` is True when no chunk outside the candidates can belong to it.
    """

    ranked: tuple[Ranked, ...]
    certain: bool


@dataclass(frozen=True, slots=True)
class Head:
    """How many of the best by the fused score were given, of how many searched."""

    size: int
    searched: int


def normalised(score: float | None, span: Span) -> float:
    """Bring a score to 0..1; an absent score, or one that is no number, is 0.

    Where all scores are equal they carry no news of order, and each is 1.
    """
    if score is None or not math.isfinite(score):
        return 0.0
    if span.high <= span.low:
        return 1.0
    return min(1.0, max(0.0, (score - span.low) / (span.high - span.low)))


def fused_score(
    vector: float, lexical: float, *, vector_weight: float = VECTOR_WEIGHT
) -> float:
    """Combine two normalised scores; rounded, so that noise makes no order."""
    return round(vector_weight * vector + (1 - vector_weight) * lexical, SCORE_DIGITS)


def fuse(
    candidates: Iterable[Candidate],
    *,
    vector_span: Span,
    lexical_span: Span,
    limit: int,
    head: Head,
    vector_weight: float = VECTOR_WEIGHT,
    also: Collection[UUID] = (),
) -> Fusion:
    """Order the candidates: score from high to low, then chunk id from low to high.

    The best `limit`, and behind them those of `also`, whatever they scored.

    They hold the best `head.size` of all searched, chosen by the same score where the
    search was made. What was left out scores no higher than the last of those; so if
    the last one kept scores more, nothing was missed, not even a tie.
    """
    ranked = sorted(
        (
            Ranked(
                one.chunk_id,
                fused_score(
                    normalised(one.vector, vector_span),
                    normalised(one.lexical, lexical_span),
                    vector_weight=vector_weight,
                ),
            )
            for one in candidates
        ),
        key=lambda one: (-one.score, one.chunk_id),
    )
    others = (one for one in ranked[limit:] if one.chunk_id in also)
    return Fusion(
        ranked=(*ranked[:limit], *others), certain=_is_certain(ranked, limit, head)
    )


def _is_certain(ranked: list[Ranked], limit: int, head: Head) -> bool:
    # A head that was not filled holds all that there was.
    if len(ranked) >= head.searched or len(ranked) < head.size:
        return True
    return limit < head.size and ranked[limit - 1].score > ranked[head.size - 1].score


def brought_closer(
    ranked: Sequence[Ranked],
    close: Mapping[UUID, float],
    *,
    weight: float = CLOSENESS_WEIGHT,
) -> tuple[Ranked, ...]:
    """Order anew with the closeness (0 to 1) of those it is known of, 0 for others.

    Nobody falls behind one of unknown closeness that scored less before.
    """
    told = (
        Ranked(
            one.chunk_id,
            round(
                (one.score + weight * close.get(one.chunk_id, 0.0)) / (1 + weight),
                SCORE_DIGITS,
            ),
        )
        for one in ranked
    )
    return tuple(sorted(told, key=lambda one: (-one.score, one.chunk_id)))
