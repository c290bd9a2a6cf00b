"""Putting two channels' scores into one total order.

Promises: a pure function of its arguments; the order of the candidates given
does not matter; ties are broken by chunk id; and it says whether the order is
certain to be that of the whole corpus, though only the head of each channel was
given. Does not search, and does not decide whether a score is good enough.

The rule is a convex combination of min-max-normalised scores (Bruch, Gai and
Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2023, where it
beats reciprocal rank fusion). Its figures come from `evaluate_retrieval`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

# Chosen on one half of the questions of three collections and read on the other
# half; the figures are in README.md.
VECTOR_WEIGHT = 0.75

SCORE_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Span:
    """The lowest and the highest score of a channel over all that was searched."""

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
    """How many of the best of each channel were given, of how many searched."""

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
) -> Fusion:
    """Order the candidates: score from high to low, then chunk id from low to high.

    Whatever is not among them scores no higher, in either channel, than the last
    of that channel's head; so if the last one kept scores more than both ends
    together, nothing was missed.
    """
    held = list(candidates)
    vectors = [normalised(one.vector, vector_span) for one in held]
    lexicals = [normalised(one.lexical, lexical_span) for one in held]
    ranked = sorted(
        (
            Ranked(one.chunk_id, fused_score(v, w, vector_weight=vector_weight))
            for one, v, w in zip(held, vectors, lexicals, strict=True)
        ),
        key=lambda one: (-one.score, one.chunk_id),
    )
    ceiling = fused_score(
        _head_end(vectors, head.size),
        _head_end(lexicals, head.size),
        vector_weight=vector_weight,
    )
    certain = len(ranked) >= head.searched or (
        len(ranked) >= limit and ranked[limit - 1].score > ceiling
    )
    return Fusion(ranked=tuple(ranked[:limit]), certain=certain)


def _head_end(scores: list[float], size: int) -> float:
    """Return the score of the last of a channel's head; 0 when the head ran out."""
    if len(scores) < size:
        return 0.0
    return sorted(scores, reverse=True)[size - 1]
