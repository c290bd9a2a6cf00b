"""Fitting weights to questions, and what is said of a difference."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from clinrag.retrieval.fitting import (
    GRID,
    AskedSet,
    Candidates,
    Weights,
    fitted,
    half_of,
    interval,
)

RIGHT, WRONG = UUID(int=1), UUID(int=2)


def asked(name, parts_by_question):
    """Sets whose questions are each answered by "right" alone."""
    names = {RIGHT: "right", WRONG: "wrong"}
    return AskedSet(
        name,
        {q: Candidates(parts, names) for q, parts in parts_by_question.items()},
        {q: {"right": 1} for q in parts_by_question},
    )


def test_fitted_gives_the_channel_more_weight_that_is_right():
    by_meaning = {RIGHT: (0.6, 0.2, 0.0), WRONG: (0.4, 0.6, 0.0)}
    by_words = {RIGHT: (0.4, 0.6, 0.0), WRONG: (0.6, 0.2, 0.0)}

    assert fitted([asked("a", {"q": by_meaning})]).vector > 0.6
    assert fitted([asked("a", {"q": by_words})]).vector < 0.7


def test_fitted_looks_at_no_question_of_the_other_half():
    first = next(str(n) for n in range(99) if half_of(str(n)) == 0)
    second = next(str(n) for n in range(99) if half_of(str(n)) == 1)
    needs_closeness = {RIGHT: (0.5, 0.5, 1.0), WRONG: (0.6, 0.6, 0.0)}
    needs_none = {RIGHT: (0.5, 0.5, 0.0), WRONG: (0.49, 0.49, 1.0)}
    given = asked("a", {first: needs_closeness, second: needs_none})

    assert fitted([given], half=0).closeness > 0
    assert fitted([given], half=1) == Weights(GRID[0].vector, 0.0)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30))
def test_interval_holds_the_mean_and_is_the_same_at_every_run(differences):
    found = interval(differences)

    assert min(differences) - 1e-9 <= found.low <= found.high <= max(differences) + 1e-9
    assert found == interval(differences)


def test_interval_holds_nothing_when_nothing_was_asked():
    assert interval([]).mean == 0
