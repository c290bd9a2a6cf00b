"""Idempotency-Key: one answer per key, through crashes too."""

import json
from datetime import timedelta

import pytest

from clinrag.access.idempotency import STALE_AFTER, body_digest
from clinrag.access.models import IdempotencyRecord
from clinrag.answering.errors import AnswerAlreadyClosed
from clinrag.answering.models import Answer
from clinrag.answering.recording import record_lost
from clinrag.inference.errors import ModelUnavailable
from tests.integration.answering.clinic import (
    GOOD_OLD,
    ScriptedAnswerer,
    life,
    recorded,
)
from tests.integration.api.conftest import OPERATOR, check_problem

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def make_stale() -> None:
    for record in IdempotencyRecord.objects.all():
        record.claimed_at -= STALE_AFTER + timedelta(seconds=1)
        record.save()


def die(*_arguments, **_options):
    """What a killed process does: nothing more."""
    raise SystemExit


def test_same_request_gets_the_first_answer_again(clinic, app) -> None:
    first = app.ask(key="k")
    again = app.ask(key="k")
    assert first.status_code == again.status_code == 201
    assert again.json() == first.json()
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert life() == ["query.received", "answer.released"]
    assert len(recorded("content.")) == 1


def test_same_request_is_recognised_however_its_json_is_written(clinic, app) -> None:
    first = app.ask(key="k").json()
    spaced = (
        '{ "collections":["pain"], "limit": 8,\n "question":'
        f' "{first and clinic_question()}"}}'
    )
    again = app.client.post(
        "/api/v1/answers",
        spaced,
        content_type="application/json",
        headers={"Idempotency-Key": "k"},
    )
    assert again.json()["id"] == first["id"]


def clinic_question() -> str:
    from tests.integration.answering.clinic import QUESTION

    return QUESTION


def test_same_request_is_recognised_when_questions_have_new_fields_since(
    clinic, app
) -> None:
    first = app.ask(key="k").json()
    former = {
        "text": clinic_question(), "collection_slugs": ["pain"], "as_of": None,
        "purpose": "care", "app": Answer.objects.get().app, "idempotency_key": None,
        "limit": 8, "subject": None,
    }  # fmt: skip
    record = IdempotencyRecord.objects.get()
    record.body_digest = body_digest(json.dumps(former, sort_keys=True).encode())
    record.save()
    assert app.ask(key="k").json()["id"] == first["id"]


def test_other_request_is_refused_when_it_uses_the_same_key(clinic, app) -> None:
    app.ask(key="k")
    check_problem(app.ask(key="k", limit=3), 422, "idempotency_key_reused")
    assert app.ask(key="l", limit=3).status_code == 201


def test_keys_of_two_apps_are_apart(clinic, app, make_app) -> None:
    mine, theirs = app.ask(key="k").json(), make_app("ask").ask(key="k").json()
    assert mine["id"] != theirs["id"]


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_request_is_refused_when_the_key_is_invalid(clinic, app, key) -> None:
    check_problem(app.ask(key=key), 422, "idempotency_key_invalid")


def test_request_is_refused_while_its_twin_is_running(clinic, app, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("clinrag.api.asking.receive", die)
        with pytest.raises(SystemExit):
            app.ask(key="k")
    response = app.ask(key="k")
    check_problem(response, 409, "idempotency_twin_running")
    assert response["Retry-After"] == "1"
    assert not life()


def test_request_is_taken_over_when_its_process_died_before_the_record(
    clinic, app, monkeypatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("clinrag.api.asking.receive", die)
        with pytest.raises(SystemExit):
            app.ask(key="k")
    make_stale()
    assert app.ask(key="k").status_code == 201
    assert life() == ["query.received", "answer.released"]


def test_request_is_told_its_answer_when_the_process_died_after_it(
    clinic, app, monkeypatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("clinrag.api.asking._settle", die)
        with pytest.raises(SystemExit):
            app.ask(key="k")
    answer = Answer.objects.get()
    assert app.ask(key="k").json()["id"] == str(answer.id)
    assert life() == ["query.received", "answer.released"]


def test_request_is_told_it_was_lost_when_the_process_died_within(
    clinic, app, monkeypatch, now
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("clinrag.answering.pipeline.retrieve", die)
        with pytest.raises(SystemExit):
            app.ask(key="k")
    make_stale()
    check_problem(app.ask(key="k"), 409, "idempotency_twin_running")
    answer = Answer.objects.get()
    record_lost(
        query_entry_id=answer.query_entry_id, answer_id=answer.id, by=OPERATOR, at=now
    )
    problem = check_problem(app.ask(key="k"), 504, "answer_lost")
    assert problem["answer_id"] == str(answer.id)
    assert life() == ["query.received", "answer.lost"]
    assert app.ask(key="l").status_code == 201


def test_failure_is_told_again_and_not_tried_again(clinic, app) -> None:
    clinic.serve(ScriptedAnswerer(ModelUnavailable()))
    first = check_problem(app.ask(key="k"), 502, "model_failed")
    clinic.serve(ScriptedAnswerer(GOOD_OLD))
    again = check_problem(app.ask(key="k"), 502, "model_failed")
    assert again["answer_id"] == first["answer_id"]
    assert app.ask(key="l").status_code == 201


def test_key_is_free_again_when_nothing_was_recorded(clinic, app, settings) -> None:
    settings.CLINRAG_INBOX_LIMIT = 1
    check_problem(app.ask(key="k"), 503, "inbox_too_deep")
    assert not IdempotencyRecord.objects.exists()
    settings.CLINRAG_INBOX_LIMIT = 1000
    assert app.ask(key="k").status_code == 201


def test_key_is_not_spent_by_a_question_that_cannot_be_asked(clinic, app) -> None:
    check_problem(app.ask("", key="k"), 422, "question_empty")
    assert app.ask(key="k").status_code == 201


def test_key_stays_bound_when_the_answer_was_closed_by_the_sweeper(
    clinic, app, monkeypatch
) -> None:
    def closed(*_arguments, **_options):
        raise AnswerAlreadyClosed

    with monkeypatch.context() as patch:
        patch.setattr("clinrag.answering.pipeline.record_end", closed)
        check_problem(app.ask(key="k"), 504, "answer_already_closed")
    check_problem(app.ask(key="k"), 409, "idempotency_twin_running")
