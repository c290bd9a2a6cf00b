"""Marks cut where comments begin and end, and where links point."""

from hypothesis import given
from hypothesis import strategies as st

from clinrag.web.comparison_text import Marked, marked_range, pieces_of
from ingestion.diffing import ChangeKind, SentenceChange
from ingestion.diffing.words import mark_words

ANCHOR = "s-0123456789ab"
texts = st.text("ab 5.\n", max_size=30)
ranges = st.builds(
    lambda side, start, length: Marked(ANCHOR, side, start, start + length, "t"),
    st.sampled_from(["old", "new"]),
    st.integers(0, 30),
    st.integers(1, 30),
)


def sentence(old: str, new: str) -> SentenceChange:
    spans = (7, 7 + len(old)), (3, 3 + len(new))
    return SentenceChange(ChangeKind.CHANGED, old, new, *spans, mark_words(old, new))


@given(texts, texts, st.lists(ranges, max_size=3))
def test_pieces_stand_where_they_say_in_either_text(old, new, found):
    for piece in pieces_of(sentence(old, new), found):
        if piece.origin != "insert":
            assert old[piece.old_at - 7 :].startswith(piece.text)
        if piece.origin != "delete":
            assert new[piece.new_at - 3 :].startswith(piece.text)


@given(texts, texts)
def test_pieces_hold_every_word_of_both_texts(old, new):
    pieces = pieces_of(sentence(old, new), [])

    before = "".join(one.text for one in pieces if one.origin != "insert")
    after = "".join(one.text for one in pieces if one.origin != "delete")
    assert "".join(before.split()) == "".join(old.split())
    assert after == new


def test_words_are_marked_when_they_are_commented_on():
    one = sentence("Give 5 mg now", "Give 10 mg now")

    pieces = pieces_of(one, [Marked(ANCHOR, "old", 12, 16, "t")])

    marked = [(piece.origin, piece.text) for piece in pieces if piece.is_marked]
    assert marked == [("delete", "5"), ("equal", "mg")]


def test_range_is_read_from_an_address_and_refused_when_it_is_none():
    asked = Marked(ANCHOR, "new", 12, 30)

    assert marked_range(asked.address) == asked
    assert marked_range(f"{ANCHOR}:new:30-12") is None
    assert marked_range(f"{ANCHOR}:left:1-2") is None
    assert marked_range("<script>") is None
