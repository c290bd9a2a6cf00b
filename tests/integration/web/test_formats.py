"""A note on the page where it is asked for, and on the page of its evidence."""

import pytest
from django.test import Client

from clinrag.answering.models import Answer
from clinrag.web.documents import encounter_of
from tests.factories.access import make_user
from tests.integration.answering.clinic import QUESTION, Clinic, running_clinic

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
NOTE = "PLAN\n\nMr. John Smith continues oxycodone 20 mg twice daily."
ASKED = {
    "question": QUESTION,
    "collections": ["pain"],
    "format": "soap_note/1",
    "style": "clinic_us/1",
    "context": NOTE,
}


@pytest.fixture
def clinic(db: None, settings: object, tmp_path: object) -> Clinic:
    return running_clinic(settings, tmp_path)


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(make_user(roles=(role,)))
    return client


def test_page_shows_each_part_with_what_it_rests_on(clinic) -> None:
    page = signed_in("clinician").post("/ask", ASKED).content.decode()
    assert page.index(">Assessment<") < page.index(">Subjective<")
    assert "Nothing in the sources supports a statement here." in page
    assert 'href="#told-1"' in page
    assert 'id="told-1"' in page
    assert 'href="#source-1"' in page
    assert "[name] continues oxycodone 20 mg twice daily." in page


def test_evidence_names_format_and_style_and_shows_the_encounter_masked(
    clinic,
) -> None:
    signed_in("clinician").post("/ask", ASKED)
    answer = Answer.objects.get()
    page = signed_in("compliance_officer").get(f"/answers/{answer.id}")
    text = page.content.decode()
    for told in ("soap_note/1", answer.format_sha256, "clinic_us/1", 'id="told-1"'):
        assert told in text
    assert "Smith" not in text


def test_form_says_what_is_wrong_when_a_plain_answer_is_given_an_encounter(
    clinic,
) -> None:
    page = signed_in("clinician").post("/ask", ASKED | {"format": ""})
    assert "context_not_taken" in page.content.decode()
    assert not Answer.objects.exists()


def test_encounter_is_shown_whole_whatever_is_quoted_of_it(clinic) -> None:
    signed_in("clinician").post("/ask", ASKED)
    pieces = encounter_of(None, NOTE)
    assert "".join(piece.text for piece in pieces) == NOTE
    assert not any(piece.quoted for piece in pieces)
