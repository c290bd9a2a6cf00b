from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinrag.privacy.checkdigits import (
    is_french_nir,
    is_luhn,
    is_nhs_number,
    is_spanish_dni,
    is_us_ssn,
)
from clinrag.privacy.identifiers import find_identifiers, screen
from clinrag.privacy.types import IdentifierKind

QUESTIONS = (
    (Path(__file__).parent / "data" / "clinical_questions.txt")
    .read_text("utf-8")
    .splitlines()
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Can Mr Smith take aspirin?", "Can Mr [name] take aspirin?"),
        ("Mrs. O'Brien has AF.", "Mrs. [name] has AF."),
        ("Dr. Feng Gao asks", "Dr. [name] asks"),
        ("Remitido por: MARIA LOPEZ", "Remitido por: [name]"),
        ("Médico: Dra. Ana", "Médico: Dra. [name]"),
        ("Médico: Dr. LUIS DE LA FUENTE", "Médico: Dr. [name]"),
        ("Nº Col: 28 28 12345 visto", "Nº Col: [national_id] visto"),
        ("There is no col. 12 of the table", "There is no col. 12 of the table"),
        ("My patient John Doe, 57, has gout", "My patient [name], 57, has gout"),
        ("Sophia Jackson is a 57-year-old woman", "[name] is a 57-year-old woman"),
        ("Patient: KOWALCZYK, HELEN B.", "Patient: [name]"),
        ("a man called Piet Mondriaan", "a man called [name]"),
        ("dob 12/03/1956, on warfarin", "dob [date], on warfarin"),
        ("born on 12 March 1956", "born on [date]"),
        ("née le 3 mai 1960", "née le [date]"),
        ("admitted on 2024-02-11 with sepsis", "admitted on [date] with sepsis"),
        ("call (415) 555-0152", "call [phone]"),
        ("tel 07700 900123", "tel [phone]"),
        ("06 12 34 56 78", "[phone]"),
        ("+44 20 7946 0958", "[phone]"),
        ("write to j.doe+x@nhs.example.org please", "write to [email] please"),
        ("lives at 221 Baker Street", "lives at [address]"),
        ("12 bis rue de la Paix", "[address]"),
        ("from SW1A 1AA", "from [address]"),
        ("Springfield, IL 62701", "[address]"),
        ("MRN: 1127959 on metformin", "MRN: [record_number] on metformin"),
        ("hospital number RX-998877", "hospital number [record_number]"),
        ("NHS number 943 476 5919", "NHS number [national_id]"),
        ("943 476 5919 has asthma", "[national_id] has asthma"),
        ("SSN 983-90-3588", "SSN [national_id]"),
        ("460-89-9847", "[national_id]"),
        ("card 4111 1111 1111 1111", "card [card]"),
        ("a 92-year-old woman", "a [age_over_89]-year-old woman"),
        ("Dear Ms Okafor,", "Dear Ms [name],"),
        ("Kind regards,\nAmina Diallo", "Kind regards,\n[name]"),
        ("pt Kowalczyk, on warfarin", "pt [name], on warfarin"),
        ("seen by Ewa Nowak, MD", "seen by [name], MD"),
        ("Should Katrine take warfarin?", "Should [name] take warfarin?"),
        ("a letter of 9/18/23 11:24", "a letter of [date]"),
        ("nacido el 12 de marzo de 1956", "nacido el [date]"),
        ("geboren am 3. Mai 1960", "geboren am [date]"),
        ("Domicilio: Calle Mayor, 23, 1D", "Domicilio: [address]"),
        ("wohnt Hauptstraße 12a", "wohnt [address]"),
        ("Telf: 976 765553", "Telf: [phone]"),
        ("+46 (0)8 928 571 82", "[phone]"),
        ("CPF 390.533.447-05", "CPF [national_id]"),
        ("NIF: 123456789", "NIF: [national_id]"),
        ("IBAN GB82 WEST 1234 5698 7654 32", "IBAN [national_id]"),
        ("codice RSSMRA85T10A562S", "codice [national_id]"),
        ("number plate AB12 CDE", "number plate [record_number]"),
        ("at 2001:db8::8a2e:370:7334 now", "at [address] now"),
    ],
)
def test_screening_masks_identifier_when_one_is_present(text, masked):
    assert screen(text).masked_text == masked


