"""The review queue and scoring, and what is said of an answer, on their pages."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from clinrag.access.roles import Role
from clinrag.answering.models import AnswerRemark
from tests.factories.access import make_user
from tests.integration.answering.clinic import (
    QUESTION,
    Clinic,
    recorded,
    running_clinic,
)
from tests.integration.api.conftest import App

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
WORDS = "The dose is ten times too high."
SCORED = {"accuracy": 2, "completeness": 4, "safety": 1, "sources": 5}


@pytest.fixture
def clinic(db: None, settings: object, tmp_path: object) -> Clinic:
    return running_clinic(settings, tmp_path)


@pytest.fixture
def make_person(clinic: Clinic) -> Callable[..., App]:
    def make_person(username: str, role: str) -> App:
        user = make_user(username, roles=(role,))
        client = Client()
        client.force_login(user)
        return App(client, user)

    return make_person


@pytest.fixture
def nurse(make_person: Callable[..., App]) -> App:
    return make_person("nina", Role.CLINICIAN)


@pytest.fixture
def officer(make_person: Callable[..., App]) -> App:
    return make_person("otto", Role.COMPLIANCE_OFFICER)


@pytest.fixture
def rita(make_person: Callable[..., App]) -> App:
    return make_person("rita", Role.REVIEWER)


@pytest.fixture
def answer(nurse: App) -> str:
    return str(nurse.ask().json()["id"])


def see(who: App, path: str, status: int = 200) -> str:
    response = who.client.get(path)
    assert response.status_code == status, response.content
    return response.content.decode()


def send(who: App, path: str, **fields: object) -> None:
    response = who.client.post(path, fields)
    assert response.status_code == 302, response.content


def flags_of(html: str) -> list[str]:
    return re.findall(r'name="flags" value="([0-9a-f-]+)"', html)


def test_answer_is_flagged_by_who_asked_assigned_and_scored_on_pages(
    nurse, officer, rita, answer
):
    page = see(nurse, f"/answers/{answer}")
    assert QUESTION in page
    said = {"kind": "unsafe", "code": "wrong_dose", "words": WORDS}
    send(nurse, f"/answers/{answer}/feedback", **said)
    assert WORDS in see(nurse, f"/answers/{answer}")

    assert answer[:8] in see(officer, "/reviews?show=unasked")
    assert answer[:8] not in see(rita, "/reviews")
    see(rita, f"/reviews/{answer}", 404)
    reviewer = f"user:{rita.holder.pk}"  # type: ignore[union-attr]
    assert f'value="{reviewer}"' in see(officer, f"/answers/{answer}")
    send(officer, f"/answers/{answer}/reviewers", reviewer=reviewer)

    assert answer[:8] in see(rita, "/reviews?show=mine")
    assert rita.client.get(f"/answers/{answer}").status_code == 302
    page = see(rita, f"/reviews/{answer}")
    assert QUESTION in page
    assert WORDS in page
    told = recorded("content.disclosed")[-1]["fields"]
    assert (told["purpose"], told["surface"]) == ("quality_assurance", "web.reviewing")

    verdict = {"verdict": "unsafe", "flags": flags_of(page), **SCORED}
    unscored = {name: value for name, value in verdict.items() if name != "safety"}
    assert rita.client.post(f"/reviews/{answer}/keep", unscored).status_code == 422
    send(rita, f"/reviews/{answer}/keep", **verdict, words="Confirmed.")
    made = AnswerRemark.objects.get(kind="review")
    assert made.scores == list(SCORED.values())
    assert "Nothing waits" in see(officer, "/reviews")
    see(rita, f"/reviews/{answer}", 404)
    assert "Confirmed." in see(officer, f"/answers/{answer}")


def test_answer_of_somebody_else_is_closed_and_takes_no_words(
    nurse, make_person, answer
):
    other = make_person("noel", Role.CLINICIAN)
    assert QUESTION not in see(other, f"/answers/{answer}")
    for path in ("feedback", "notes"):
        refused = other.client.post(f"/answers/{answer}/{path}", {"kind": "helpful"})
        assert refused.status_code == 404
    see(other, "/reviews", 403)
    send(nurse, f"/answers/{answer}/feedback", kind="helpful")
    assert AnswerRemark.objects.count() == 1


def test_override_is_offered_to_who_asks_and_not_to_who_audits(nurse, officer, answer):
    assert 'value="override"' in see(nurse, f"/answers/{answer}")
    assert 'value="override"' not in see(officer, f"/answers/{answer}")
    body = {"kind": "override", "words": "Read the other guideline."}
    send(officer, f"/answers/{answer}/notes", **body)
    assert not AnswerRemark.objects.exists()
    send(nurse, f"/answers/{answer}/notes", **body)
    assert AnswerRemark.objects.get().due_at is not None
    assert "in its place" in see(officer, "/reviews")


def test_agreement_says_what_it_rests_on(officer, make_person, nurse, answer):
    assert "nothing to compare yet" in see(officer, "/reviews/agreement")
    reviewers = [make_person(name, Role.REVIEWER) for name in ("rita", "rolf")]
    for one in reviewers:
        reviewer = f"user:{one.holder.pk}"
        send(officer, f"/answers/{answer}/reviewers", reviewer=reviewer)
        send(one, f"/reviews/{answer}/keep", verdict="correct", **SCORED)
    page = see(officer, "/reviews/agreement")
    assert "Over 1 answers" in page or "Over 1 answer" in page
    assert "2 reviews by 2 people" in page
