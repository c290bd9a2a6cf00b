"""Fitting the weights of the fused score to questions, and telling how sure that is.

Promises: pure and the same at every run; what weights were fitted on is never what they
are judged on: the other half of the questions, or another set altogether. Will not:
change the weights in use (`fusion`), which people choose and write down.
"""

import hashlib
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from statistics import fmean
from typing import Final
from uuid import UUID

from clinrag.retrieval.fusion import CLOSE_HEAD, Ranked, brought_closer, fused_score
from clinrag.retrieval.metrics import Judgements, ndcg

DEPTH: Final = 10
VECTOR_WEIGHTS: Final = (0.4, 0.5, 0.6, 0.7, 0.8)
CLOSENESS_WEIGHTS: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
SAMPLES: Final = 1_000
CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Weights:
    """Those of the fused score."""

    vector: float
    closeness: float


GRID: Final = tuple(
    Weights(*pair) for pair in product(VECTOR_WEIGHTS, CLOSENESS_WEIGHTS)
)


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a question could find: the parts of each score by chunk, and the names."""

    parts: Mapping[UUID, tuple[float, float, float]]
    names: Mapping[UUID, str]


@dataclass(frozen=True)
class AskedSet:
    """The questions of one set: their candidates and judgements, by question id."""

    name: str
    candidates: Mapping[str, Candidates]
    judgements: Mapping[str, Judgements]

    @cached_property
    def scores(self) -> dict[Weights, dict[str, float]]:
        """nDCG@10 of each question by each pair of weights."""
        return {weights: scores_by(self, weights) for weights in GRID}


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean difference and the bounds of its 95 % confidence interval."""

    mean: float
    low: float
    high: float


def half_of(question_id: str) -> int:
    """Which half a question belongs to, 0 or 1, whatever else is asked."""
    return hashlib.sha256(question_id.encode()).digest()[0] & 1


def scores_by(given: AskedSet, weights: Weights) -> dict[str, float]:
    """nDCG@10 of each question, ranked by these weights."""
    return {
        question: ndcg(
            _ranking(found, weights), judged=given.judgements[question], depth=DEPTH
        )
        for question, found in given.candidates.items()
    }


def fitted(sets: Iterable[AskedSet], *, half: int | None = None) -> Weights:
    """The weights of the best mean over the sets; a tie goes to the first of the grid.

    `half` takes only that half of the questions into account.
    """
    held = list(sets)

    def goodness(weights: Weights) -> float:
        return fmean(_mean(one.scores[weights], half=half) for one in held)

    return max(GRID, key=goodness)


def interval(differences: Sequence[float]) -> Interval:
    """A paired bootstrap over questions (Efron, 1979), seeded."""
    if not differences:
        return Interval(0.0, 0.0, 0.0)
    source = random.Random(0)  # noqa: S311  no secret
    means = sorted(
        fmean(source.choices(differences, k=len(differences))) for _ in range(SAMPLES)
    )
    beyond = round(SAMPLES * (1 - CONFIDENCE) / 2)
    return Interval(fmean(differences), means[beyond], means[-beyond - 1])


def _ranking(found: Candidates, weights: Weights) -> list[str]:
    """As the search orders: by both channels, then the best by closeness as well."""
    ranked = sorted(
        (
            Ranked(chunk_id, fused_score(vector, words, vector_weight=weights.vector))
            for chunk_id, (vector, words, _) in found.parts.items()
        ),
        key=lambda one: (-one.score, one.chunk_id),
    )
    close = {one.chunk_id: found.parts[one.chunk_id][2] for one in ranked[:CLOSE_HEAD]}
    best = brought_closer(ranked[: 2 * CLOSE_HEAD], close, weight=weights.closeness)
    return [found.names[one.chunk_id] for one in best[:DEPTH]]


def _mean(scores: Mapping[str, float], *, half: int | None) -> float:
    held = [
        score
        for question, score in scores.items()
        if half is None or half_of(question) == half
    ]
    return fmean(held) if held else 0.0
