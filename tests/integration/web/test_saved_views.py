"""Everybody has views of their own, and what is kept is filters and nothing else."""

import pytest
from django.utils import timezone

from clinrag.access.saved_views import MOST, save_view, saved_views_of
from tests.factories.access import make_saved_view, make_user

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def person(client):
    someone = make_user(roles=("knowledge_manager",))
    client.force_login(someone)
    return someone


def keep(client, name="Overdue, mine", query="review=overdue&owner=me&evil=1"):
    sent = {"name": name, "query": query}
    return client.post("/documents/views", sent, follow=True)


def test_view_is_kept_with_its_filters_alone_and_offered_again(client, person):
    response = keep(client)
    (view,) = saved_views_of(person, page="documents")
    assert (view.name, view.query) == ("Overdue, mine", "owner=me&review=overdue")
    assert "Overdue, mine" in response.content.decode()
    assert "Overdue, mine" in client.get("/documents").content.decode()


def test_same_name_again_takes_the_place_of_the_first(client, person):
    keep(client)
    keep(client, query="q=throat")
    (view,) = saved_views_of(person, page="documents")
    assert view.query == "q=throat"


@pytest.mark.parametrize(("name", "query"), [("", "q=x"), ("x", ""), ("x" * 81, "q=x")])
def test_view_without_name_or_filter_is_not_kept(client, person, name, query):
    keep(client, name=name, query=query)
    assert saved_views_of(person, page="documents") == []


def test_views_have_an_end(person):
    kept = [
        save_view(person, page="documents", name=f"{n}", query="q=x", at=timezone.now())
        for n in range(MOST + 1)
    ]
    assert kept == [True] * MOST + [False]


def test_view_of_somebody_else_is_neither_shown_nor_forgotten(client, person):
    other = make_saved_view(name="Somebody's own")
    mine = make_saved_view(person, name="My own")
    assert "Somebody&#x27;s own" not in client.get("/documents").content.decode()
    for view in (other, mine):
        client.post(f"/documents/views/{view.pk}")
    assert saved_views_of(person, page="documents") == []
    assert len(saved_views_of(other.user, page="documents")) == 1
