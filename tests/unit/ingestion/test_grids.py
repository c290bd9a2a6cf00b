"""Cells that span, in the columns where a reader sees them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.parsers import ParseLimits, parse
from ingestion.parsers.grids import MOST_COLUMNS, Cell, laid_out


def markdown(html: str) -> str:
    page = f"<!doctype html><body><table>{html}</table></body>".encode()
    found = parse(page, media_type="text/html", limits=ParseLimits())
    return "\n".join(block.text for block in found.blocks)


def test_spanning_cells_of_a_page_are_laid_out_in_their_columns():
    assert markdown(
        "<tr><th rowspan=2>Drug</th><th colspan=2>Dose</th><th rowspan='2'>Days</th></tr>"
        "<tr><th>adult</th><th>child</th></tr>"
        "<tr><td>A</td><td colspan='2'>5 mg</td><td rowspan=0>7</td></tr>"
        "<tr><td>B</td><td>1 g</td><td>2 g</td></tr>"
    ).splitlines() == [
        "| Drug | Dose |  | Days |",
        "| --- | --- | --- | --- |",
        "| Drug | adult | child | Days |",
        "| A | 5 mg |  | 7 |",
        "| B | 1 g | 2 g | 7 |",
    ]


@pytest.mark.parametrize("odd", ["", "x", "-1", "9" * 30, "1.5", "٣", "0", "1000"])
def test_odd_spans_lose_no_words(odd):
    html = f"<tr><td colspan='{odd}'>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr>"
    assert all(word in markdown(html) for word in "abcd")


cell = st.builds(
    Cell, st.text("abc", min_size=1, max_size=2), st.integers(0, 5), st.integers(0, 5)
)


@given(st.lists(st.lists(cell, max_size=5), max_size=6))
def test_grid_has_a_row_for_each_and_loses_no_words(rows):
    grid = laid_out(rows)
    assert len(grid) == len(rows)
    for given_cells, texts in zip(rows, grid, strict=True):
        rest = iter(texts)
        assert all(one.text in rest for one in given_cells)
        assert len(texts) <= MOST_COLUMNS + 5 * 5


def test_grid_is_bounded_when_a_cell_spans_without_end():
    grid = laid_out([[Cell("a", 10**6, 0)], [], []])
    assert [len(row) for row in grid] == [MOST_COLUMNS] * 3
    assert [row[0] for row in grid] == ["a"] * 3
