"""Corrections, holds, embargoes, reminders, and what was known, over the interface."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from ingestion import actions
from ingestion.actions.rows import WORKER
from tests.factories.embedder import CountingEmbedder
from tests.factories.ingestion import make_collection, make_document, make_reminder
from tests.integration.api.conftest import check_problem

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
TEXT = b"# Fever\n\nGive paracetamol to adults with fever above 39 degrees.\n"
HOUR = timedelta(hours=1)


@pytest.fixture
def people(make_person, clinic):
    return (
        make_person("mia", "knowledge_manager"),
        make_person("rex", "reviewer"),
        make_person("cleo", "clinician"),
    )


@pytest.fixture
def document(people):
    manager = people[0]
    made = manager.post("documents", {"collection": "pain", "title": "Fever"})
    assert made.status_code == 201, made.json()
    return f"documents/{made.json()['id']}"


@pytest.fixture
def in_review(people, document):
    def in_review(data: bytes = TEXT) -> str:
        file = SimpleUploadedFile("fever.md", data)
        made = people[0].upload(f"{document}/versions", {"file": file})
        version_id = made.json()["id"]
        actions.process_version(
            version_id, now=timezone.now, embedder=CountingEmbedder()
        )
        return f"versions/{version_id}"

    return in_review


def approve(people, path):
    assert people[1].post(f"{path}/reviews", {"decision": "approve"}).status_code == 201


def test_description_is_corrected_and_the_earlier_one_still_told(people, document):
    manager = people[0]
    first = manager.get(document)
    before = timezone.now()
    change = {"publisher": "A society", "reason": "It was missing"}

    refused = manager.send("patch", document, change)
    done = manager.send("patch", document, change, If_Match=first["ETag"])
    stale = manager.send("patch", document, change, If_Match=first["ETag"])

    check_problem(refused, 428, "precondition_required")
    assert (done.status_code, done.json()["publisher"]) == (200, "A society")
    assert done["ETag"] == manager.get(document)["ETag"] != first["ETag"]
    check_problem(stale, 412, "precondition_failed")
    then = manager.get(document, {"known_at": before.isoformat()}).json()
    assert then == first.json()
    told = manager.get(f"{document}/descriptions").json()["items"]
    assert [one["publisher"] for one in told] == ["", "A society"]
    assert told[1]["reason"] == "It was missing"


def test_correction_is_refused_without_reason_or_permission(people, document):
    manager, _, clinician = people
    change = {"title": "Fever in adults"}

    check_problem(
        manager.send("patch", document, change, If_Match="*"), 422, "fields_invalid"
    )
    check_problem(
        clinician.send("patch", document, {**change, "reason": "x"}, If_Match="*"),
        403,
        "permission_missing",
    )


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("reviews", {"decision": "approve"}),
        ("activation", {}),
        ("withdrawal", {"reason": "x"}),
        ("hold-decision", {"decision": "release", "reason": "x"}),
    ],
)
def test_state_changes_only_for_who_says_what_he_saw(people, in_review, step, body):
    path = in_review()
    actor = people[1] if step in {"reviews", "hold-decision"} else people[0]

    refused = actor.post(f"{path}/{step}", body, If_Match=None)

    check_problem(refused, 428, "precondition_required")


def test_edition_is_called_otherwise_from_now_on(people, in_review):
    manager, path = people[0], in_review()
    seen = manager.get(path)
    before = timezone.now()

    done = manager.send(
        "patch", path, {"label": "2026", "reason": "Misread"}, If_Match=seen["ETag"]
    )

    assert done.json()["label"] == "2026"
    then = manager.get(path, {"known_at": before.isoformat()}).json()
    assert then["label"] == seen.json()["label"]


def test_versions_are_told_as_of_a_date_and_as_they_were_known(
    people, document, in_review
):
    manager = people[0]
    path = in_review()
    approve(people, path)
    began = timezone.now()
    manager.post(f"{path}/activation", {"in_force_from": (began - HOUR).isoformat()})
    knew = timezone.now()
    manager.post(f"{path}/withdrawal", {"reason": "Dose"})

    def told(**moments):
        query = {name: moment.isoformat() for name, moment in moments.items()}
        (one,) = manager.get(f"{document}/versions", query).json()["items"]
        assert one == manager.get(path, query).json()
        return one["status"], one["standing"]

    assert told() == ("withdrawn", "withdrawn")
    assert told(as_of=began) == ("withdrawn", "in_force")
    assert told(known_at=knew) == ("in_force", "in_force")
    assert told(known_at=began) == ("approved", "draft")
    assert told(as_of=began - 2 * HOUR, known_at=knew) == ("in_force", "scheduled")


def test_held_version_is_released_by_a_reviewer(people, in_review):
    manager, reviewer, clinician = people
    path = in_review()
    version_id = manager.get(path).json()["id"]
    actions.hold_version(
        version_id,
        code="identifiers_found",
        findings={"name": 2},
        by=WORKER,
        at=timezone.now(),
    )
    decision = {"decision": "release", "reason": "The authors' own names"}

    check_problem(
        clinician.post(f"{path}/hold-decision", decision), 403, "permission_missing"
    )
    done = reviewer.post(f"{path}/hold-decision", decision)

    assert (done.status_code, done.json()["status"]) == (200, "in_review")
    (hold,) = reviewer.get(f"{path}/holds").json()["items"]
    assert hold["findings"] == [{"kind": "name", "count": 2}]
    assert hold["decision"] == "release"
    assert hold["decided_by"] == f"user:{reviewer.holder.pk}"
    check_problem(
        reviewer.post(f"{path}/hold-decision", decision), 409, "invalid_transition"
    )


def test_document_under_embargo_is_not_there_for_plain_readers(
    people, document, in_review
):
    manager, _, clinician = people
    path = in_review()
    approve(people, path)
    until = timezone.now() + HOUR

    def listed(person):
        items = person.get("documents").json()["items"]
        return document.removeprefix("documents/") in [one["id"] for one in items]

    assert listed(clinician)
    done = manager.send("put", f"{path}/embargo", {"until": until.isoformat()})
    assert done.status_code == 200
    assert (listed(clinician), listed(manager)) == (False, True)
    for address in (document, f"{document}/versions"):
        check_problem(clinician.get(address), 404, "document_not_found")
    check_problem(manager.post(f"{path}/activation"), 409, "under_embargo")
    manager.send("put", f"{path}/embargo", {"until": None})
    assert manager.post(f"{path}/activation").status_code == 200
    assert clinician.get(path).status_code == 200


def test_reminder_is_listed_and_closed(people, document):
    manager, _, clinician = people
    manager.send(
        "patch",
        document,
        {"review_by": "2020-01-31", "reason": "From the cover"},
        If_Match="*",
    )
    actions.open_due_reminders(at=timezone.now(), lead=timedelta(0))

    (reminder,) = manager.get("reminders").json()["items"]
    assert reminder["review_by"] == "2020-01-31"
    hidden = make_reminder(make_document(make_collection(audience="granted")))
    unseen = manager.post(f"reminders/{hidden.pk}/closing", {"note": "x"})
    check_problem(unseen, 404, "reminder_not_found")
    check_problem(clinician.get("reminders"), 403, "permission_missing")
    done = manager.post(
        f"reminders/{reminder['id']}/closing",
        {"note": "Still holds", "review_by": date(2099, 1, 1).isoformat()},
    )

    assert done.json()["review_by"] == "2099-01-01"
    assert manager.get("reminders").json()["items"] == []
    again = manager.post(f"reminders/{reminder['id']}/closing", {"note": "x"})
    check_problem(again, 409, "reminder_closed")
    check_problem(
        manager.post("reminders/999999/closing", {"note": "x"}),
        404,
        "reminder_not_found",
    )


def test_question_is_answered_by_what_was_known(clinic, make_app):
    clinic.now.at = timezone.now()
    app = make_app()
    old = app.ask(known_at=None).json()
    knew = timezone.now()
    future = (knew + HOUR).isoformat()

    asked = app.ask(known_at=future)
    check_problem(asked, 422, "question_in_future")
    assert app.ask(known_at=knew.isoformat()).json()["outcome"] == old["outcome"]


def test_nobody_outside_can_suppose_an_edition(make_app, clinic):
    app = make_app()
    supposing = "0" * 8 + "-0000-0000-0000-" + "0" * 12

    check_problem(app.ask(supposing=supposing), 422, "fields_invalid")
    body = {"question": "Fever?", "collections": ["pain"], "supposing": supposing}
    check_problem(app.post("retrievals", body), 422, "fields_invalid")