@pytest.mark.parametrize(
    "text",
    [
        "Above 90 MME/day? 50 MME/day? 2016 or 2022 guideline?",
        "Is MS Contin 15 mg given every 12 h safe?",
        "vitamin B12 5MG daily or B6 100 MG",
        "1000-2000 mg in 3-7 days, BP 120/80, 36.6-37.2",
        "Does the Patient Health Questionnaire-9 apply?",
        "Dr Foster Report and Dr. Recommendation 4",
        "Wilson disease, Crohn Disease, Guillain-Barré syndrome",
        "St John's wort with warfarin",
        "M. tuberculosis and E. coli",
        "Is 5 percent way too much? Give 10 mg",
        "HbA1c 48 mmol/mol since 2019-2021; NCT01234567",
        "What does section 1.2.3.4 say, in version 10.2?",
        "ICD-10 code I10; dose 0.5 mg/kg; 123-456",
        "an 89-year-old woman with CKD 3b",
        "patients over 90, 92 mg daily, aged 18 or over",
        "vitamin D 2000 IU daily, pain 7-8/10, 0.1 M Tris",
        "Paget disease of bone, vein of Galen, Pierre Robin sequence",
        "COVID-19, CD4 count, CA-125, CI 1.11 to 26.6",
        "What is (are) Still's disease and Marcus Gunn pupil?",
    ],
)
def test_screening_finds_nothing_when_text_is_clinical(text):
    assert find_identifiers(text) == ()


def test_screening_finds_nothing_in_clinical_questions():
    assert [text for text in QUESTIONS if find_identifiers(text)] == []


def test_dates_and_hospitals_count_when_a_patient_is_named():
    told = "scanned on 3 May 2021 at Northgate Clinic; Okafor felt well."
    assert find_identifiers(told) == ()
    masked = screen(f"Patient name: Chidi Okafor, {told}").masked_text
    assert masked == (
        "Patient name: [name], scanned on [date] at [organisation]; [name] felt well."
    )


def test_search_text_holds_neither_identifier_nor_label():
    screening = screen("Can Mr Smith (NHS number 943 476 5919) take aspirin?")
    assert screening.search_text == "Can Mr (NHS number ) take aspirin?"
    assert screening.kinds == ("name", "national_id")


def test_screening_keeps_longer_when_rules_overlap():
    (finding,) = find_identifiers("MRN 9434765919")
    assert finding.kind in {IdentifierKind.RECORD_NUMBER, IdentifierKind.NATIONAL_ID}


@given(st.text(max_size=300))
def test_findings_are_ordered_and_disjoint_in_any_text(text):
    findings = find_identifiers(text)
    ends = [0, *(finding.end for finding in findings)]
    assert all(f.start >= end for f, end in zip(findings, ends, strict=False))
    assert all(0 <= f.start < f.end <= len(text) for f in findings)


@given(st.from_regex(r"[a-z ]{0,40}", fullmatch=True))
def test_screening_changes_nothing_when_nothing_is_found(text):
    assert screen(text).masked_text == text


@given(st.integers(min_value=0, max_value=10**9 - 1))
def test_nhs_check_digit_catches_every_single_digit_error(body):
    digits = f"{body:09d}"
    total = sum(int(d) * (10 - i) for i, d in enumerate(digits))
    check = (11 - total % 11) % 11
    if check == 10 or len(set(digits + str(check))) == 1:
        return
    good = digits + str(check)
    assert is_nhs_number(good)
    wrong = str((int(good[4]) + 1) % 10)
    assert not is_nhs_number(good[:4] + wrong + good[5:])


def test_check_digits_tell_good_from_bad():
    assert is_luhn("4111111111111111")
    assert not is_luhn("4111111111111112")
    assert is_us_ssn("460899847")
    assert not any(map(is_us_ssn, ("000123456", "666123456", "900123456", "123006789")))
    assert is_french_nir("255081416802538")
    assert not is_french_nir("255081416802539")
    assert is_spanish_dni("12345678Z")
    assert is_spanish_dni("X1234567L")
    assert not is_spanish_dni("12345678A")
