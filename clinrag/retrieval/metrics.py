"""How good a ranking is, by relevance judgements.

Promises: pure; the same definitions as trec_eval: gains as judged (linear), a
logarithmic discount, recall over all that is relevant, and the reciprocal rank of the
first relevant one within the cut. Source: Järvelin and Kekäläinen, "Cumulated
gain-based evaluation of IR techniques", 2002. Queries without judgements do not count.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

Judgements = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over all queries, 0 to 1."""

    ndcg_at_10: float
    recall_at_5: float
    recall_at_10: float
    recall_at_20: float
    mrr_at_10: float


def ndcg(ranking: Sequence[str], *, judged: Judgements, depth: int) -> float:
    best = sorted(judged.values(), reverse=True)[:depth]
    found = [judged.get(one, 0) for one in ranking[:depth]]
    ideal = _discounted(best)
    return _discounted(found) / ideal if ideal else 0.0


def recall(ranking: Sequence[str], *, judged: Judgements, depth: int) -> float:
    relevant = {one for one, gain in judged.items() if gain > 0}
    return len(relevant & set(ranking[:depth])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Sequence[str], *, judged: Judgements, depth: int) -> float:
    for rank, one in enumerate(ranking[:depth], 1):
        if judged.get(one, 0) > 0:
            return 1 / rank
    return 0.0


def quality(
    rankings: Mapping[str, Sequence[str]], *, judgements: Mapping[str, Judgements]
) -> Quality:
    """Average over the queries; both by query id. All 0 when there are none."""
    pairs = [(ranking, judgements[query]) for query, ranking in rankings.items()]
    if not pairs:
        return Quality(0, 0, 0, 0, 0)
    return Quality(
        ndcg_at_10=fmean(ndcg(r, judged=j, depth=10) for r, j in pairs),
        recall_at_5=fmean(recall(r, judged=j, depth=5) for r, j in pairs),
        recall_at_10=fmean(recall(r, judged=j, depth=10) for r, j in pairs),
        recall_at_20=fmean(recall(r, judged=j, depth=20) for r, j in pairs),
        mrr_at_10=fmean(reciprocal_rank(r, judged=j, depth=10) for r, j in pairs),
    )


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))
