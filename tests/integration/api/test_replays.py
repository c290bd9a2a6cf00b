"""Running an answer again over REST."""

from collections.abc import Callable

import pytest

from clinrag.access.roles import Permission
from clinrag.answering.replay.types import StageName
from tests.integration.answering.clinic import NEW, Clinic, recorded
from tests.integration.api.conftest import App, check_problem

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def path(clinic: Clinic, app: App) -> str:
    """Where an answer that an application got is run again."""
    return f"answers/{app.ask().json()['id']}"


@pytest.fixture
def auditor(make_app: Callable[..., App]) -> App:
    return make_app(Permission.READ_LEDGER)


def test_auditor_runs_an_answer_again_on_record(path, auditor):
    made = auditor.post(f"{path}/replays", {"purpose": "incident_investigation"})

    assert made.status_code == 200, made.content
    said = made.json()
    # What the model wrote is not asked for again.
    assert (said["outcome"], said["first_difference"]) == ("incomplete", None)
    assert [one["name"] for one in said["stages"]] == [one.value for one in StageName]
    disclosed = recorded("content.disclosed")[-1]["fields"]
    assert disclosed["purpose"] == "incident_investigation"
    assert disclosed["surface"] == "api.replay"
    assert recorded("answer.replayed")[-1]["fields"]["outcome"] == "incomplete"


def test_replay_holds_no_word_of_question_or_answer(path, auditor):
    said = auditor.post(f"{path}/replays").content.decode()
    assert "dosage" not in said
    assert "MME" not in said


def test_asker_may_not_run_it_again(path, app, auditor):
    check_problem(app.post(f"{path}/replays"), 403, "permission_missing")
    assert recorded("answer.replayed") == []
    assert auditor.post(f"{path}/replays").status_code == 200


def test_purpose_that_is_none_and_answer_that_is_none_are_refused(path, auditor):
    check_problem(
        auditor.post(f"{path}/replays", {"purpose": "curiosity"}),
        422,
        "fields_invalid",
    )
    nowhere = "answers/00000000-0000-4000-8000-000000000000/replays"
    check_problem(auditor.post(nowhere), 404, "unknown_answer")
    assert recorded("answer.replayed") == []


def test_auditor_is_told_what_it_would_say_today(path, auditor, clinic, app):
    clinic.put_in_force(NEW, "2022")

    made = auditor.post(f"{path}/today")

    assert made.status_code == 200, made.content
    said = made.json()
    assert (said["change"], said["outcome_then"]) == ("number", "answered")
    assert said["numbers_lost"] == ["≥90 MME/day"]
    assert [one["holds"] for one in said["statements_then"]] == [False]
    check_problem(app.post(f"{path}/today"), 403, "permission_missing")
