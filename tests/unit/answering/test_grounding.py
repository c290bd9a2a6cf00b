import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinrag.answering.folding import fold_text
from clinrag.answering.grounding import check_claims, sentence_around
from clinrag.answering.types import Verdict
from tests.unit.answering.evidence import claim, draft, passage

DOSE = (
    "Clinicians should use caution when prescribing opioids at any dosage. They "
    "should avoid increasing dosage to ≥90 MME/day or carefully justify a decision "
    "to titrate dosage to ≥90 MME/day. Three days or less will often be sufficient."
)


def check(one, text=DOSE, **fields):
    (checked,) = check_claims(draft(one), [passage(text, **fields)]).claims
    return checked


@pytest.mark.parametrize(
    ("words", "quote"),
    [
        (
            "Clinicians should avoid increasing dosage to ≥90 MME/day.",
            "should avoid increasing dosage to ≥90 MME/day",
        ),
        (
            "Avoid increasing the dosage to 90 MME per day or more.",
            "avoid increasing dosage to ≥90 MME/day",
        ),
        ("Avoid increasing dosage to ≥ 90MME/day", "dosage to ≥90 MME/day"),
        ("Three days or less will often be sufficient.", "Three days or less"),
        ("3 days or less will often be sufficient.", "Three days or less"),
    ],
)
def test_claim_is_supported_when_its_words_stand_in_the_quote(words, quote):
    checked = check(claim(words, quote))
    assert (checked.verdict, checked.problems) == (Verdict.SUPPORTED, ())


@pytest.mark.parametrize(
    ("words", "quote", "problem"),
    [
        (
            "Avoid increasing dosage to ≥50 MME/day.",
            "should avoid increasing dosage to ≥90 MME/day",
            "number_not_in_source",
        ),
        (
            "Avoid dosage below 90 MME/day.",
            "should avoid increasing dosage to ≥90 MME/day",
            "comparison_differs",
        ),
        (
            "Increasing dosage to ≥90 MME/day is fine.",
            "should avoid increasing dosage to ≥90 MME/day",
            "negation_differs",
        ),
        (
            "Increase dosage to ≥90 MME/day.",
            "increasing dosage to ≥90 MME/day",
            "negation_differs",
        ),
        (
            "Avoid increasing methadone dosage to ≥90 MME/day.",
            "should avoid increasing dosage to ≥90 MME/day",
            "medicine_not_in_source",
        ),
        (
            "Avoid increasing dosage to ≥90 MME/day.",
            "should avoid increasing doses to ≥90 MME/day",
            "quote_not_found",
        ),
        ("Avoid increasing dosage.", "avoid", "quote_too_short"),
        ("Avoid increasing dosage.", "", "quote_too_short"),
    ],
)
def test_claim_is_not_supported_when_something_differs(words, quote, problem):
    checked = check(claim(words, quote))
    assert checked.verdict is Verdict.UNSUPPORTED
    assert problem in checked.problems


def test_claim_is_unsupported_when_it_cites_nothing():
    assert check(claim("Opioids help.")).verdict is Verdict.UNSUPPORTED


def test_claim_is_unsupported_when_passage_was_not_in_the_prompt():
    checked = check(claim("Three days or less", "Three days or less", number=2))
    assert checked.problems == ("passage_not_in_prompt", "no_quote_found")


def test_claim_is_partial_when_one_of_its_quotes_is_invented():
    checked = check(
        claim(
            "Avoid increasing dosage to ≥90 MME/day.",
            "should avoid increasing dosage to ≥90 MME/day",
            "this increases overdose risk",
        )
    )
    assert checked.verdict is Verdict.PARTIAL


def test_claim_is_partial_when_it_says_more_than_the_source():
    checked = check(
        claim(
            "Avoid increasing dosage to ≥90 MME/day, given respiratory depression.",
            "should avoid increasing dosage to ≥90 MME/day",
        ),
        text="Patients and staff: should avoid increasing dosage to ≥90 MME/day.",
    )
    assert checked.verdict is Verdict.PARTIAL


def test_claim_is_unsupported_when_it_is_about_something_else():
    checked = check(
        claim(
            "Exercise and physiotherapy relieve chronic back pain.", "any dosage. They"
        )
    )
    assert checked.verdict is Verdict.UNSUPPORTED


def test_negation_is_seen_when_the_quote_leaves_it_out():
    text = "Patients should not be given more than 4 g paracetamol a day."
    quote = "be given more than 4 g paracetamol a day"
    checked = check(
        claim("Patients may be given more than 4 g paracetamol a day.", quote), text
    )
    assert checked.verdict is Verdict.UNSUPPORTED
    assert "negation_differs" in checked.problems


