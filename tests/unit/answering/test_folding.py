import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinrag.answering.folding import find_span, fold, fold_text

TYPOGRAPHY = st.text(
    alphabet=st.sampled_from(
        "aé e\u0301\u00a0\u2009\n\t–-’'“\"µμ½¹⁹0123456789.,ﬁ\u00ad\u200b≥mgß"
    ),
    max_size=60,
)
ANY = st.one_of(TYPOGRAPHY, st.text(max_size=60))


@given(ANY)
def test_fold_keeps_spans_in_order_for_any_text(text):
    folded = fold(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert list(folded.starts) == sorted(folded.starts)
    assert all(
        0 <= start < end <= len(text)
        for start, end in zip(folded.starts, folded.ends, strict=True)
    )


@given(ANY)
def test_fold_of_each_span_holds_its_character(text):
    folded = fold(text)
    for char, start, end in zip(folded.text, folded.starts, folded.ends, strict=True):
        assert char in fold(text[start:end]).text


@given(ANY)
def test_fold_is_idempotent(text):
    assert fold_text(fold_text(text)) == fold_text(text)


@given(ANY, ANY, ANY)
def test_quote_is_found_where_it_stands_when_cut_at_words(before, quote, after):
    text = f"{before} {quote} {after}"
    if not fold_text(quote) or unicodedata.combining(quote[0]):
        return
    span = find_span(fold(text), quote)
    if span is not None:
        start, end = span
        assert fold_text(text[start:end]) == fold_text(quote)


@given(
    st.lists(st.sampled_from(["dose", "5", "mg", "≥90", "MME/day", "not"]), min_size=1)
)
def test_quote_is_always_found_when_it_is_made_of_whole_words(words):
    text = "  ".join(["Start", *words, "end."])
    start, end = find_span(fold(text), " ".join(words))
    assert fold_text(text[start:end]) == " ".join(words)


@pytest.mark.parametrize(
    ("text", "quote", "found"),
    [
        ("at\u00a0least  90\nMME", "at least 90 MME", "at\u00a0least  90\nMME"),
        ("the “usual” dose – 5 mg", '"usual" dose - 5 mg', "“usual” dose – 5 mg"),
        ("café au lait", "cafe\u0301 au lait", "café au lait"),
        ("cafe\u0301 au lait", "café au lait", "cafe\u0301 au lait"),
        ("e\ufb03cient", "efficient", "e\ufb03cient"),
        ("pre\u00adscribe it", "prescribe it", "pre\u00adscribe it"),
    ],
)
def test_quote_is_found_when_only_typography_differs(text, quote, found):
    start, end = find_span(fold(text), quote)
    assert text[start:end] == found


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("give 25 mg", "5 mg"),
        ("give 2.5 mg", "5 mg"),
        ("give 5 mg", "5 m"),
        ("give 1.25 g", "1"),
        ("10⁹ cells", "109 cells"),
        ("1½ tablets", "11/2 tablets"),
        ("give 5 mg", "Give 6 mg"),
        ("give 5 mg", " "),
    ],
)
def test_quote_is_not_found_when_it_would_say_something_else(text, quote):
    assert find_span(fold(text), quote) is None
