"""The laws of how near words are to each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinrag.retrieval.closeness import closeness, pairs_of
from clinrag.retrieval.fusion import Ranked, brought_closer
from tests.unit.retrieval.test_fusion import chunk_ids

words = st.sampled_from(["kidney", "failure", "dose", "salt"])
places = st.dictionaries(words, st.lists(st.integers(1, 40), max_size=4))
rankings = st.lists(
    st.builds(Ranked, chunk_id=chunk_ids, score=st.floats(0, 1)),
    unique_by=lambda one: one.chunk_id,
    max_size=20,
)


@given(places, places)
def test_closeness_is_a_share_of_the_pairs(question, passage):
    assert 0 <= closeness(pairs_of(question), passage) <= 1


@given(places, places, st.integers(1, 100))
def test_closeness_stays_when_the_passage_stands_further_down(question, passage, by):
    moved = {word: [one + by for one in held] for word, held in passage.items()}
    pairs = pairs_of(question)

    assert closeness(pairs, moved) == closeness(pairs, passage)


@pytest.mark.parametrize(
    ("passage", "share"),
    [
        ({"kidney": [4], "failure": [5]}, 1.0),
        ({"failure": [4], "kidney": [6]}, 1.0),
        ({"failure": [4], "kidney": [9]}, 0.5),
        ({"failure": [4], "kidney": [10]}, 0.0),
        ({"failure": [4]}, 0.0),
        ({}, 0.0),
    ],
)
def test_closeness_falls_when_words_stand_apart(passage, share):
    assert closeness(pairs_of({"kidney": [1], "failure": [2]}), passage) == share


def test_pairs_of_leaves_out_words_that_stand_apart_or_are_alike():
    question = {"dose": [1, 2], "kidney": [3], "salt": [9]}

    assert pairs_of(question) == (("dose", "kidney"),)


@given(rankings, st.dictionaries(chunk_ids, st.floats(0, 1)), st.randoms())
def test_brought_closer_gives_one_order_whatever_came_in(ranked, close, random):
    close |= {one.chunk_id: random.random() for one in ranked[:5]}
    shuffled = random.sample(ranked, len(ranked))

    found = brought_closer(ranked, close)

    assert found == brought_closer(shuffled, close)
    assert {one.chunk_id for one in found} == {one.chunk_id for one in ranked}
    assert all(0 <= one.score <= 1 for one in found)
    order = [(-one.score, one.chunk_id) for one in found]
    assert order == sorted(order)
