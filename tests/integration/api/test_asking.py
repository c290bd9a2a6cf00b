"""Asking over HTTP: answers, refusals, failures, proofs."""

import base64
import json
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from audit import offline, sealing
from audit.errors import LedgerUnavailable
from audit.sealing.data_keys import keys_of_subject
from clinrag.access.actions import grant_collection
from clinrag.answering.models import Answer
from clinrag.inference.errors import ModelTimeout, ModelUnavailable
from tests.factories.ingestion import make_collection
from tests.integration.answering.clinic import (
    NEW,
    OLD_QUOTE,
    QUESTION,
    ScriptedAnswerer,
    claims,
    life,
    recorded,
)
from tests.integration.api.conftest import OPERATOR, check_problem

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def test_question_is_answered_with_citations_that_resolve(clinic, app) -> None:
    response = app.ask()
    body = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"/api/v1/answers/{body['id']}"
    assert body["outcome"] == "answered"
    assert "90 MME/day" in body["text"]
    assert body["claims"][0]["verdict"] == "supported"
    assert body["proof"] is None
    (citation,) = body["citations"]
    passage = app.get(
        f"versions/{citation['version_id']}/passages/{citation['chunk_id']}"
    ).json()
    start = citation["char_start"] - passage["char_start"]
    end = citation["char_end"] - passage["char_start"]
    assert passage["text"][start:end] == citation["quote"]
    assert " ".join(citation["quote"].split()) == OLD_QUOTE
    assert passage["standing"] == citation["standing"] == "in_force"


def test_asking_again_takes_no_more_statements_than_it_has_to(clinic, app) -> None:
    app.ask()  # stores what is stored once: template, format, style, asker
    with (
        CaptureQueriesContext(connections["default"]) as records,
        CaptureQueriesContext(connections["keys"]) as keys,
    ):
        assert app.ask().status_code == 201

    assert len(statements(records)) <= 21
    assert len(statements(keys)) <= 3


def statements(captured: CaptureQueriesContext) -> list[str]:
    """Without the savepoints that stand for transactions inside the test's own."""
    told = (one["sql"] for one in captured.captured_queries)
    return [sql for sql in told if "SAVEPOINT" not in sql]


def test_answer_is_on_record_with_app_and_end_user(clinic, app) -> None:
    body = app.post(
        "answers",
        {"question": QUESTION, "collections": ["pain"], "purpose": "audit"},
        X_On_Behalf_Of="nurse-17",
    ).json()
    asked, answered = [e for e in recorded() if e["type"] in set(life())]
    assert asked["fields"]["app"] == "Ward app"
    assert asked["fields"]["purpose"] == "audit"
    assert asked["actor"]["id"] == f"key:{app.holder.pk}"
    assert asked["actor"]["on_behalf_of"] == "nurse-17"
    assert answered["id"] == body["receipt"]["entry_id"]


def test_question_is_refused_with_its_reason_when_nothing_supports_it(
    clinic, app
) -> None:
    clinic.serve(ScriptedAnswerer(claims(("Take 500 mg.", "no such quote"))))
    response = app.ask()
    body = response.json()
    assert response.status_code == 201
    assert (body["outcome"], body["text"], body["citations"]) == (
        "not_grounded",
        None,
        [],
    )
    assert body["reason"]
    assert UUID(body["receipt"]["entry_id"])


def test_question_is_answered_as_of_a_date(clinic, app, now) -> None:
    between = clinic.now()
    clinic.put_in_force(NEW, "2022")
    then = app.ask(as_of=between.isoformat()).json()
    today = app.ask().json()
    assert then["citations"][0]["version_label"] == "2016"
    assert then["outcome"] == "answered"
    assert today["outcome"] == "not_grounded"
    future = (now + timedelta(days=1)).isoformat()
    check_problem(app.ask(as_of=future), 422, "question_in_future")


NO_QUESTIONS = [
    ("", "question_empty"),
    (" \n\t ", "question_empty"),
    ("x" * 4001, "question_too_long"),
    ("dose\x00of", "question_not_text"),
    ("dose \ud800", "question_not_text"),
    ("?!", "question_not_text"),
    (17, "question_not_text"),
    (["dose"], "question_not_text"),
    ({"text": "dose"}, "question_not_text"),
    (True, "question_not_text"),
]


def test_question_is_refused_before_any_record_when_it_cannot_be_asked(
    clinic, app
) -> None:
    before = len(recorded())
    for question, code in NO_QUESTIONS:
        check_problem(app.ask(question), 422, code)
    assert len(recorded()) == before
    assert app.ask().status_code == 201


