"""Cutting a text into passages and a marked span loses nothing."""

from hypothesis import example, given
from hypothesis import strategies as st

from clinrag.web.marks import Excerpt, Piece, Place, Segment, excerpt, segments

SPANS = st.tuples(st.integers(0, 80), st.integers(0, 80))


@example("000", [], (2, 1))
@given(st.text(max_size=60), st.lists(SPANS, max_size=6), st.none() | SPANS)
def test_segments_give_the_text_back_whatever_the_places(
    text: str, spans: list[tuple[int, int]], marked: tuple[int, int] | None
) -> None:
    places = [Place(n, start, end) for n, (start, end) in enumerate(spans)]
    found = segments(text, places=places, span=marked)
    joined = "".join(piece.text for one in found for piece in one.pieces)
    assert joined == text


@given(st.text(min_size=1, max_size=60), SPANS)
def test_segments_mark_exactly_the_span(text: str, span: tuple[int, int]) -> None:
    found = segments(text, places=[Place(0, 5, 20), Place(1, 20, 31)], span=span)
    marked = "".join(p.text for one in found for p in one.pieces if p.marked)
    assert marked == (text[span[0] : span[1]] if span[0] < span[1] else "")


@given(st.text(max_size=200), st.integers(0, 200), st.integers(0, 200))
def test_excerpt_joins_to_a_stretch_of_the_text(text: str, one: int, two: int) -> None:
    start, end = sorted((min(one, len(text)), min(two, len(text))))
    found = excerpt(text, start=start, end=end, context=20)
    assert found.quote == text[start:end]
    assert found.before + found.quote + found.after in text


def test_excerpt_is_cut_at_words() -> None:
    text = "alpha beta gamma delta epsilon"
    assert excerpt(text, start=11, end=16, context=8) == Excerpt(
        " beta ", "gamma", " delta ", cut_before=True, cut_after=True
    )


def test_segments_keep_the_words_between_passages() -> None:
    place = Place(0, 4, 8, "Passage 1")
    assert segments("one two. three", places=[place]) == (
        Segment(None, (Piece("one "),)),
        Segment(place, (Piece("two."),)),
        Segment(None, (Piece(" three"),)),
    )
