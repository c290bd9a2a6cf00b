"""Dates read alike on every page, also those of which only a part is known."""

import pytest

from clinrag.web.times import date_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-11-03", "3 Nov 2026"),
        ("2026-11", "Nov 2026"),
        ("2026", "2026"),
        ("", ""),
        ("2026-13-01", "2026-13-01"),
        ("soon", "soon"),
    ],
)
def test_date_is_told_as_far_as_it_is_known(text: str, words: str) -> None:
    assert date_words(text) == words
