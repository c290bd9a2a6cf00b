"""What people say of answers, over REST: new records that change no answer."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from clinrag.access.roles import Permission, Role
from clinrag.answering.models import Answer, AnswerRemark
from clinrag.answering.reviews import queries
from ingestion.models import Collection
from tests.integration.answering.clinic import ASKER, Clinic, recorded
from tests.integration.api.conftest import App, check_problem

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
SCORES = {"accuracy": 2, "completeness": 4, "safety": 1, "sources": 5}
REVIEWING = Role.REVIEWER, Role.COMPLIANCE_OFFICER
WORDS = "The dose is ten times too high."


@pytest.fixture
def path(clinic: Clinic, app: App) -> str:
    return f"answers/{app.ask().json()['id']}"


@pytest.fixture
def auditor(make_app: Callable[..., App]) -> App:
    return make_app(Permission.READ_LEDGER)


@pytest.fixture
def reviewer(make_person: Callable[..., App]) -> App:
    """Somebody who may read other people's answers, and review."""
    return make_person("rosa", *REVIEWING)


def assess(app: App, path: str, *flags: str, **fields: object):
    body = {"verdict": "unsafe", "scores": SCORES, "flags": flags, **fields}
    return app.post(f"{path}/assessments", body)


def waiting(auditor: App) -> list[str]:
    return [one["remark"]["id"] for one in auditor.get("review-queue").json()["items"]]


def flag(app: App, path: str, kind: str, **fields: str):
    body = {"kind": kind, "code": "wrong_dose", **fields}
    return app.post(f"{path}/feedback", body)


def test_asker_flags_an_answer_and_it_waits_unsafe_first_until_it_is_reviewed(
    path, app, auditor, reviewer
):
    before = Answer.objects.values().get()
    wrong = flag(app, path, "wrong")
    unsafe = flag(app, path, "unsafe", words=WORDS)
    assert (wrong.status_code, unsafe.status_code) == (201, 201), unsafe.content
    assert app.post(f"{path}/feedback", {"kind": "helpful"}).status_code == 201

    found = auditor.get("review-queue").json()["items"]
    assert [one["remark"]["kind"] for one in found] == ["unsafe", "wrong"]
    assert found[0]["remark"]["due_at"] < found[1]["remark"]["due_at"]
    assert not any(one["is_overdue"] for one in found)

    flags = [one.json()["id"] for one in (wrong, unsafe)]
    made = assess(reviewer, path, *flags, words="Confirmed.")
    assert made.status_code == 201, made.content
    assert {one["criterion"]: one["score"] for one in made.json()["scores"]} == SCORES
    assert sorted(made.json()["flags"]) == sorted(flags)
    assert recorded("answer.reviewed")[-1]["fields"]["flags"] == sorted(flags)
    assert waiting(auditor) == []
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


def test_flag_waits_on_when_the_review_does_not_name_it(path, app, auditor, reviewer):
    seen = flag(app, path, "wrong").json()["id"]
    unseen = flag(app, path, "unsafe").json()["id"]
    assert assess(reviewer, path, seen).status_code == 201
    assert waiting(auditor) == [unseen]
    assert assess(reviewer, path, unseen).status_code == 201
    assert waiting(auditor) == []


def test_review_of_what_is_no_flag_of_this_answer_is_refused(
    path, app, auditor, reviewer
):
    other = flag(app, f"answers/{app.ask().json()['id']}", "wrong").json()["id"]
    helpful = app.post(f"{path}/feedback", {"kind": "helpful"}).json()["id"]
    for named in (other, helpful):
        check_problem(assess(reviewer, path, named), 422, "remark_invalid")
    assert waiting(auditor) == [other]
    assert assess(reviewer, path).status_code == 201


