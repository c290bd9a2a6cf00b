import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinrag.answering.quantities import missing_quantities, names_dose, quantities


def told(text: str) -> list[tuple[str, str, str]]:
    return [(q.value, q.unit, q.direction) for q in quantities(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90mg", [("90", "mg", "")]),
        ("90\u00a0mg", [("90", "mg", "")]),
        ("≥90 MME/day", [("90", "mme/day", "up")]),
        ("at least 90 MME per day", [("90", "mme/day", "up")]),
        ("90 MME or more", [("90", "mme", "up")]),
        ("no more than 5 mcg", [("5", "µg", "down")]),
        ("do not exceed 4 g daily", [("4", "g/day", "down")]),
        ("3-7 days", [("3", "day", ""), ("7", "day", "")]),
        ("three days or less", [("3", "day", "down")]),
        ("1,000 mg", [("1000", "mg", "")]),
        ("43,89 €", [("43.89", "€", "")]),
        ("0.50 mL", [("0.5", "ml", "")]),
        ("10⁹ cells", [("10⁹", "", "")]),
        ("1½ tablets", [("1½", "tablet", "")]),
        ("dès 3 mois", [("3", "month", "")]),
        ("5 mg/kg/day", [("5", "mg/kg/day", "")]),
    ],
)
def test_quantities_are_read_however_they_are_written(text, expected):
    assert told(text) == expected


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("90mg", "90 mg"),
        ("90 MME daily", "to ≥90 MME/day or more"),
        ("90 MME", "≥90 MME/day"),
        ("3 days", "Three days or less"),
        ("5 µg", "5 micrograms"),
        ("in 2022", "the 2022 edition"),
        ("one should know", "nothing counted here"),
    ],
)
def test_no_quantity_is_missing_when_the_source_states_it(claim, source):
    assert missing_quantities(claim, [source]) == ()


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("25 mg", "5 mg"),
        ("5 mg", "2.5 mg"),
        ("5 mg", "5 g"),
        ("5 mg/day", "5 mg"),
        ("5 mg weekly", "5 mg daily"),
        ("1000 mg", "1 g"),
        ("less than 90 MME", "≥90 MME/day"),
        ("at least 3 days", "3 days or less"),
        ("seven days", "three days"),
        ("10 tablets", "1 tablet, 0 refills"),
    ],
)
def test_quantity_is_missing_when_the_source_states_another(claim, source):
    assert missing_quantities(claim, [source])


@given(st.integers(0, 10**6), st.sampled_from(["mg", "mL", "%", "days", "MME/day"]))
def test_quantity_equals_itself_with_and_without_space(value, unit):
    assert missing_quantities(f"{value}{unit}", [f"take {value} {unit} now"]) == ()


@given(st.integers(0, 10**4), st.integers(0, 10**4))
def test_quantity_is_missing_when_the_number_differs(wanted, stated):
    missing = missing_quantities(f"{wanted} mg", [f"{stated} mg"])
    assert bool(missing) is (wanted != stated)


def test_dose_is_named_only_by_what_one_takes():
    assert names_dose("take 5 mg")
    assert names_dose("two puffs")
    assert not names_dose("for 5 days, in 2022")


@given(st.text(max_size=200))
def test_quantities_can_be_read_from_any_text(text):
    quantities(text)
