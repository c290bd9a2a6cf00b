"""The page of a collection's reading rules: shown to stewards, set by who activates."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ingestion import queries, tasks
from ingestion.lifecycle import Status
from ingestion.models import IndexBuild
from ingestion.queries import ReadingRules
from tests.factories.access import make_user
from tests.factories.ingestion import (
    make_chunk_embedding,
    make_collection,
    make_document,
    make_document_version,
    make_index_build,
    make_searchable,
    make_work_part,
)

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
STEPS = ("switch", "retry", "abandon")
GOOD = {"chunk_tokens": "128", "chunk_min_tokens": "16", "tracked_changes": "reject"}


@pytest.fixture
def shelf():
    return make_collection(slug="fever")


@pytest.fixture
def manager(client):
    client.force_login(make_user(roles=("knowledge_manager",)))
    return client


def test_rules_are_set_when_the_form_is_right(manager, shelf):
    assert b"How files of" in manager.get("/collections/fever/rules").content
    done = manager.post("/collections/fever/rules/set", GOOD, follow=True)
    assert b'value="128"' in done.content
    assert queries.collection_by_slug("fever").rules == ReadingRules(128, 16, "reject")


@pytest.mark.parametrize("wrong", [{"chunk_tokens": "10"}, {"tracked_changes": "x"}])
def test_rules_stay_when_the_form_is_wrong(manager, shelf, wrong):
    sent = manager.post("/collections/fever/rules/set", GOOD | wrong)
    assert sent.status_code == 422
    too_near = GOOD | {"chunk_min_tokens": "100"}
    told = manager.post("/collections/fever/rules/set", too_near, follow=True)
    assert b"at most half" in told.content
    assert queries.collection_by_slug("fever").rules == ReadingRules()


def test_rules_are_only_shown_when_the_person_may_not_activate(client, shelf):
    client.force_login(make_user(roles=("reviewer",)))
    page = client.get("/collections/fever/rules")
    assert page.status_code == 200
    assert b'<form method="post" action="/collections' not in page.content
    for step in ("set", "build"):
        assert client.post(f"/collections/fever/rules/{step}", GOOD).status_code == 403
    begun = make_index_build(shelf)
    for step in STEPS:
        assert client.post(f"/builds/{begun.id}/{step}").status_code == 403
    assert queries.collection_by_slug("fever").rules == ReadingRules()


def test_index_is_built_only_when_there_is_one_to_build(manager, shelf, monkeypatch):
    monkeypatch.setattr(tasks, "_send", lambda *message: None)
    told = manager.post("/collections/fever/rules/build", follow=True)
    assert b"already" in told.content
    assert IndexBuild.objects.count() == 0
    for step in STEPS:
        assert manager.post(f"/builds/{uuid4()}/{step}").status_code == 404


def statements(client, path):
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)


@pytest.fixture
def stuck(shelf):
    """A build of three texts: one is done, one waits, one failed."""
    begun = make_index_build(shelf, number=1)
    for state, code in (("done", ""), ("waiting", ""), ("failed", "embedding_failed")):
        document = make_document(shelf, title=f"Fever, {state}")
        version = make_document_version(document, status=Status.IN_FORCE)
        placed = make_searchable(f"Rest, {state}.", version=version)
        if state == "done":
            make_chunk_embedding(placed.chunk, embedder=begun.embedder)
        make_work_part(
            version, stage="rebuild", number=1, state=state, failure_code=code, total=1
        )
    return begun


def test_failed_texts_are_told_with_their_reason_and_tried_again(
    manager, stuck, monkeypatch
):
    monkeypatch.setattr(tasks, "_send", lambda *message: None)
    page = manager.get("/collections/fever/rules").content.decode()
    assert "1 of 3 texts are done; 1 could not be done." in page
    assert "Fever, failed" in page
    assert "Fever, waiting" not in page
    assert "The embedder did not answer" in page
    assert "Search by the new index" not in page

    again = manager.post(f"/builds/{stuck.id}/retry", follow=True).content.decode()

    assert "What failed is tried again." in again
    assert "1 of 3 texts are done. The workers go on" in again
    assert queries.build(stuck.id).failures == ()
    twice = manager.post(f"/builds/{stuck.id}/retry", follow=True).content.decode()
    assert "What failed is tried again." not in twice


def test_build_is_abandoned_once_and_another_may_be_begun(manager, stuck):
    done = manager.post(f"/builds/{stuck.id}/abandon", follow=True).content.decode()
    assert "Abandoned." in done
    assert "1 text failed" in done
    assert "Build the index by these rules" in done
    again = manager.post(f"/builds/{stuck.id}/abandon", follow=True).content.decode()
    assert "Abandoned." not in again
    assert queries.build(stuck.id).state == "abandoned"


def test_failed_texts_are_read_in_one_statement_however_many(manager, shelf, stuck):
    few = statements(manager, "/collections/fever/rules")
    for number in range(12):
        version = make_document_version(make_document(shelf))
        make_work_part(
            version, stage="rebuild", number=1, state="failed", failure_code=f"{number}"
        )
    assert statements(manager, "/collections/fever/rules") == few
    page = manager.get("/collections/fever/rules").content.decode()
    assert "13 could not be done" in page


def test_build_of_a_closed_collection_is_not_there(manager, stuck, shelf):
    shelf.audience = "granted"
    shelf.save(update_fields=["audience"])
    for step in STEPS:
        assert manager.post(f"/builds/{stuck.id}/{step}").status_code == 404
    assert queries.build(stuck.id).state == "building"
