"""The page of a collection's reading rules: shown to stewards, set by who activates."""

import pytest

from ingestion import queries, tasks
from ingestion.models import IndexBuild
from ingestion.queries import ReadingRules
from tests.factories.access import make_user
from tests.factories.ingestion import make_collection

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
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
    for step in ("set", "build", "switch"):
        assert client.post(f"/collections/fever/rules/{step}", GOOD).status_code == 403
    assert queries.collection_by_slug("fever").rules == ReadingRules()


def test_index_is_built_only_when_there_is_one_to_build(manager, shelf, monkeypatch):
    monkeypatch.setattr(tasks, "_send", lambda *message: None)
    told = manager.post("/collections/fever/rules/build", follow=True)
    assert b"already" in told.content
    assert IndexBuild.objects.count() == 0
    assert manager.post("/collections/fever/rules/switch").status_code == 404
