"""Watched sources over HTTP: added once, changed only as seen, paused, looked at."""

from datetime import timedelta

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from ingestion import tasks
from ingestion.lifecycle import Status
from ingestion.models import Collection, DocumentVersion, Source
from ingestion.queries import due_sources
from tests.factories.ingestion import T0, make_document, make_reminder
from tests.factories.sources import make_owner_task, make_source, make_source_item
from tests.integration.api.conftest import check_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path, settings):
    folder = tmp_path / "watched"
    folder.mkdir()
    settings.CLINRAG_SOURCE_FOLDERS = [str(folder)]
    settings.CLINRAG_SOURCE_SETTLE_SECONDS = 0.0
    return folder


@pytest.fixture
def asked(monkeypatch):
    calls = []
    monkeypatch.setattr(tasks.check_source, "delay", calls.append)
    return calls


@pytest.fixture
def body(folder, clinic):
    return {
        "kind": "folder",
        "name": "Guidelines",
        "address": str(folder),
        "collection": "pain",
        "every_seconds": 3600,
    }


@pytest.fixture
def manager(make_person):
    return make_person("mona", "knowledge_manager")


@pytest.fixture
def clinician(make_person):
    return make_person("cleo", "clinician")


def test_source_is_added_once_for_one_key(manager, body):
    first = manager.post("sources", body, Idempotency_Key="k-1")
    again = manager.post("sources", body, Idempotency_Key="k-1")
    another = manager.post("sources", body)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["id"] == first.json()["id"]
    assert again["Idempotency-Replayed"] == "true"
    assert first["Location"].endswith(first.json()["id"])
    check_problem(another, 409, "source_exists")
    listed = manager.get("sources", {"collection": "pain"}).json()["items"]
    assert [one["id"] for one in listed] == [first.json()["id"]]


def test_source_outside_what_is_allowed_is_refused(manager, body):
    for wrong in (
        {"address": "/etc"},
        {"kind": "http", "address": "https://169.254.169.254/latest"},
        {"kind": "s3", "address": "s3://somebodys/"},
    ):
        check_problem(manager.post("sources", body | wrong), 403, "source_refused")
    wrong = manager.post("sources", body | {"collection": "nowhere"})
    check_problem(wrong, 404, "collection_not_found")


def test_source_is_changed_only_as_it_was_seen(manager, body):
    made = manager.post("sources", body)
    path = f"sources/{made.json()['id']}"
    pause = {"is_paused": True}

    silent = manager.send("patch", path, pause)
    done = manager.send("patch", path, pause, If_Match=made["ETag"])
    late = manager.send("patch", path, {"name": "x"}, If_Match=made["ETag"])

    check_problem(silent, 428, "precondition_required")
    assert (done.status_code, done.json()["is_paused"]) == (200, True)
    check_problem(late, 412, "precondition_failed")


def test_look_brings_a_task_that_is_closed_with_a_note(
    manager, body, folder, asked, django_capture_on_commit_callbacks
):
    made = manager.post("sources", body).json()
    (folder / "g.md").write_text("# Pain\n\nOffer paracetamol 1 g.\n")
    with django_capture_on_commit_callbacks(execute=True):
        soon = manager.post(f"sources/{made['id']}/check")
    tasks.check_source.run(asked[0])

    (check,) = manager.get(f"sources/{made['id']}/checks").json()["items"]
    (item,) = manager.get(f"sources/{made['id']}/items").json()["items"]
    (task,) = manager.get("owner-tasks").json()["items"]
    closing = f"owner-tasks/{task['id']}/closing"
    closed = manager.post(closing, {"note": "Read."})
    again = manager.post(closing, {"note": "Read."})

    assert (soon.status_code, check["result"], check["drafted"]) == (202, "changed", 1)
    assert (task["kind"], task["version_id"]) == ("drafted", item["version_id"])
    assert closed.status_code == 200
    check_problem(again, 409, "task_closed")
    assert manager.get("owner-tasks").json()["items"] == []


