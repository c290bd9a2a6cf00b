"""Documents and versions over HTTP: from upload to force and out of it."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import InboxEntry
from clinrag.access.actions import grant_collection
from ingestion import actions
from ingestion.lifecycle import Status
from tests.factories.embedder import CountingEmbedder
from tests.factories.ingestion import (
    T0,
    make_collection,
    make_document,
    make_document_version,
)
from tests.integration.api.conftest import OPERATOR, App, check_problem

pytestmark = pytest.mark.django_db

TEXT = b"# Fever\n\n## Dose\n\nGive 500 mg of paracetamol every six hours.\n"
NEWER = TEXT.replace(b"500 mg", b"250 mg")


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path: Path) -> None:
    settings.CLINRAG_STORAGE_DIR = tmp_path / "documents"


@pytest.fixture
def queued(monkeypatch) -> list:
    """Ids of versions handed to the workers, which do not run here."""
    found: list = []
    monkeypatch.setattr("clinrag.api.views.versions.enqueue", found.append)
    return found


@pytest.fixture
def manager(make_person) -> App:
    return make_person("mara", "knowledge_manager")


@pytest.fixture
def reviewer(make_person) -> App:
    return make_person("rita", "reviewer")


@pytest.fixture
def document(manager, queued) -> dict:
    make_collection(slug="fever")
    body = {"collection": "fever", "title": "Fever in children", "licence": "CC0"}
    response = manager.post("documents", body)
    assert response.status_code == 201
    assert response["Location"] == f"/api/v1/documents/{response.json()['id']}"
    return response.json()


@pytest.fixture
def upload(manager, document) -> Callable:
    def upload(data: bytes = TEXT, name: str = "fever.md", **fields: str):
        file = SimpleUploadedFile(name, data)
        path = f"documents/{document['id']}/versions"
        return manager.upload(path, {"file": file, **fields})

    return upload


@pytest.fixture
def in_review(upload) -> Callable:
    def in_review(data: bytes = TEXT) -> str:
        version_id = upload(data).json()["id"]
        actions.process_version(version_id, now=lambda: T0, embedder=CountingEmbedder())
        return f"versions/{version_id}"

    return in_review


@pytest.fixture
def in_force(in_review, manager, reviewer) -> Callable:
    def in_force(data: bytes = TEXT) -> str:
        path = in_review(data)
        assert (
            reviewer.post(f"{path}/reviews", {"decision": "approve"}).status_code == 201
        )
        assert manager.post(f"{path}/activation").status_code == 200
        return path

    return in_force


def test_document_is_registered_read_and_listed(manager, document) -> None:
    assert manager.get(f"documents/{document['id']}").json() == document
    assert manager.get("documents").json() == {"items": [document], "next": None}
    assert document["collection"] == "fever"
    assert document["owner_id"] == f"user:{manager.holder.pk}"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"collection": "nowhere"}, 404, "collection_not_found"),
        ({"title": ""}, 422, "fields_invalid"),
        ({"title": "x" * 501}, 422, "fields_invalid"),
        ({"title": "a\x00b"}, 422, "fields_invalid"),
        ({"url": "javascript:alert(1)"}, 422, "description_invalid"),
        ({"language": "english"}, 422, "description_invalid"),
        ({"review_by": "soon"}, 422, "fields_invalid"),
        ({"owner_id": "user:1"}, 422, "fields_invalid"),
    ],
)
def test_document_is_refused_when_its_description_is_wrong(
    manager, document, changes, status, code
) -> None:
    body = {"collection": "fever", "title": "Another"}
    check_problem(manager.post("documents", body | changes), status, code)
    assert manager.post("documents", body).status_code == 201


def test_documents_are_listed_by_title_page_by_page(app) -> None:
    home = make_collection()
    for title in ("Pain", "Asthma", "Fever", "Asthma"):
        make_document(home, title=title)
    seen, cursor = [], {}
    while True:
        page = app.get("documents", {"limit": 1, **cursor}).json()
        seen += [one["title"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == ["Asthma", "Asthma", "Fever", "Pain"]
    found = app.get("documents", {"title": "asth", "collection": home.slug}).json()
    assert len(found["items"]) == 2
    check_problem(app.get("documents", {"cursor": "made:up"}), 400, "cursor_invalid")


def test_documents_of_a_closed_collection_are_not_there(app, make_person) -> None:
    closed = make_collection(audience="granted")
    document = make_document(closed)
    version = make_document_version(document, status=Status.IN_FORCE)
    paths = (f"documents/{document.id}", f"versions/{version.id}")
    for path, code in zip(
        paths, ("document_not_found", "version_not_found"), strict=True
    ):
        check_problem(app.get(path), 404, code)
        assert make_person(code, "compliance_officer").get(path).status_code == 200
    assert app.get("documents").json()["items"] == []
    grant_collection(closed.id, to=app.holder, by=OPERATOR, at=T0)
    assert all(app.get(path).status_code == 200 for path in paths)


def test_version_is_accepted_and_handed_to_the_workers(upload, manager, queued) -> None:
    response = upload(label="2022")
    body = response.json()
    assert response.status_code == 202
    assert response["Location"] == f"/api/v1/versions/{body['id']}"
    assert (body["status"], body["standing"], body["label"]) == (
        "received",
        "draft",
        "2022",
    )
    assert [str(one) for one in queued] == [body["id"]]
    again = manager.get(f"versions/{body['id']}")
    assert again.json() == body
    assert again["ETag"] == response["ETag"]


def test_version_is_refused_with_its_twin_when_sent_twice(upload) -> None:
    first = upload().json()
    problem = check_problem(upload(name="other.md"), 409, "duplicate_content")
    assert problem["twin_version_id"] == first["id"]
    assert problem["twin_document_id"] == first["document_id"]
    assert upload(NEWER).status_code == 202


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "fever.md", "file_empty"),
        (b"%PDF-1.7 broken", "fever.docx", "suffix_mismatch"),
        (b"\x7fELF\x02\x01\x01" + bytes(99), "fever.bin", "unsupported_type"),
    ],
)
def test_version_ends_as_failed_with_its_reason_when_the_file_is_bad(
    upload, queued, data, name, code
) -> None:
    body = upload(data, name).json()
    assert body["status"] == "failed"
    assert body["failure"]["code"] == code
    assert body["failure"]["message"]
    assert not queued


def test_version_is_refused_when_there_is_no_file(manager, document) -> None:
    path = f"documents/{document['id']}/versions"
    check_problem(manager.upload(path, {"label": "x"}), 422, "file_missing")
    check_problem(manager.upload(path, {"file": "text"}), 422, "file_missing")
    check_problem(manager.post(path, {}), 415, "media_type_unsupported")


def test_version_is_failed_and_its_bytes_let_go_when_it_is_too_large(
    upload, manager, queued, settings
) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    data = b"long " * 40_000
    body = upload(data, "long.txt").json()
    sha256 = hashlib.sha256(data).hexdigest()
    assert (body["status"], body["failure"]["code"]) == ("failed", "file_too_large")
    assert (body["byte_size"], body["content_sha256"]) == (len(data), sha256)
    assert manager.get(f"versions/{body['id']}").json()["filename"] == "long.txt"
    assert not list(settings.CLINRAG_STORAGE_DIR.rglob(sha256))
    problem = check_problem(upload(data, "long.txt"), 409, "duplicate_content")
    assert problem["twin_version_id"] == body["id"]
    assert queued == []
    assert upload(TEXT[:100]).json()["status"] == "received"


def test_body_is_refused_when_it_is_beyond_the_ceiling(upload, settings) -> None:
    settings.MAX_BODY_BYTES = 100
    check_problem(upload(bytes(100_000)), 413, "body_too_large")


def test_version_is_refused_when_the_permission_is_missing(
    document, make_app, app
) -> None:
    path = f"documents/{document['id']}/versions"
    file = {"file": SimpleUploadedFile("fever.md", TEXT)}
    check_problem(app.upload(path, file), 403, "permission_missing")
    file = {"file": SimpleUploadedFile("fever.md", TEXT)}
    assert make_app("ingest").upload(path, file).status_code == 202


def test_version_goes_through_review_into_force_and_out(
    in_review, manager, reviewer
) -> None:
    path = in_review()
    version = manager.get(path).json()
    assert version["status"] == "in_review"
    assert {one["stage"] for one in version["progress"]} == {"parse", "chunk", "embed"}
    made = reviewer.post(f"{path}/reviews", {"decision": "approve", "comment": "Fine"})
    assert made.status_code == 201
    assert reviewer.get(f"{path}/reviews").json()["items"] == [made.json()]
    assert manager.post(f"{path}/activation").json()["standing"] == "in_force"
    gone = manager.post(f"{path}/withdrawal", {"reason": "Replaced"}).json()
    assert (gone["status"], gone["withdrawal_reason"]) == ("withdrawn", "Replaced")
    types = [one["type"] for one in entries()]
    assert types[-3:] == ["version.reviewed", "version.activated", "version.withdrawn"]


def entries() -> list[dict]:
    import json

    return [json.loads(bytes(e.body)) for e in InboxEntry.objects.order_by("pk")]


def test_review_is_refused_to_the_author(in_review, manager, reviewer) -> None:
    path = in_review()
    decision = {"decision": "approve"}
    check_problem(manager.post(f"{path}/reviews", decision), 403, "reviewer_is_author")
    assert reviewer.post(f"{path}/reviews", decision).status_code == 201


def test_review_by_a_key_is_refused_whomever_it_names(
    in_review, make_app, reviewer
) -> None:
    path, key = in_review(), make_app("review")
    decision = {"decision": "approve"}
    for named in ({}, {"X_On_Behalf_Of": "rita-2"}):
        reply = key.post(f"{path}/reviews", decision, **named)
        check_problem(reply, 403, "reviewer_is_not_a_person")
    assert reviewer.post(f"{path}/reviews", decision).status_code == 201


def test_review_is_refused_when_decision_or_state_is_wrong(in_review, reviewer) -> None:
    path = f"{in_review()}/reviews"
    check_problem(reviewer.post(path, {"decision": "maybe"}), 422, "fields_invalid")
    assert reviewer.post(path, {"decision": "reject"}).status_code == 201
    problem = check_problem(
        reviewer.post(path, {"decision": "approve"}), 409, "invalid_transition"
    )
    assert (problem["status_now"], problem["status_wanted"]) == ("rejected", "approved")


def test_activation_is_refused_when_not_approved(in_review, manager, reviewer) -> None:
    path = in_review()
    check_problem(manager.post(f"{path}/activation"), 409, "version_not_approved")
    check_problem(reviewer.post(f"{path}/activation"), 403, "permission_missing")
    reviewer.post(f"{path}/reviews", {"decision": "approve"})
    assert manager.post(f"{path}/activation").status_code == 200


def test_activation_can_be_planned(in_review, manager, reviewer, app, now) -> None:
    path = in_review()
    reviewer.post(f"{path}/reviews", {"decision": "approve"})
    body = {
        "in_force_from": (now + timedelta(days=2)).isoformat(),
        "in_force_to": (now + timedelta(days=1)).isoformat(),
    }
    check_problem(manager.post(f"{path}/activation", body), 422, "validity_invalid")
    del body["in_force_to"]
    planned = manager.post(f"{path}/activation", body).json()
    assert (planned["status"], planned["standing"]) == ("scheduled", "scheduled")
    check_problem(app.get(path), 404, "version_not_found")


def test_withdrawal_needs_a_reason_and_something_in_force(
    in_review, manager, reviewer
) -> None:
    path, reason = in_review(), {"reason": "Wrong dose"}
    check_problem(
        manager.post(f"{path}/withdrawal", reason), 409, "version_not_activated"
    )
    reviewer.post(f"{path}/reviews", {"decision": "approve"})
    manager.post(f"{path}/activation")
    check_problem(manager.post(f"{path}/withdrawal", {}), 422, "fields_invalid")
    check_problem(
        manager.post(f"{path}/withdrawal", {"reason": " "}), 422, "fields_invalid"
    )
    assert manager.post(f"{path}/withdrawal", reason).status_code == 200


def test_decision_is_refused_when_the_version_has_changed(
    in_review, manager, reviewer
) -> None:
    path = in_review()
    seen = manager.get(path)["ETag"]
    decision = {"decision": "approve"}
    assert reviewer.post(f"{path}/reviews", decision, If_Match=seen).status_code == 201
    response = manager.post(f"{path}/activation", If_Match=seen)
    check_problem(response, 412, "precondition_failed")
    fresh = manager.get(path)["ETag"]
    response = manager.post(f"{path}/activation", If_Match=f'"other", {fresh}')
    assert response.status_code == 200


def test_draft_is_seen_only_by_those_who_work_on_it(in_review, manager, app) -> None:
    path = in_review()
    document_id = manager.get(path).json()["document_id"]
    versions = f"documents/{document_id}/versions"
    assert len(manager.get(versions).json()["items"]) == 1
    assert app.get(versions).json()["items"] == []
    check_problem(app.get(path), 404, "version_not_found")
    check_problem(app.get(f"{path}/reviews"), 403, "permission_missing")
    check_problem(app.get(f"{path}/passages/{uuid4()}"), 404, "version_not_found")


def test_superseded_version_stays_where_citations_lead(in_force, app, manager) -> None:
    old, new = in_force(TEXT), in_force(NEWER)
    assert [app.get(path).json()["standing"] for path in (old, new)] == [
        "superseded",
        "in_force",
    ]
    check_problem(app.get(f"{old}/passages/{uuid4()}"), 404, "passage_not_found")


def test_versions_are_compared_with_their_numbers(in_force, in_review, app, manager):
    old, new = in_force(TEXT), in_review(NEWER)
    path = f"{new}/comparison/{old.removeprefix('versions/')}"
    (section,) = manager.get(path).json()["sections"]
    assert (section["kind"], section["path"][-1]) == ("changed", "Dose")
    assert section["numbers_changed"] == [{"old": "500 mg", "new": "250 mg"}]
    assert {one["op"] for one in section["words"]} >= {"delete", "insert"}
    check_problem(app.get(path), 404, "version_not_found")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("documents/{}", "document_not_found"),
        ("documents/{}/versions", "document_not_found"),
        ("versions/{}", "version_not_found"),
        ("versions/{}/reviews", "version_not_found"),
        ("versions/{}/comparison/{}", "version_not_found"),
    ],
)
def test_what_does_not_exist_is_not_there(manager, path: str, code: str) -> None:
    check_problem(manager.get(path.format(uuid4(), uuid4())), 404, code)


def test_reading_rules_are_set_by_whoever_activates_on_what_he_saw(manager, reviewer):
    make_collection(slug="fever")
    address = "collections/fever"
    shown = manager.get(address)
    assert shown.json()["rules"] == {
        "chunk_tokens": None,
        "chunk_min_tokens": None,
        "tracked_changes": "accept",
    }
    sizes = {"chunk_tokens": 128, "chunk_min_tokens": 16}
    check_problem(manager.send("patch", address, sizes), 428, "precondition_required")
    seen = {"If_Match": shown["ETag"]}
    check_problem(
        reviewer.send("patch", address, sizes, **seen), 403, "permission_missing"
    )
    made = manager.send("patch", address, sizes, **seen)
    assert made.json()["rules"]["chunk_tokens"] == 128
    assert manager.get(address)["ETag"] == made["ETag"]
    check_problem(
        manager.send("patch", address, sizes, **seen), 412, "precondition_failed"
    )
    anyway = {"If_Match": "*"}
    check_problem(
        manager.send("patch", address, {"chunk_min_tokens": 65}, **anyway),
        422,
        "rules_invalid",
    )
    kept = manager.send("patch", address, {"tracked_changes": "refuse"}, **anyway)
    assert kept.json()["rules"] == {**sizes, "tracked_changes": "refuse"}


HEART = {
    "slug": "heart",
    "name": "Heart",
    "specialty": "cardiology",
    "language": "en",
    "audience": "everyone",
}


def test_collection_is_opened_once_and_its_rules_follow(manager, reviewer):
    check_problem(reviewer.post("collections", HEART), 403, "permission_missing")
    before = InboxEntry.objects.count()

    made = manager.post("collections", HEART)

    assert made.status_code == 201
    assert made["Location"] == "/api/v1/collections/heart"
    assert InboxEntry.objects.count() == before + 1
    assert manager.get(made["Location"]).json() == made.json()
    check_problem(manager.post("collections", HEART), 409, "collection_exists")
    rules = {"tracked_changes": "reject"}
    seen = {"If_Match": made["ETag"]}
    assert manager.send("patch", "collections/heart", rules, **seen).status_code == 200
    again = manager.send("patch", "collections/heart", rules, **seen)
    check_problem(again, 412, "precondition_failed")
    wrong = {"slug": "he art", "language": "english", "audience": "nobody"}
    for name, value in wrong.items():
        refused = manager.post("collections", HEART | {"slug": "lung", name: value})
        assert refused.status_code == 422
    assert InboxEntry.objects.count() == before + 2


def test_collection_is_opened_by_a_key_only_under_a_name_it_has(make_app):
    app = make_app("activate", collections=["pain", "heart"])
    refused = app.post("collections", HEART | {"slug": "lung"})
    check_problem(refused, 403, "collection_not_open")
    assert app.post("collections", HEART).status_code == 201


def test_granted_collection_is_open_to_nobody_but_the_granted(manager):
    made = manager.post("collections", HEART | {"audience": "granted"})
    check_problem(manager.get(made["Location"]), 404, "collection_not_found")
