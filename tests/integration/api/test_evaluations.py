"""Evaluations over HTTP and on their pages, by what each may see."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from clinrag.access.roles import Permission, Role
from clinrag.answering.evaluations.reports import record_evaluation
from clinrag.answering.evaluations.types import (
    Evaluation,
    Inputs,
    Kind,
    Measure,
    Row,
    Share,
)
from clinrag.answering.types import Outcome
from tests.factories.access import make_user
from tests.factories.ingestion import make_collection
from tests.factories.people import MANAGER
from tests.integration.api.conftest import App, check_problem

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
NOW = datetime(2026, 6, 1, tzinfo=UTC)
INPUTS = Inputs("1" * 64, "e1", "words@1", "extractive", "t/1", "2" * 64, "rules/2", 8)
WAIVER = {
    "measure": "answered",
    "reason": "The source was withdrawn.",
    "acknowledged": True,
}


def evaluation(answered: int) -> Evaluation:
    shares = {Measure.ANSWERED: Share(answered, 1)}
    rows = tuple(
        Row(slug, slug, f"What of {slug}?", (slug,), Kind.PLAIN, outcome, 1, 9, shares)
        for slug, outcome in (
            ("pain", Outcome.ANSWERED),
            ("elsewhere", Outcome.NO_EVIDENCE),
        )
    )
    return Evaluation("guidelines", INPUTS, rows)


@pytest.fixture
def report_id(clinic: Any) -> UUID:
    """An evaluation whose gate is closed."""
    make_collection(slug="elsewhere", audience="granted")
    good = evaluation(1)
    record_evaluation(good, by=MANAGER, at=NOW)
    later = NOW + timedelta(seconds=1)
    return record_evaluation(evaluation(0), by=MANAGER, at=later, baseline=good)


def test_questions_of_collections_that_are_not_open_are_hidden(
    report_id: UUID, make_app: Callable[..., App], make_person: Callable[..., App]
) -> None:
    path = f"evaluations/{report_id}"
    told = make_person("rita", Role.REVIEWER).get(path).json()
    assert [one["text"] for one in told["questions"]] == ["What of pain?"]
    assert told["hidden"] == 1
    assert told["figures"][0]["of"] == 2
    auditor = make_person("cora", Role.COMPLIANCE_OFFICER).get(path).json()
    assert (len(auditor["questions"]), auditor["hidden"]) == (2, 0)
    check_problem(make_app(Permission.ASK).get(path), 403, "permission_missing")


def test_list_goes_on_where_it_ended_and_tells_no_question(
    report_id: UUID, make_person: Callable[..., App]
) -> None:
    rita = make_person("rita", Role.REVIEWER)
    first = rita.get("evaluations?limit=1")
    assert [one["id"] for one in first.json()["items"]] == [str(report_id)]
    assert first.json()["items"][0]["gate"]["worse"] == ["answered"]
    assert b"What of" not in first.content
    rest = rita.get(f"evaluations?limit=1&cursor={first.json()['next']}").json()
    assert [one["gate"] for one in rest["items"]] == [None]


def test_only_an_administrator_waives_and_the_report_shows_it(
    report_id: UUID, make_person: Callable[..., App]
) -> None:
    path = f"evaluations/{report_id}"
    ola, rita = make_person("ola", Role.OPERATOR), make_person("rita", Role.REVIEWER)
    check_problem(
        rita.send("post", f"{path}/waivers", WAIVER), 403, "permission_missing"
    )
    unknown = {"acknowledged": False}
    check_problem(
        ola.send("post", f"{path}/waivers", WAIVER | unknown),
        422,
        "waiver_not_acknowledged",
    )
    made = ola.send("post", f"{path}/waivers", WAIVER)
    assert made.status_code == 201
    assert rita.get(path).json()["waivers"] == [made.json()]
    nowhere = f"evaluations/{uuid4()}/waivers"
    check_problem(ola.send("post", nowhere, WAIVER), 404, "evaluation_unknown")


def test_pages_show_the_same(report_id: UUID, client: Client) -> None:
    client.force_login(make_user(roles=("reviewer",)))
    assert b"gate closed" in client.get("/evaluations/").content
    page = client.get(f"/evaluations/{report_id}")
    assert b"What of pain?" in page.content
    assert b"What of elsewhere?" not in page.content
    assert b"1 question is of a collection" in page.content
    assert b"Waive" not in page.content
    there = client.get(f"/evaluations/{report_id}/compare?with={report_id}")
    compared = client.get(there["Location"])
    assert compared.status_code == 200
    assert b"What of elsewhere?" not in compared.content
    assert client.get(f"/evaluations/{uuid4()}").status_code == 404


def test_form_waives_once_however_often_it_is_sent(
    report_id: UUID, client: Client
) -> None:
    client.force_login(make_user(roles=("operator",)))
    path, form = f"/evaluations/{report_id}", WAIVER | {"once": "form-1"}
    assert b"Let it pass once" in client.get(path).content
    assert client.post(f"{path}/waive", form | {"reason": ""}).status_code == 422
    for _ in range(2):
        assert client.post(f"{path}/waive", form)["Location"] == path
    assert client.get(path).content.count(b"The source was withdrawn.") == 1