def test_neither_asker_nor_complainer_nor_an_application_reviews(
    clinic, path, app, make_app, make_person, reviewer
):
    asker = make_person("ada", *REVIEWING)
    asked = f"answers/{asker.ask().json()['id']}"
    check_problem(assess(asker, asked), 403, "own_answer_reviewed")
    complainer = make_person("carl", *REVIEWING)
    flagged = flag(complainer, path, "wrong").json()["id"]
    check_problem(assess(complainer, path, flagged), 403, "own_flag_reviewed")
    program = make_app(Permission.REVIEW, Permission.READ_LEDGER)
    check_problem(assess(program, path, flagged), 403, "only_people_review")
    assert assess(reviewer, path, flagged).status_code == 201
    assert assess(reviewer, asked).status_code == 201


def id_of(who: App) -> str:
    assert who.holder is not None
    return f"user:{who.holder.pk}"


def test_reviewer_reads_and_reviews_what_is_assigned_to_him_and_nothing_else(
    clinic, path, app, make_person, make_app
):
    officer = make_person("otto", Role.COMPLIANCE_OFFICER)
    rosa, bea = (make_person(name, Role.REVIEWER) for name in ("rita", "bea"))
    other = f"answers/{app.ask().json()['id']}"
    flagged = flag(app, path, "unsafe", words=WORDS).json()["id"]
    unseen = flag(app, other, "wrong").json()["id"]

    assert rosa.get("review-queue").json() == {"items": [], "assignments": []}
    check_problem(rosa.get(path), 404, "unknown_answer")
    check_problem(assess(officer, path), 403, "permission_missing")
    made = officer.post(f"{path}/reviewers", {"reviewer_id": id_of(rosa)})
    assert made.status_code == 201, made.content
    assert recorded("answer.review_assigned")[-1]["fields"]["reviewer"] == id_of(rosa)
    check_problem(
        officer.post(f"{path}/reviewers", {"reviewer_id": id_of(rosa)}),
        409,
        "review_is_assigned",
    )

    queue = rosa.get("review-queue").json()
    assert [one["remark"]["id"] for one in queue["items"]] == [flagged]
    assert [one["answer_id"] for one in queue["assignments"]] == [path[8:]]
    assert rosa.get(path).status_code == 200
    assert recorded("content.disclosed")[-1]["fields"]["purpose"] == "quality_assurance"
    for hidden in (other, f"{other}/remarks", f"{other}/proof"):
        check_problem(rosa.get(hidden), 404, "unknown_answer")
    check_problem(bea.get(path), 404, "unknown_answer")
    check_problem(assess(bea, path, flagged), 404, "unknown_answer")
    check_problem(assess(rosa, other, unseen), 404, "unknown_answer")

    assert assess(rosa, path, flagged).status_code == 201
    check_problem(rosa.get(path), 404, "unknown_answer")
    assert rosa.get("review-queue").json() == {"items": [], "assignments": []}


def test_second_reviewer_sees_no_other_review_before_his_own(path, app, make_person):
    officer = make_person("otto", Role.COMPLIANCE_OFFICER)
    first, second = (make_person(name, Role.REVIEWER) for name in ("rita", "rolf"))
    flag(app, path, "wrong")
    for one in (first, second):
        officer.post(f"{path}/reviewers", {"reviewer_id": id_of(one)})
    assert assess(first, path).status_code == 201
    seen = [one["kind"] for one in second.get(f"{path}/remarks").json()["items"]]
    assert seen == ["wrong"]
    every = [one["kind"] for one in officer.get(f"{path}/remarks").json()["items"]]
    assert every == ["wrong", "review"]


def test_review_taken_back_closes_the_answer_again(path, make_person):
    officer = make_person("otto", Role.COMPLIANCE_OFFICER)
    rita = make_person("rita", Role.REVIEWER)
    officer.post(f"{path}/reviewers", {"reviewer_id": id_of(rita)})
    assert rita.get(path).status_code == 200
    place = f"{path}/reviewers/{id_of(rita)}"
    assert officer.send("delete", place).status_code == 204
    check_problem(rita.get(path), 404, "unknown_answer")
    check_problem(officer.send("delete", place), 404, "review_not_assigned")
    again = officer.post(f"{path}/reviewers", {"reviewer_id": id_of(rita)})
    assert again.status_code == 201
    assert rita.get(path).status_code == 200


