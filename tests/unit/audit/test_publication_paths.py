"""One path for each resource of the published log, and none for what no tree has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import ResourceUnknown
from audit.publication.paths import TilePath, format_path, is_covered, parse

PLACES = st.builds(
    TilePath,
    st.none() | st.integers(0, 63),
    st.integers(0, 2**63 - 1),
    st.integers(1, 256),
)


@given(PLACES)
def test_path_is_read_as_it_was_written(place):
    assert parse(format_path(place)) == place


@given(st.text("tile/0123456789x.pentris", max_size=40))
def test_text_is_refused_or_is_the_one_path_of_a_place(text):
    try:
        place = parse(text)
    except ResourceUnknown:
        return
    assert format_path(place) == text


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("tile/0/000", TilePath(0, 0)),
        ("tile/entries/x001/x234/067", TilePath(None, 1234067)),
        ("tile/63/x001/000.p/255", TilePath(63, 1000, 255)),
        ("tile/1/001.p/1", TilePath(1, 1, 1)),
    ],
)
def test_examples_of_the_specification_are_read(path, place):
    assert parse(path) == place


@pytest.mark.parametrize(
    "path",
    [
        "", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000",
        "tile/00/000", "tile/01/000", "tile/64/000", "tile/-1/000", "tile/+1/000",
        "tile/0/x000/001", "tile/0/000/001", "tile/0/x001", "tile/0/x001/x002",
        "tile/0/X001/000", "tile/0/000.p/0", "tile/0/000.p/00", "tile/0/000.p/01",
        "tile/0/000.p/256", "tile/0/000.p/999", "tile/0/000.p/", "tile/0/000.p",
        "tile/0/000.p/1/", "/tile/0/000", "tile/0/000/", "tile//000", "tile/0/000\n",
        "tile/entries/000 ", "tile/Entries/000", "tile/data/000", "tile/0/٠٠٠",
        "tile/0/" + "x999/" * 7 + "999", "tile/0/" + "x999/" * 4000 + "999",
        "checkpoint/", "tile/0/../0/000",
    ],
)  # fmt: skip
def test_other_spellings_are_unknown(path):
    with pytest.raises(ResourceUnknown):
        parse(path)


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts():
    def covered(level, number, width=256):
        return is_covered(TilePath(level, number, width), 70_000)

    assert covered(0, 272)
    assert covered(0, 273, 112)
    assert not covered(0, 273, 113)
    assert not covered(0, 273)
    assert covered(1, 0)
    assert covered(1, 1, 17)
    assert not covered(1, 1, 18)
    assert covered(2, 0, 1)
    assert not covered(2, 0, 2)
    assert not covered(3, 0, 1)
    assert covered(None, 273, 112)
    assert not covered(None, 273, 113)


def test_an_empty_tree_has_no_tile():
    assert not is_covered(TilePath(0, 0, 1), 0)


@given(PLACES, st.integers(0, 2**62), st.integers(0, 2**62))
def test_what_was_published_stays_published(place, size, more):
    assert is_covered(place, size + more) or not is_covered(place, size)
