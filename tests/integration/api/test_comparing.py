"""Comparing two versions over HTTP: the diff, what was seen, what was said, the file."""

from pathlib import Path
from uuid import uuid4

import pytest

from ingestion import actions
from ingestion.queries import comparison
from tests.factories.embedder import CountingEmbedder
from tests.factories.ingestion import T0, make_collection, make_document
from tests.factories.people import AUTHOR, MANAGER, REVIEWER
from tests.factories.signatures import SIGNED
from tests.integration.api.conftest import App, check_problem

pytestmark = pytest.mark.django_db

TEXT = b"# Fever\n\n## Dose\n\nGive 500 mg of paracetamol every six hours.\n"
NEWER = TEXT.replace(b"500 mg", b"250 mg")


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path: Path) -> None:
    settings.CLINRAG_STORAGE_DIR = tmp_path / "documents"


@pytest.fixture
def manager(make_person) -> App:
    return make_person("mara", "knowledge_manager")


@pytest.fixture
def reviewer(make_person) -> App:
    return make_person("rita", "reviewer")


@pytest.fixture
def both() -> tuple[str, str]:
    """The older version's id, in force, and the address of the one in review."""
    document = make_document(make_collection(slug="fever"), title="Fever in children")
    old, new = (processed(document.id, text) for text in (TEXT, NEWER))
    actions.review_version(
        old, decision="approve", meaning="Read.", by=REVIEWER, at=T0, signature=SIGNED
    )
    actions.activate_version(old, by=MANAGER, at=T0)
    return str(old), f"versions/{new}"


def processed(document_id, data: bytes):
    made = actions.receive_version(
        document_id, filename="fever.md", data=data, label="", by=AUTHOR, at=T0
    )
    actions.process_version(made.id, now=lambda: T0, embedder=CountingEmbedder())
    return made.id


def diff(both, part: str = "") -> str:
    old, new = both
    return f"{new}/diff{part}?against={old}"


def changed(app: App, both) -> dict:
    return next(
        one
        for one in app.get(diff(both)).json()["sections"]
        if one["kind"] == "changed"
    )


def comment_body(section: dict) -> dict:
    start = section["new_text"].index("250 mg")
    return {
        "section": section["anchor"],
        "side": "new",
        "char_start": start,
        "char_end": start + 6,
        "quote": "250 mg",
        "text": "Is half enough?",
    }


def test_diff_tells_the_risk_with_its_rule_and_reason(both, manager, app):
    response = manager.get(diff(both))
    (risk,) = response.json()["risks"]
    assert (risk["grade"], risk["rule"]) == ("high", "dose_changed")
    assert (risk["old"], risk["new"]) == ("500 mg", "250 mg")
    assert response["ETag"] == manager.get(diff(both))["ETag"]
    check_problem(app.get(diff(both)), 404, "version_not_found")


def test_diff_is_refused_without_another_edition_of_the_document(both, manager):
    _old, new = both
    own = new.removeprefix("versions/")
    check_problem(manager.get(f"{new}/diff"), 422, "fields_invalid")
    check_problem(
        manager.get(f"{new}/diff?against={uuid4()}"), 404, "version_not_found"
    )
    check_problem(
        manager.get(f"{new}/diff?against={own}"), 422, "versions_not_comparable"
    )


def test_section_is_viewed_by_a_reviewer_only(both, reviewer, make_person):
    body = {"section": changed(reviewer, both)["anchor"], "is_viewed": True}
    assert reviewer.get(diff(both, "/viewed")).json() == {"sections": []}
    seen = reviewer.post(diff(both, "/viewed"), body)
    assert seen.json() == {"sections": [body["section"]]}
    assert reviewer.get(diff(both, "/viewed")).json() == seen.json()
    other = make_person("olena", "compliance_officer")
    check_problem(other.post(diff(both, "/viewed"), body), 403, "permission_missing")
    unknown = body | {"section": "s-000000000000"}
    check_problem(reviewer.post(diff(both, "/viewed"), unknown), 404, "section_unknown")


def test_comment_is_made_once_per_key_answered_and_settled(both, reviewer):
    body = comment_body(changed(reviewer, both))
    path = diff(both, "/comments")
    made = reviewer.post(path, body, Idempotency_Key="one")
    assert made.status_code == 201
    assert reviewer.post(path, body, Idempotency_Key="one").json() == made.json()
    other = body | {"text": "Other words"}
    check_problem(
        reviewer.post(path, other, Idempotency_Key="one"),
        422,
        "idempotency_key_reused",
    )
    thread = f"comments/{made.json()['id']}"
    assert reviewer.post(f"{thread}/replies", {"text": "Yes."}).status_code == 201
    settled = reviewer.post(f"{thread}/settlement", {"is_resolved": True})
    assert settled.json()["is_resolved"] is True
    (listed,) = reviewer.get(path).json()["items"]
    assert [one["text"] for one in listed["comments"]] == ["Is half enough?", "Yes."]


def test_comment_is_refused_when_the_words_or_the_version_are_others(both, reviewer):
    body = comment_body(changed(reviewer, both))
    path = diff(both, "/comments")
    wrong = body | {"quote": "999 mg"}
    check_problem(reviewer.post(path, wrong), 422, "range_invalid")
    check_problem(
        reviewer.post(path, body, If_Match='"older"'), 412, "precondition_failed"
    )
    check_problem(
        reviewer.post(f"comments/{uuid4()}/replies", {"text": "?"}),
        404,
        "comment_not_found",
    )


@pytest.mark.parametrize("form", ["docx", "html", "json"])
def test_redline_is_a_file_with_a_safe_name(both, manager, form):
    old, new = both
    response = manager.get(f"{new}/diff.{form}?against={old}")
    assert response.status_code == 200
    described = manager.get("openapi.json").json()["paths"]
    operation = described["/api/v1/versions/{version_id}/diff.{form}"]["get"]
    media_type = response["Content-Type"].split(";")[0]
    assert media_type in operation["responses"]["200"]["content"]
    assert response["Content-Disposition"].startswith(
        'attachment; filename="fever-in-children-'
    )
    assert response.content


def test_comparison_is_made_once_for_the_same_texts(both):
    old, new = both
    new_id = new.removeprefix("versions/")
    assert comparison(old, new_id) is comparison(old, new_id)
