"""Claims that copy their source but for what would hurt a patient."""

import pytest

from clinrag.answering.grounding import check_claims
from clinrag.answering.types import Verdict
from tests.unit.answering.evidence import claim, draft, passage


def verdict(words: str, source: str) -> Verdict:
    (checked,) = check_claims(draft(claim(words, source)), [passage(source)]).claims
    return checked.verdict


CHANGED = [
    ("Give vincristine intravenously.", "Give vincristine intrathecally."),
    (
        "Give adrenaline intramuscularly without delay.",
        "Give adrenaline intravenously without delay.",
    ),
    ("Give adrenaline 0.5 mg IM.", "Give adrenaline 0.5 mg IV."),
    (
        "Give heparin subcutaneously (SC) every evening.",
        "Give heparin subcutaneously (IV) every evening.",
    ),
    ("Give diazepam PR for seizures.", "Give diazepam IM for seizures."),
    ("Treat hyperkalaemia urgently.", "Treat hypertension urgently."),
    (
        "Check the ECG of patients with hyperkalaemia.",
        "Check the ECG of patients with hypertension.",
    ),
    (
        "Diuretics often lead to hypokalaemia in adults.",
        "Diuretics often lead to hyponatraemia in adults.",
    ),
    ("Hepatitis B vaccine is offered.", "Hepatitis A vaccine is offered."),
    ("Give vitamin K at birth.", "Give vitamin C at birth."),
    ("Request a CT of the head.", "Request a MR of the head."),
    (
        "Give adrenaline before antihistamines.",
        "Give antihistamines before adrenaline.",
    ),
    ("Switch from warfarin to apixaban.", "Switch from apixaban to warfarin."),
    (
        "Surgery is better than physiotherapy for pain.",
        "Physiotherapy is better than surgery for pain.",
    ),
    (
        "Physiotherapy is preferred to surgery.",
        "Surgery is preferred to physiotherapy.",
    ),
    (
        "Give naloxone if breathing is slow after opioids.",
        "Give opioids if breathing is slow after naloxone.",
    ),
    (
        "Opioids are not the first choice; physiotherapy is recommended.",
        "Physiotherapy is not the first choice; opioids are recommended.",
    ),
    (
        "Aspirin is safe in adults; ibuprofen is not recommended in pregnancy.",
        "Ibuprofen is safe in adults.",
    ),
    ("Give amoxicillin if the swab is positive.", "Give amoxicillin."),
    ("Give amoxicillin when the swab is positive.", "Give amoxicillin."),
    (
        "Use metformin with caution in renal impairment.",
        "Use metformin in renal impairment.",
    ),
    (
        "Donner amoxicilline si le test est positif.",
        "Donner amoxicilline.",
    ),
    ("Give morphine intravenously for severe pain.", "Give morphine for severe pain."),
]


@pytest.mark.parametrize(("source", "words"), CHANGED)
def test_claim_is_not_supported_when_it_changes_what_its_source_says(source, words):
    assert verdict(source, source) is Verdict.SUPPORTED
    assert verdict(words, source) is not Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "In renal impairment, reduce the dose of morphine.",
            "Reduce the dose of morphine in renal impairment.",
        ),
        ("If the swab is positive, give amoxicillin.", None),
        (
            "Give adrenaline IM without delay.",
            "Give adrenaline intramuscularly without delay.",
        ),
        (
            "Prescribing opioids needs caution in adults.",
            "Prescribe opioids: needs caution in adults.",
        ),
        (
            "Give amoxicillin if the swab is positive.",
            "If the swab is positive, give amoxicillin.",
        ),
    ],
)
def test_claim_is_supported_when_it_says_the_same_otherwise(source, words):
    assert verdict(words or source, source) is Verdict.SUPPORTED