def test_only_who_may_review_what_was_asked_is_asked_to(
    path, make_person, make_app, auditor
):
    officer = make_person("otto", Role.COMPLIANCE_OFFICER)
    rita = make_person("rita", Role.REVIEWER)
    nurse = make_person("nina", Role.CLINICIAN)
    body = {"reviewer_id": id_of(nurse)}
    refused = officer.post(f"{path}/reviewers", body)
    check_problem(refused, 422, "reviewer_not_eligible")
    Collection.objects.update(audience="granted")
    body = {"reviewer_id": id_of(rita)}
    refused = officer.post(f"{path}/reviewers", body)
    check_problem(refused, 422, "reviewer_not_eligible")
    Collection.objects.update(audience="everyone")
    refused = auditor.post(f"{path}/reviewers", body)
    check_problem(refused, 403, "decider_is_not_a_person")
    check_problem(rita.post(f"{path}/reviewers", body), 403, "permission_missing")
    assert officer.post(f"{path}/reviewers", body).status_code == 201
    Collection.objects.update(audience="granted")
    check_problem(rita.get(path), 404, "unknown_answer")


def test_words_of_remarks_are_read_for_a_purpose_by_author_reviewer_and_auditor(
    path, app, auditor, make_app, make_person
):
    flag(app, path, "unsafe", words=WORDS)
    theirs = auditor.post(f"{path}/notes", {"kind": "annotation", "words": "Noted."})
    assert theirs.status_code == 201, theirs.content
    officer = make_person("otto", Role.COMPLIANCE_OFFICER)
    bea = make_person("bea", Role.REVIEWER)
    body = {"purpose": "quality_assurance"}

    def read(who: App) -> list[str]:
        found = who.post(f"{path}/remarks/words", body)
        assert found.status_code == 200, found.content
        return sorted(one["words"] for one in found.json()["items"])

    before = len(recorded("content.disclosed"))
    refused = bea.post(f"{path}/remarks/words", body)
    check_problem(refused, 404, "unknown_answer")
    officer.post(f"{path}/reviewers", {"reviewer_id": id_of(bea)})
    assert read(app) == [WORDS]
    assert read(auditor) == read(bea) == ["Noted.", WORDS]
    assert len(recorded("content.disclosed")) == before + 3
    stranger = make_app(Permission.ASK)
    refused = stranger.post(f"{path}/remarks/words", body)
    check_problem(refused, 404, "unknown_answer")
    assert app.post(f"{path}/remarks/words", {}).status_code == 422
    assert len(recorded("content.disclosed")) == before + 3


def test_override_is_a_persons_new_record_and_waits_for_a_review(path, app, auditor):
    before = auditor.get(path).json()
    body = {"kind": "override", "words": "Read the BNF."}
    check_problem(app.post(f"{path}/notes", body), 403, "override_is_nobodys")
    check_problem(auditor.post(f"{path}/notes", body), 403, "permission_missing")
    note = app.post(f"{path}/notes", body, X_On_Behalf_Of="nurse-17")
    assert note.status_code == 201, note.content
    assert waiting(auditor) == [note.json()["id"]]
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
    check_problem(stranger.get("review-queue"), 403, "permission_missing")
    refused = app.post(f"{path}/assessments", {"verdict": "correct", "scores": SCORES})
    check_problem(refused, 403, "permission_missing")
    assert flag(app, path, "wrong").status_code == 201


def test_agreement_is_told_of_answers_that_two_reviewed(clinic, app, make_person):
    paths = [f"answers/{app.ask().json()['id']}" for _ in range(2)]
    reviewers = [make_person(name, *REVIEWING) for name in ("rita", "rolf")]
    for path in paths:
        for reviewer in reviewers:
            body = {"verdict": "correct", "scores": SCORES}
            assert reviewer.post(f"{path}/assessments", body).status_code == 201

    told = reviewers[0].get("review-queue/agreement").json()

    assert told.pop("criteria")[0] == {"criterion": "accuracy", "alpha": 1.0}
    figures = {"answers": 2, "reviewers": 2, "reviews": 4, "kappa": 1.0, "alpha": 1.0}
    assert told == figures
