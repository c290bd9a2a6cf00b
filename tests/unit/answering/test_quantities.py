import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinrag.answering.quantities import missing_quantities, names_dose, quantities


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("90mg", "90 mg"),
        ("90\u00a0mg", "90 mg"),
        ("90 MME/day or more", "to ≥90 MME/day"),
        ("at least 90 MME per day", "≥90 MME/day"),
        ("90 MME or more", "≥90 MME/day"),
        ("no more than 5 mcg", "up to 5 micrograms"),
        ("do not exceed 4 g daily", "no more than 4 g per day"),
        ("3-7 days", "3 to 7 days"),
        ("3 days or less", "Three days or less"),
        ("1,000 mg", "1 000 mg"),
        ("43,89 €", "43.89 €"),
        ("0.50 mL", ".5 ml"),
        ("0,125 mg", "0.125 mg"),
        ("-5 °C", "−5 °C"),
        ("10^9 cells", "10⁹ cells"),
        ("1½ tablets", "1.5 tablets"),
        ("120 mmHg", "120 mm Hg"),
        ("dès 3 mois", "dès 3 mois"),
        ("cada 3 dias", "cada 3 días"),
        ("5 mg/kg/day", "5 mg/kg per day"),
        ("5 mg/kg", "5 mg/kg/day"),
        ("500 mg b.i.d.", "500 mg twice daily"),
        ("500 mg every 8 hours", "500 mg q8h"),
        ("40 mg once daily", "40 mg/day"),
        ("3 criteria", "three criteria"),
        ("in 2022", "the 2022 edition"),
        ("one should know", "nothing counted here"),
    ],
)
def test_no_quantity_is_missing_when_the_source_states_it(claim, source):
    assert missing_quantities(claim, [source]) == ()


@pytest.mark.parametrize(
    ("claim", "source", "code"),
    [
        ("25 mg", "5 mg", "number_not_in_source"),
        ("5 mg", "2.5 mg", "number_not_in_source"),
        ("5 mg", ".5 mg", "number_not_in_source"),
        ("5 °C", "-5 °C", "number_not_in_source"),
        ("109 cells", "10⁹ cells", "number_not_in_source"),
        ("1000 mg", "1 g", "number_not_in_source"),
        ("3 days", "3-7 days", "number_not_in_source"),
        ("seven days", "three days", "number_not_in_source"),
        ("four criteria", "three criteria", "number_not_in_source"),
        ("10 tablets", "1 tablet, 0 refills", "number_not_in_source"),
        ("5 mg", "5 g", "unit_differs"),
        ("5 mmol/L", "5 mg/L", "unit_differs"),
        ("less than 90 MME", "≥90 MME/day", "comparison_differs"),
        ("at least 3 days", "3 days or less", "comparison_differs"),
        ("more than 90", "at least 90", "comparison_differs"),
        ("90 MME/day", "≥90 MME/day", "comparison_differs"),
        ("5 mg/day", "5 mg", "frequency_differs"),
        ("5 mg weekly", "5 mg daily", "frequency_differs"),
        ("500 mg once daily", "500 mg twice daily", "frequency_differs"),
        ("take it once daily", "take it b.i.d.", "frequency_differs"),
        ("500 mg every 6 hours", "500 mg q8h", "frequency_differs"),
    ],
)
def test_quantity_is_missing_when_the_source_states_another(claim, source, code):
    assert code in {one.code for one in missing_quantities(claim, [source])}


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
