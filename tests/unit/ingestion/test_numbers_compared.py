"""That no number becomes another one without being told, however it is written."""

import pytest

from ingestion.diffing import compare
from ingestion.diffing.quantities import quantities_of
from tests.factories.paragraphs import Passage


def told(old, new):
    """What is told of a sentence with these amounts in it."""
    editions = ([Passage(f"Give {one} now.", ("A",))] for one in (old, new))
    return [(risk.old, risk.new) for risk in compare(*editions).risks]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0,125 mg", "125 mg"),
        ("0.125 mg", "125 mg"),
        (".5 mg", "5 mg"),
        (",5 mg", "5 mg"),
        ("1 000,5 mg", "1 000,05 mg"),
        ("50 × 10⁹/L", "50 × 10⁶/L"),
        ("50 x 10⁹/L", "50 x 10¹²/L"),
        ("10⁻³ mol", "10³ mol"),
        ("<50 × 10⁹/L", "<20 × 10⁹/L"),
        ("−5 mmHg", "5 mmHg"),
        ("-5 mmHg", "5 mmHg"),
        ("–5 mmHg", "5 mmHg"),
        ("≤ −2.5", "≤ 2.5"),
        ("−10 to −5 °C", "−10 to 5 °C"),
        ("⅛ tablet", "⅜ tablet"),
        ("5-10 mg", "5-15 mg"),
        ("5–10 mg", "0.5–10 mg"),
    ],
)
def test_risk_is_told_when_the_number_is_another(old, new):
    ((before, after),) = told(old, new)
    assert (before.strip("<"), after.strip("<")) == tuple(
        one.removesuffix("/L").strip("<") for one in (old, new)
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0,125 mg", "0.125 mg"),
        (".5 mg", "0.5 mg"),
        ("1,000 mg", "1000 mg"),
        ("1 000,5 mg", "1,000.5 mg"),
        ("5-10 mg", "5–10 mg"),
        ("5−10 mg", "5 to 10 mg"),
        ("5 -10 mg", "5 - 10 mg"),
        ("5 mg –10 mg", "5 mg – 10 mg"),
        ("−5 mmHg", "-5 mmHg"),
        ("50 × 10⁹/L", "50×10⁹/L"),
        ("50 x 10⁹/L", "50 × 10⁹/L"),
        ("COVID-19 tests", "COVID 19 tests"),
        ("0°-5°", "0°–5°"),
    ],
)
def test_no_risk_is_told_when_the_number_is_written_otherwise(old, new):
    assert told(old, new) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2018 –2019", [("2018",), ("2019",)]),
        ("in adults.5 Then", [("5.0",)]),
        ("between −5 and −2.5", [("-5.0", "–", "-2.5")]),
        ("5-10 mg", [("5.0", "–", "10.0")]),
        ("140/90", [("140.0", "90.0")]),
    ],
)
def test_values_are_read_as_written(text, values):
    assert [one.values for one in quantities_of(text)] == values
