"""The laws of putting two channels into one order."""

import math
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinrag.retrieval.fusion import (
    Candidate,
    Head,
    Ranked,
    Span,
    fuse,
    fused_score,
    normalised,
)

scores = st.one_of(
    st.none(), st.floats(min_value=-1, max_value=1), st.sampled_from([0.25, 0.5])
)
chunk_ids = st.integers(min_value=0, max_value=2**128 - 1).map(lambda n: UUID(int=n))
corpora = st.lists(
    st.builds(Candidate, chunk_id=chunk_ids, vector=scores, lexical=scores),
    unique_by=lambda one: one.chunk_id,
    max_size=30,
)


def span_of(values):
    held = [value for value in values if value is not None]
    return Span(min(held, default=0.0), max(held, default=0.0))


def fuse_all(corpus, *, given=None, limit=5, size=100):
    given = corpus if given is None else given
    return fuse(
        given,
        vector_span=span_of([one.vector for one in corpus]),
        lexical_span=Span(0.0, span_of([one.lexical for one in corpus]).high),
        limit=limit,
        head=Head(size=size, searched=len(corpus)),
    )


def head_of(corpus, size):
    """What the search gives: the best by the fused score."""
    whole = fuse_all(corpus, limit=size).ranked
    held = {one.chunk_id: one for one in corpus}
    return [held[one.chunk_id] for one in whole]


@given(corpora, st.randoms(use_true_random=False))
def test_fuse_gives_the_same_order_when_candidates_are_shuffled(corpus, random):
    shuffled = list(corpus)
    random.shuffle(shuffled)

    assert fuse_all(shuffled) == fuse_all(corpus)


@given(corpora)
def test_fuse_orders_by_score_then_chunk_id(corpus):
    ranked = fuse_all(corpus, limit=100).ranked

    assert list(ranked) == sorted(ranked, key=lambda one: (-one.score, one.chunk_id))
    assert len({one.chunk_id for one in ranked}) == len(corpus)


@given(corpora, st.integers(min_value=1, max_value=6), st.integers(1, 6))
def test_fuse_matches_the_whole_corpus_when_it_says_it_is_certain(corpus, limit, size):
    fused = fuse_all(corpus, given=head_of(corpus, size), limit=limit, size=size)

    if fused.certain:
        assert fused.ranked == fuse_all(corpus, limit=limit).ranked


@given(corpora)
def test_fuse_is_certain_when_everything_was_given(corpus):
    assert fuse_all(corpus, size=1).certain


@given(corpora)
def test_fuse_keeps_scores_between_zero_and_one(corpus):
    assert all(0 <= one.score <= 1 for one in fuse_all(corpus, limit=100).ranked)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_fused_score_never_falls_when_a_channel_rises(low, high, other):
    low, high = sorted((low, high))

    assert fused_score(low, other) <= fused_score(high, other)
    assert fused_score(other, low) <= fused_score(other, high)


@pytest.mark.parametrize("score", [None, math.nan, math.inf, -math.inf])
def test_normalised_is_zero_when_there_is_no_finite_score(score):
    assert normalised(score, Span(0, 1)) == 0


def test_normalised_is_one_when_all_scores_are_equal():
    assert normalised(0.4, Span(0.4, 0.4)) == 1


def test_fuse_breaks_a_tie_by_chunk_id_when_scores_are_equal():
    twins = [Candidate(UUID(int=n), 0.5, 1.0) for n in (3, 1, 2)]

    assert fuse_all(twins).ranked == tuple(Ranked(UUID(int=n), 1.0) for n in (1, 2, 3))


def test_fuse_is_uncertain_when_a_tie_reaches_past_the_cut():
    corpus = [Candidate(UUID(int=n), 0.5, None) for n in range(10)]

    assert not fuse_all(corpus, given=corpus[:3], limit=2, size=3).certain