WRONG_FIELDS = [
    ({"question": None}, "/question", "null"),
    ({"collections": "pain"}, "/collections", "not_a_list"),
    ({"collections": [["pain"]]}, "/collections/0", "invalid"),
    ({"collections": ["x"] * 21}, "/collections", "max_length"),
    ({"as_of": "Aunt Mary's birthday"}, "/as_of", "invalid"),
    ({"purpose": "Aunt Mary"}, "/purpose", "invalid"),
    ({"limit": 0}, "/limit", "min_value"),
    ({"limit": 10_000}, "/limit", "max_value"),
    ({"limit": "many"}, "/limit", "invalid"),
    ({"as-of": "2026-01-01", "Mary": 1}, "/", "unexpected"),
]


def test_fields_are_refused_by_name_without_repeating_them(clinic, app) -> None:
    for changes, pointer, rule in WRONG_FIELDS:
        body = {"question": QUESTION, "collections": ["pain"], **changes}
        response = app.post("answers", body)
        problem = check_problem(response, 422, "fields_invalid")
        found = [(one["pointer"], one["code"]) for one in problem["errors"]]
        assert found == [(pointer, rule)]
        assert "Mary" not in response.content.decode()
    assert app.ask().status_code == 201


def test_question_is_refused_when_a_field_is_missing(clinic, app) -> None:
    problem = check_problem(app.post("answers", {}), 422, "fields_invalid")
    assert [one["pointer"] for one in problem["errors"]] == [
        "/question",
        "/collections",
    ]


def test_question_is_refused_when_a_collection_is_unknown_or_closed(
    clinic, app
) -> None:
    closed = make_collection(slug="closed", audience="granted")
    for collections, status, code in (
        ([], 422, "no_collection_named"),
        (["nowhere"], 422, "unknown_collection"),
        (["pain", "nowhere"], 422, "unknown_collection"),
        (["closed"], 403, "collection_not_open"),
        (["pain", "closed"], 403, "collection_not_open"),
    ):
        check_problem(app.ask(collections=collections), status, code)
    grant_collection(closed.id, to=app.holder, by=OPERATOR, at=clinic.now())
    assert app.ask(collections=["pain", "closed"]).status_code == 201


def test_key_that_names_collections_asks_no_other(clinic, make_app) -> None:
    check_problem(make_app(collections=["closed"]).ask(), 403, "collection_not_open")
    assert make_app(collections=["pain"]).ask().status_code == 201


def test_question_is_refused_when_the_scope_is_missing(clinic, make_app) -> None:
    check_problem(make_app("retrieve").ask(), 403, "permission_missing")
    assert make_app("ask").ask().status_code == 201


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (ModelUnavailable(), 502, "model_unavailable"),
        (ModelTimeout(), 504, "model_timeout"),
    ],
)
def test_model_failure_is_on_record_and_told_with_the_answer_id(
    clinic, app, error, status, reason
) -> None:
    clinic.serve(ScriptedAnswerer(error))
    problem = check_problem(app.ask(), status, "model_failed")
    assert problem["reason"] == reason
    assert life()[-1] == "answer.failed"
    assert problem["entry_id"] == recorded("answer.")[-1]["id"]
    again = app.get(f"answers/{problem['answer_id']}")
    assert check_problem(again, status, "model_failed")["reason"] == reason


def test_nothing_is_answered_when_the_ledger_cannot_record(
    clinic, app, settings
) -> None:
    assert app.ask().status_code == 201
    settings.CLINRAG_INBOX_LIMIT = 1
    response = app.ask()
    check_problem(response, 503, "inbox_too_deep")
    assert int(response["Retry-After"]) > 0
    assert Answer.objects.count() == 1


def test_unforeseen_fault_is_told_without_its_words(clinic, app, monkeypatch) -> None:
    def broken(*_arguments, **_options):
        raise RuntimeError("Mary Miller, born 1950")

    monkeypatch.setattr("clinrag.api.views.answers.check_can_search", broken)
    response = app.ask()
    check_problem(response, 500, "internal_error")
    assert "Mary" not in response.content.decode()


def test_refusal_of_the_ledger_midway_is_told(clinic, app, monkeypatch) -> None:
    def refuse(*_arguments, **_options):
        raise LedgerUnavailable

    monkeypatch.setattr("clinrag.answering.pipeline.record_end", refuse)
    check_problem(app.ask(), 503, "ledger_unavailable")
    assert Answer.objects.get().state == "open"


def test_answer_is_read_again_and_reading_is_recorded(clinic, app) -> None:
    first = app.ask().json()
    again = app.get(f"answers/{first['id']}")
    proof = first.pop("proof")
    assert proof is None
    assert again.json() == first
    (disclosed,) = recorded("content.")
    assert disclosed["fields"]["answer_ids"] == [first["id"]]
    assert disclosed["fields"]["surface"] == "api"
    assert disclosed["actor"]["id"] == f"key:{app.holder.pk}"