def test_negation_is_seen_when_it_stands_in_the_lead_in_of_a_list():
    text = "Do not offer paroxetine to patients with:\n- severe asthma\n- gout attacks"
    checked = check(
        claim("Offer to patients with severe asthma.", "severe asthma"), text
    )
    assert "negation_differs" in checked.problems


def test_lead_in_is_its_last_sentence_when_the_line_has_several():
    text = "Do not smoke. Eat more of these foods:\n- fresh fruit\n- green vegetables"
    checked = check(claim("Eat green vegetables.", "green vegetables"), text)
    assert checked.verdict is Verdict.SUPPORTED


def test_lead_in_is_that_of_the_same_depth_when_lists_are_nested():
    text = (
        "- When\n  - Patient has no cancer:\n    - no tumour found\n"
        "  - Patient takes opioid medicines\n- Then use particular caution"
    )
    for quote in ("Patient takes opioid medicines", "Then use particular caution"):
        assert check(claim(quote, quote), text).verdict is Verdict.SUPPORTED


def test_lead_in_supports_an_item_when_the_claim_keeps_the_negation():
    text = "Do not offer paroxetine to patients with:\n- severe asthma\n- gout attacks"
    checked = check(
        claim(
            "Do not offer paroxetine to patients with severe asthma.", "severe asthma"
        ),
        text,
    )
    assert checked.verdict is Verdict.SUPPORTED


def test_heading_and_title_count_when_the_sentence_relies_on_them():
    checked = check(
        claim("The dose of apixaban is 5 mg twice daily.", "5 mg twice daily"),
        text="The dose is 5 mg twice daily.",
        title="Anticoagulants",
        section_path=("Apixaban", "Dose"),
    )
    assert checked.verdict is Verdict.SUPPORTED


def test_claim_in_french_is_checked_like_any_other():
    text = "Restez en isolement au moins 7\u00a0jours à partir de la date du test."
    good = check(
        claim("Restez en isolement au moins 7 jours.", "isolement au moins 7 jours"),
        text,
    )
    bad = check(
        claim("Restez en isolement au moins 10 jours.", "isolement au moins 7 jours"),
        text,
    )
    assert (good.verdict, bad.verdict) == (Verdict.SUPPORTED, Verdict.UNSUPPORTED)


def test_spans_point_at_the_original_when_typography_was_folded():
    text = "Note: “give” 5\u00a0mg\nonce – daily. End."
    checked = check(claim("Give 5 mg once daily", '"give" 5 mg once - daily'), text)
    (span,) = checked.spans
    assert text[span.start : span.end] == "give” 5\u00a0mg\nonce – daily"


WORDS = st.sampled_from(
    ["dose", "morphine", "should", "not", "5", "mg", "≥90", "patients", "with", "renal",
     "failure.", "Avoid", "10\u00a0mg", "“usual”", "daily;", "\n- item", "–"]
)  # fmt: skip


@given(st.lists(WORDS, min_size=4, max_size=40), st.data())
def test_every_span_quotes_the_passage_when_any_part_of_it_is_cited(words, data):
    text = " ".join(words)
    start = data.draw(st.integers(0, len(words) - 2))
    end = data.draw(st.integers(start + 1, len(words)))
    quote = " ".join(words[start:end])
    checked = check(claim(quote, quote), text)
    for span in checked.spans:
        found = fold_text(text[span.start : span.end])
        assert found in fold_text(quote)


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=30))
def test_no_claim_is_supported_when_its_quote_is_not_in_the_text(text, words, quote):
    if fold_text(quote.strip("\"'“”‘’«» ")) in fold_text(text):
        return
    assert check(claim(words, quote), text).verdict is not Verdict.SUPPORTED


@given(st.integers(1, 500), st.integers(1, 500))
def test_a_dose_is_released_only_when_it_is_the_source_s(said, written):
    text = f"Give {written} mg of morphine daily to adult patients."
    checked = check(
        claim(f"Give {said} mg of morphine daily to adult patients.", text), text
    )
    assert (checked.verdict is Verdict.SUPPORTED) is (said == written)


def test_sentence_around_stops_at_sentence_and_line_ends():
    text = "One is 2.5 mg. Two is e.g. more.\nThree"
    assert text[slice(*sentence_around(text, 9, 10))] == "One is 2.5 mg. "
    assert text[slice(*sentence_around(text, 20, 22))] == "Two is e.g. more.\n"