def test_look_is_due_at_once_when_the_broker_is_away(
    manager, body, monkeypatch, django_capture_on_commit_callbacks
):
    def away(*_arguments):
        raise OperationalError

    monkeypatch.setattr(tasks.check_source, "delay", away)
    made = manager.post("sources", body | {"every_seconds": 86_400}).json()
    Source.objects.update(next_check_at=timezone.now() + timedelta(days=1))

    with django_capture_on_commit_callbacks(execute=True):
        soon = manager.post(f"sources/{made['id']}/check")
        page = manager.client.post(f"/sources/{made['id']}/check")

    assert (soon.status_code, page.status_code) == (202, 302)
    assert [str(one) for one in due_sources(at=timezone.now(), limit=9)] == [made["id"]]


def test_rejected_finding_is_given_to_another_document_once_for_one_key(
    manager, clinician, body, folder, monkeypatch
):
    sent = []
    monkeypatch.setattr("ingestion.tasks.enqueue", sent.append)
    monkeypatch.setattr("clinrag.api.views.sources.enqueue", sent.append)
    (folder / "g.md").write_text("# Gout\n\nRest.\n")
    source_id = manager.post("sources", body).json()["id"]
    tasks.check_source(source_id)
    path = f"sources/{source_id}/placements"
    placement = {"name": "g.md", "title": "Gout", "reason": "Its own guideline."}

    early = manager.post(path, placement)
    DocumentVersion.objects.update(status=Status.REJECTED)
    refused = clinician.post(path, placement)
    placed = manager.post(path, placement, Idempotency_Key="p-1")
    again = manager.post(path, placement, Idempotency_Key="p-1")

    check_problem(early, 409, "source_item_settled")
    assert refused.status_code == 403
    assert (placed.status_code, again.status_code) == (202, 202)
    assert again.json()["id"] == placed.json()["id"]
    (item,) = manager.get(f"sources/{source_id}/items").json()["items"]
    assert item["version_id"] == placed.json()["id"]
    assert item["version_status"] == "received"
    missing = manager.post(path, placement | {"name": "h.md"})
    check_problem(missing, 404, "source_item_not_found")


def test_source_is_for_who_may_ingest(clinician, manager, body):
    made = manager.post("sources", body).json()
    for path in ("sources", f"sources/{made['id']}", "owner-tasks"):
        check_problem(clinician.get(path), 403, "permission_missing")
    check_problem(clinician.post("sources", body), 403, "permission_missing")


def pages(app, path, **wanted):
    """All that a list holds, two at a time."""
    found, cursor = [], {}
    while True:
        page = app.get(path, {"limit": 2, **wanted, **cursor}).json()
        assert len(page["items"]) <= 2
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def test_lists_are_read_to_their_end_page_by_page(manager, clinic):
    shelf = Collection.objects.get(slug="pain")
    source, other = make_source(collection=shelf), make_source(collection=shelf)
    later = T0 + timedelta(days=1)
    for number in range(7):
        gone = {0: T0, 1: later}.get(number % 3)
        changed_at = later if number % 2 else T0
        make_source_item(source, missing_since=gone, changed_at=changed_at)
        asking = make_source(collection=shelf)
        make_owner_task(asking, opened_at=T0 if number < 4 else later)
        document = make_document(shelf, title="Same", review_by=T0.date())
        make_reminder(document, opened_at=T0 if number < 4 else later)

    for path, count in (
        (f"sources/{source.id}/items", 7),
        ("owner-tasks", 14),
        ("reminders", 7),
    ):
        whole = manager.get(path).json()
        assert (len(whole["items"]), whole["next"]) == (count, None)
        assert pages(manager, path) == whole["items"]
        foreign = {"cursor": manager.get("owner-tasks", {"limit": 2}).json()["next"]}
        if path != "owner-tasks":
            check_problem(manager.get(path, foreign), 400, "cursor_invalid")
    cursor = manager.get(f"sources/{source.id}/items", {"limit": 2}).json()["next"]
    elsewhere = manager.get(f"sources/{other.id}/items", {"cursor": cursor})
    check_problem(elsewhere, 400, "cursor_invalid")
