"""The page that opens a collection: for who activates, once, and in good form."""

import pytest

from audit.models import InboxEntry
from ingestion import queries
from tests.factories.access import make_user

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
HEART = {
    "name": "Heart",
    "slug": "heart",
    "specialty": "cardiology",
    "language": "en",
    "audience": "everyone",
}


def opened() -> list[str]:
    return [one.slug for one in queries.collections()]


def test_collection_is_opened_once_however_often_it_is_sent(client):
    client.force_login(make_user(roles=("knowledge_manager",)))
    assert b"/new-collection" in client.get("/documents").content
    assert client.get("/new-collection").status_code == 200
    before = InboxEntry.objects.count()
    assert client.post("/new-collection", HEART)["Location"] == "/upload"
    again = client.post("/new-collection", HEART)
    assert again.status_code == 422
    assert InboxEntry.objects.count() == before + 1
    assert opened() == ["heart"]


@pytest.mark.parametrize("wrong", [{"slug": "he art"}, {"language": "english"}])
def test_nothing_is_opened_when_the_form_is_wrong(client, wrong):
    client.force_login(make_user(roles=("knowledge_manager",)))
    assert client.post("/new-collection", HEART | wrong).status_code == 422
    assert opened() == []


def test_nothing_is_opened_by_a_reviewer(client):
    client.force_login(make_user(roles=("reviewer",)))
    assert b"/new-collection" not in client.get("/documents").content
    assert client.post("/new-collection", HEART).status_code == 403
    assert opened() == []
