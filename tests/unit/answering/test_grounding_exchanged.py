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
    (
        "Offer physiotherapy rather than surgery to most.",
        "Surgery is offered to most rather than physiotherapy.",
    ),
    (
        "Give fluids instead of diuretics in the first hour.",
        "In the first hour, diuretics are given in place of fluids.",
    ),
    (
        "Stroke increases the risk of dementia.",
        "The risk of stroke is increased by dementia.",
    ),
    ("Hypothyroidism causes depression.", "Hypothyroidism is caused by depression."),
    ("Give paracetamol orally or intravenously.", "Give paracetamol intravenously."),
    ("Give paracetamol PO or IV for fever.", "Give paracetamol IV for fever."),
    ("Give metronidazole 500 mg iv.", "Give metronidazole 500 mg po."),
    ("Give ferrous sulfate 200 mg po.", "Give ferrous sulfate 200 mg sc."),
    (
        "Wenn Fieber auftritt, ist die Chemotherapie zu unterbrechen.",
        "Die Chemotherapie ist zu unterbrechen.",
    ),
    (
        "Die Impfung wird empfohlen, sofern keine Immunsuppression besteht.",
        "Die Impfung wird empfohlen.",
    ),
    (
        "Se a glicemia estiver baixa, suspenda a insulina.",
        "Suspenda a insulina.",
    ),
    ("Interrompa a varfarina caso haja sangramento.", "Interrompa a varfarina."),
    (
        "Suspenda el metotrexato siempre que haya infección grave.",
        "Suspenda el metotrexato.",
    ),
    (
        "Le vaccin est proposé à moins que le patient ait de la fièvre.",
        "Le vaccin est proposé.",
    ),
    (
        "Give 10 mg of morphine and 4 mg of ondansetron.",
        "Give 10 mg of ondansetron and 4 mg of morphine.",
    ),
    (
        "Use 5 mg and 10 mg tablets for adults and adolescents.",
        "Use 5 mg and 10 mg tablets for adolescents and adults.",
    ),
    (
        "Give morphine and ondansetron 4 mg before transfer.",
        "Give ondansetron and morphine 4 mg before transfer.",
    ),
    (
        "In 2012, half of those 65 or older had prediabetes.",
        "In 65, half of those 2012 or older had prediabetes.",
    ),
    (
        "Affected patients have up to twice the usual muscle mass.",
        "Affected patients have at least twice the usual muscle mass.",
    ),
    ("Market visits bring risks (Fig. 1).", "Market visits bring risks (Fig. 11)."),
    ("Offer non-selective inhibitors first.", "Offer selective inhibitors first."),
    ("No fever and no rash were seen in adults.", "Rash was seen in adults."),
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
        (
            "Nausea, vomiting and weight loss are common effects of the implant.",
            "Weight loss, vomiting and nausea are common effects of the implant.",
        ),
        ("The pain follows the nerve path.", "The pain follows the path of the nerve."),
        (
            "Infections are often caused by viruses, but can also be caused by fungi.",
            "Infections can also be caused by fungi.",
        ),
        ("Side-effects start within days.", "Side effects begin within days."),
        (
            "Although not approved for children, the gel relieves pain in adults.",
            "The gel relieves pain in adults.",
        ),
        (
            "Hypothyroidism causes depression.",
            "Depression is caused by hypothyroidism.",
        ),
        ("It can be taken with or without food.", "It can be taken with food."),
    ],
)
def test_claim_is_supported_when_it_says_the_same_otherwise(source, words):
    assert verdict(words or source, source) is Verdict.SUPPORTED
