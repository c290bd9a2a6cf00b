"""What people say of answers, over REST: new records that change no answer."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from clinrag.access.roles import Permission
from clinrag.answering.models import Answer, AnswerRemark
from clinrag.answering.reviews import queries
from tests.integration.answering.clinic import ASKER, Clinic, recorded
from tests.integration.api.conftest import App, check_problem

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
SCORES = {"accuracy": 2, "completeness": 4, "safety": 1, "sources": 5}
WORDS = "The dose is ten times too high."


@pytest.fixture
def path(clinic: Clinic, app: App) -> str:
    return f"answers/{app.ask().json()['id']}"


@pytest.fixture
def auditor(make_app: Callable[..., App]) -> App:
    return make_app(Permission.READ_LEDGER)


def flag(app: App, path: str, kind: str, **fields: str):
    body = {"kind": kind, "code": "wrong_dose", **fields}
    return app.post(f"{path}/feedback", body)


def test_asker_flags_an_answer_and_it_waits_unsafe_first_until_it_is_reviewed(
    path, app, auditor
):
    before = Answer.objects.values().get()
    wrong = flag(app, path, "wrong")
    unsafe = flag(app, path, "unsafe", words=WORDS)
    assert (wrong.status_code, unsafe.status_code) == (201, 201), unsafe.content
    assert app.post(f"{path}/feedback", {"kind": "helpful"}).status_code == 201

    waiting = auditor.get("review-queue").json()["items"]
    assert [one["remark"]["kind"] for one in waiting] == ["unsafe", "wrong"]
    assert waiting[0]["remark"]["due_at"] < waiting[1]["remark"]["due_at"]
    assert not any(one["is_overdue"] for one in waiting)

    review = {"verdict": "unsafe", "scores": SCORES, "words": "Confirmed."}
    made = auditor.post(f"{path}/assessments", review)
    assert made.status_code == 201, made.content
    assert {one["criterion"]: one["score"] for one in made.json()["scores"]} == SCORES
    assert auditor.get("review-queue").json()["items"] == []
    kinds = [one["kind"] for one in app.get(f"{path}/remarks").json()["items"]]
    assert kinds == ["wrong", "unsafe", "helpful", "review"]
    assert Answer.objects.values().get() == before


def test_words_are_sealed_and_read_on_record(path, app):
    made = flag(app, path, "unsafe", words=WORDS).json()
    (entry,) = recorded("answer.feedback_given")
    assert WORDS not in str(entry)
    assert "ten times" not in str(list(AnswerRemark.objects.values()))

    remarks = queries.remarks_of(AnswerRemark.objects.get().answer_id)
    at = AnswerRemark.objects.get().made_at
    words = queries.read_words(
        remarks, by=ASKER, at=at, purpose="quality_assurance", surface="test"
    )

    assert list(words.values()) == [WORDS]
    assert recorded("content.disclosed")[-1]["fields"]["entry_ids"] == [
        made["entry_id"]
    ]


def test_override_is_a_new_record_beside_the_answer(path, app, auditor):
    before = auditor.get(path).json()
    note = app.post(f"{path}/notes", {"kind": "override", "words": "Read the BNF."})
    assert note.status_code == 201, note.content
    assert auditor.get(path).json()["text"] == before["text"]
    assert recorded("answer.annotated")[-1]["fields"]["kind"] == "override"


def test_remark_is_never_rewritten(path, app):
    flag(app, path, "wrong")
    with pytest.raises(IntegrityError), transaction.atomic():
        AnswerRemark.objects.update(code="other")


def test_same_key_keeps_one_remark(path, app):
    body = {"kind": "wrong", "code": "incomplete"}
    first, again = (
        app.post(f"{path}/feedback", body, Idempotency_Key="a" * 16) for _ in range(2)
    )
    assert first.json() == again.json()
    assert AnswerRemark.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "unsafe"},
        {"kind": "helpful", "code": "other"},
        {"kind": "review", "code": "other"},
        {"kind": "wrong", "code": "other", "words": "x" * 4001},
    ],
)
def test_remark_that_lacks_what_its_kind_needs_is_refused(path, app, body):
    assert app.post(f"{path}/feedback", body).status_code == 422
    assert flag(app, path, "wrong").status_code == 201


def test_others_see_no_remarks_and_review_nothing(path, app, make_app):
    stranger = make_app(Permission.ASK)
    check_problem(flag(stranger, path, "wrong"), 404, "unknown_answer")
    check_problem(stranger.get(f"{path}/remarks"), 404, "unknown_answer")
    check_problem(app.get("review-queue"), 403, "permission_missing")
    refused = app.post(f"{path}/assessments", {"verdict": "correct", "scores": SCORES})
    check_problem(refused, 403, "permission_missing")
    assert flag(app, path, "wrong").status_code == 201


def test_agreement_is_told_of_answers_that_two_reviewed(
    clinic, app, make_person, make_app
):
    paths = [f"answers/{app.ask().json()['id']}" for _ in range(2)]
    reviewers = [make_app(Permission.READ_LEDGER) for _ in range(2)]
    for path in paths:
        for reviewer in reviewers:
            body = {"verdict": "correct", "scores": SCORES}
            assert reviewer.post(f"{path}/assessments", body).status_code == 201

    told = reviewers[0].get("review-queue/agreement").json()

    assert told == {"answers": 2, "reviewers": 2, "kappa": 1.0, "alpha": 1.0}