def test_answer_is_not_there_for_other_apps(clinic, app, make_app, make_person) -> None:
    path = f"answers/{app.ask().json()['id']}"
    for stranger in (make_app("ask"), make_person("carl", "clinician")):
        check_problem(stranger.get(path), 404, "unknown_answer")
        check_problem(stranger.get(f"{path}/proof"), 404, "unknown_answer")
    assert not recorded("content.")
    assert make_person("cora", "compliance_officer").get(path).status_code == 200
    assert app.get(path).status_code == 200


@pytest.mark.parametrize("path", ["", "/proof"])
def test_answer_that_was_never_given_is_not_there(app, path: str) -> None:
    check_problem(app.get(f"answers/{uuid4()}{path}"), 404, "unknown_answer")


def test_answers_are_listed_without_their_words_page_by_page(
    clinic, app, make_app, make_person
) -> None:
    ids = [app.ask().json()["id"] for _ in range(3)]
    make_app("ask", name="Another app").ask()
    page = app.get("answers", {"limit": 2}).json()
    rest = app.get("answers", {"limit": 2, "cursor": page["next"]}).json()
    assert [one["id"] for one in page["items"] + rest["items"]] == ids[::-1]
    assert rest["next"] is None
    assert "MME" not in str(page)
    officer = make_person("cora", "compliance_officer")
    assert len(officer.get("answers").json()["items"]) == 4
    named = officer.get("answers", {"app": "Another app", "outcome": "answered"})
    assert len(named.json()["items"]) == 1


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"cursor": "nonsense"}, 400, "invalid_cursor"),
        ({"outcome": "fine"}, 422, "fields_invalid"),
        ({"limit": "0"}, 422, "fields_invalid"),
        ({"colour": "red"}, 422, "fields_invalid"),
    ],
)
def test_list_of_answers_is_refused_when_a_filter_is_wrong(
    app, query, status, code
) -> None:
    check_problem(app.get("answers", query), status, code)
    assert app.get("answers").json() == {"items": [], "next": None}


def test_answer_is_proved_to_someone_who_trusts_only_the_key(clinic, app) -> None:
    answer = app.ask().json()
    path = f"answers/{answer['id']}/proof"
    waiting = app.get(path)
    check_problem(waiting, 409, "not_yet_sequenced")
    assert waiting["Retry-After"] == "1"
    vkey = clinic.sign()
    proof = app.get(path).json()
    entry = base64.b64decode(proof["entry"])
    offline.verify_inclusion(
        proof["checkpoint"],
        vkey,
        entry,
        index=proof["index"],
        path=[bytes.fromhex(step) for step in proof["path"]],
    )
    assert proof["vkey"] == vkey
    assert proof["leaf_hash"] == answer["receipt"]["leaf_hash"]
    assert proof["entry_id"] == answer["receipt"]["entry_id"]
    assert answer["id"].encode() in entry


def test_answer_comes_with_its_proof_when_waited_for(clinic, app, monkeypatch) -> None:
    waited = []

    def wait(entry_id, *, timeout_seconds):
        waited.append(timeout_seconds)
        clinic.sign()
        return real(entry_id, timeout_seconds=timeout_seconds)

    from clinrag.api import proving

    real = proving.wait_for_proof
    monkeypatch.setattr(proving, "wait_for_proof", wait)
    body = {"question": QUESTION, "collections": ["pain"]}
    response = app.post("answers", body, Prefer="respond-async, wait=60")
    assert response["Preference-Applied"] == "wait=5"
    assert waited == [5]
    proof = response.json()["proof"]
    assert re.fullmatch(r"[0-9a-f]{64}", proof["root"])
    assert proof["tree_size"] > proof["index"]


def test_answer_about_a_subject_can_be_erased_by_the_reference(
    clinic, app, now, caplog
) -> None:
    about = {"question": QUESTION, "collections": ["pain"], "subject": "mrn:0042-7"}
    body = app.post("answers", about).json()
    entry_id = UUID(body["receipt"]["entry_id"])
    wrapper = sealing.key_wrapper()
    subject = sealing.find_subject("mrn:0042-7", wrapped_by=wrapper)
    question_id = Answer.objects.get(pk=body["id"]).query_entry_id
    assert keys_of_subject(subject) == sorted([question_id, entry_id])
    # Not the digits alone: in hundreds of hexadecimal ones they come by chance.
    assert "mrn:0042" not in caplog.text + json.dumps(recorded()) + json.dumps(body)
    assert app.get(f"answers/{body['id']}").status_code == 200
    sealing.destroy_keys([], subject_ids=[subject], at=now)
    check_problem(app.get(f"answers/{body['id']}"), 410, "answer_erased")


@pytest.mark.parametrize("subject", ["x" * 201, "", "a\nb", " ", ["a"]])
def test_odd_subject_is_refused_and_nothing_recorded(clinic, app, subject) -> None:
    about = {"question": QUESTION, "collections": ["pain"], "subject": subject}
    response = app.post("answers", about)
    assert response.status_code in (400, 422)
    assert life() == []
