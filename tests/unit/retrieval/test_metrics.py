"""The measures, against figures worked out by hand."""

import math

import pytest

from clinrag.retrieval.metrics import Quality, ndcg, quality, recall, reciprocal_rank

JUDGED = {"a": 2, "b": 1, "c": 0}


@pytest.mark.parametrize(
    ("ranking", "expected"),
    [
        (["a", "b"], 1.0),
        (["b", "a"], (1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3))),
        (["x", "a"], (2 / math.log2(3)) / (2 + 1 / math.log2(3))),
        (["c", "x"], 0.0),
        ([], 0.0),
    ],
)
def test_ndcg_discounts_by_rank_and_counts_grades(ranking, expected):
    assert ndcg(ranking, judged=JUDGED, depth=10) == pytest.approx(expected)


def test_measures_look_no_deeper_than_asked():
    ranking = ["x", "y", "a"]

    assert ndcg(ranking, judged=JUDGED, depth=2) == 0
    assert recall(ranking, judged=JUDGED, depth=2) == 0
    assert reciprocal_rank(ranking, judged=JUDGED, depth=2) == 0


def test_recall_counts_all_that_is_relevant():
    assert recall(["a", "x"], judged=JUDGED, depth=5) == 0.5


def test_reciprocal_rank_takes_the_first_relevant_one():
    assert reciprocal_rank(["c", "b", "a"], judged=JUDGED, depth=5) == 0.5


def test_quality_averages_over_the_questions():
    measured = quality(
        {"q1": ["a", "b"], "q2": ["x"]}, judgements={"q1": JUDGED, "q2": JUDGED}
    )

    assert measured == Quality(0.5, 0.5, 0.5, 0.5, 0.5)


def test_quality_is_zero_when_nothing_was_asked():
    assert quality({}, judgements={}) == Quality(0, 0, 0, 0, 0)
