"""Shares with their intervals, and two evaluations side by side."""

import math
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinrag.answering.evaluations.comparing import compare
from clinrag.answering.evaluations.figures import figures, latency
from clinrag.answering.evaluations.statistics import percentile, sign_test, wilson
from clinrag.answering.evaluations.types import (
    QUESTIONS_LEFT_OUT,
    Kind,
    Measure,
    Row,
    Share,
)
from clinrag.answering.types import Outcome

NONE_WORSE = Decimal("0.02")


def row(name, milliseconds=10, **shares):
    return Row(
        id=name,
        sha256=name,
        text=f"What of {name}?",
        collections=(),
        kind=Kind.PLAIN,
        outcome=Outcome.ANSWERED,
        rank=1,
        milliseconds=milliseconds,
        shares={Measure(key): Share(*value) for key, value in shares.items()},
    )


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # R. G. Newcombe, Statistics in Medicine 17, 1998, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_interval_is_the_published_one(hits, of, low, high):
    assert wilson(hits, of) == (
        pytest.approx(low, abs=5e-5),
        pytest.approx(high, abs=5e-5),
    )


@given(st.integers(0, 500), st.integers(1, 500))
def test_interval_holds_its_share_and_is_mirrored(hits, more):
    of = hits + more
    low, high = wilson(hits, of)
    other_low, other_high = wilson(more, of)

    assert 0 <= low <= hits / of <= high <= 1
    assert low == pytest.approx(1 - other_high, abs=1e-12)
    assert high == pytest.approx(1 - other_low, abs=1e-12)


@given(st.integers(0, 60), st.integers(0, 60))
def test_sign_test_adds_up_every_split_as_uneven(better, worse):
    pairs, gap = better + worse, abs(better - worse)
    splits = (k for k in range(pairs + 1) if abs(pairs - 2 * k) >= gap)
    wanted = sum(math.comb(pairs, k) for k in splits) / 2**pairs

    assert sign_test(better, worse) == pytest.approx(wanted)
    assert sign_test(better, worse) == sign_test(worse, better)


@given(st.lists(st.integers(0, 99), min_size=1), st.floats(0, 1))
def test_percentile_is_the_smallest_value_that_so_many_do_not_exceed(values, share):
    found = percentile(values, share)

    assert found in values
    assert sum(one <= found for one in values) >= share * len(values)
    assert sum(one < found for one in values) <= share * len(values)


def test_figures_leave_out_what_applies_to_no_question():
    told = figures([row("a", answered=(1, 1)), row("b", answered=(0, 1))])

    assert [(one.measure, one.share) for one in told] == [("answered", Share(1, 2))]
    assert latency([row("a", 10), row("b", 30), row("c", 20)]).median == 20


def test_worse_is_what_fell_by_more_than_the_tolerance():
    before = [row(str(n), answered=(1, 1)) for n in range(100)]
    after = [replace(one) for one in before]
    after[7] = row("7", answered=(0, 1))
    after[8] = row("8", answered=(0, 1))

    assert compare(before, after).worse(tolerance=Decimal("0.02")) == ()
    assert compare(before, after).worse(tolerance=Decimal("0.019")) == ("answered",)
    assert {one.after.id for one in compare(before, after).rows} == {"7", "8"}


def test_fewer_unsupported_claims_are_better():
    before, after = (
        [row("a", unsupported_claims=(2, 4))],
        [row("a", unsupported_claims=(1, 4))],
    )

    assert compare(before, after).worse(tolerance=NONE_WORSE) == ()
    assert compare(after, before).worse(tolerance=NONE_WORSE) == ("unsupported_claims",)


def test_leaving_out_a_question_is_worse_and_adding_one_is_not():
    both, one = (
        [row("a", answered=(1, 1)), row("b", answered=(0, 1))],
        [row("a", answered=(1, 1))],
    )

    assert compare(both, one).worse(tolerance=NONE_WORSE) == (QUESTIONS_LEFT_OUT,)
    assert compare(one, both).worse(tolerance=NONE_WORSE) == ()
    assert compare(one, both).added == 1


SHARES = st.sampled_from([None, (0, 1), (1, 1), (0, 2), (1, 2), (2, 2)])


@given(st.lists(st.tuples(SHARES, SHARES), max_size=12))
def test_what_got_better_one_way_got_worse_the_other(pairs):
    olds = [row(str(n), **known(old)) for n, (old, _) in enumerate(pairs)]
    news = [row(str(n), **known(new)) for n, (_, new) in enumerate(pairs)]
    there, back = compare(olds, news).changes, compare(news, olds).changes

    assert [(one.gain, one.better, one.worse, one.chance) for one in there] == [
        (-one.gain, one.worse, one.better, one.chance) for one in back
    ]


def known(share):
    return {} if share is None else {"citation_recall": share}
