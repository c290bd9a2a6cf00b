"""The library, a document and its source show nobody what is not theirs to see."""

import csv
import io
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from ingestion import queries
from ingestion.lifecycle import Status
from ingestion.storage import ContentStore
from tests.factories.access import make_collection_grant, make_user
from tests.factories.ingestion import (
    make_collection,
    make_document,
    make_document_version,
    make_version_hold,
)

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
SECRET = "Rare liver diseases"
OPEN = "Sore throat"


@pytest.fixture
def manager(client):
    person = make_user(roles=("knowledge_manager",))
    client.force_login(person)
    return person


@pytest.fixture
def clinician(client):
    person = make_user(roles=("clinician",))
    client.force_login(person)
    return person


@pytest.fixture
def closed():
    """A document in a collection for the granted, with an edition in force."""
    document = make_document(make_collection(audience="granted"), title=SECRET)
    make_document_version(document, status=Status.IN_FORCE)
    return document


@pytest.fixture
def opened():
    document = make_document(title=OPEN)
    make_document_version(document, status=Status.IN_FORCE)
    return document


def page(client, address: str) -> str:
    return client.get(address).content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/documents",
        "/documents?q=liver",
        "/documents?collection={slug}",
        "/documents?status=in_force",
        "/upload",
        "/upload/queue",
        "/upload?twin={version}",
    ],
)
def test_title_is_shown_only_to_who_may_use_the_collection(
    client, manager, closed, address
):
    waiting = make_document_version(closed, status=Status.FAILED)
    asked = address.format(slug=closed.collection.slug, version=waiting.id)
    assert SECRET not in page(client, asked)

    make_collection_grant(manager, collection=closed.collection)
    assert SECRET in page(client, asked)


def test_pages_of_a_closed_document_are_as_if_not_there(client, manager, closed):
    version = closed.versions.get()
    addresses = (
        f"/documents/{closed.id}",
        f"/versions/{version.id}",
        f"/versions/{version.id}/source",
        f"/versions/{version.id}/places/1",
    )
    assert {client.get(one).status_code for one in addresses} == {404}

    ContentStore(settings.CLINRAG_STORAGE_DIR).put(b"1")
    make_collection_grant(manager, collection=closed.collection)
    shown = [one for one in addresses if not one.endswith("source")]
    assert {client.get(one).status_code for one in shown} == {200}


def test_list_for_a_spreadsheet_holds_what_is_open_and_no_formula(
    client, manager, closed
):
    make_document(title="=1+1", publisher="@evil")
    body = b"".join(client.get("/documents.csv").streaming_content).decode()
    (line,) = csv.DictReader(io.StringIO(body))
    assert line["title"] == "'=1+1"
    assert line["publisher"] == "'@evil"
    assert SECRET not in body


def test_document_under_embargo_is_shown_to_stewards_alone(client, manager, opened):
    later = timezone.now() + timedelta(days=3)
    hidden = make_document(title="Embargoed advice")
    make_document_version(hidden, status=Status.IN_REVIEW, embargo_until=later)
    assert "Embargoed advice" in page(client, "/documents")
    assert client.get(f"/documents/{hidden.id}").status_code == 200

    client.force_login(make_user(roles=("clinician",)))
    shown = page(client, "/documents")
    assert OPEN in shown
    assert "Embargoed advice" not in shown
    assert client.get(f"/documents/{hidden.id}").status_code == 404
    assert client.get(f"/documents/{opened.id}").status_code == 200


def test_draft_is_not_told_by_a_filter_to_who_may_not_see_it(client, opened):
    make_document_version(opened, status=Status.IN_REVIEW)
    client.force_login(make_user(roles=("reviewer",)))
    assert OPEN in page(client, "/documents?status=in_review")

    client.force_login(make_user(roles=("clinician",)))
    assert OPEN not in page(client, "/documents?status=in_review")


def test_edition_that_never_was_in_force_is_not_on_a_clinicians_rail(
    client, clinician, opened
):
    draft = make_document_version(opened, status=Status.IN_REVIEW, label="Secret draft")
    asked = f"/documents/{opened.id}?edition={draft.id}"
    assert "Secret draft" not in page(client, asked)
    assert client.get(f"/versions/{draft.id}/source").status_code == 404


@pytest.mark.parametrize("status", [one for one in Status if one.value != "draft"])
def test_filter_by_status_finds_what_the_line_says(client, manager, status):
    times = {}
    now = timezone.now()
    if status is Status.SCHEDULED:
        times = {"in_force_from": now + timedelta(days=1)}
    elif status in {Status.SUPERSEDED, Status.EXPIRED}:
        times = {"in_force_to": now - timedelta(days=1)}
        if status is Status.EXPIRED:
            times["planned_until"] = times["in_force_to"]
    elif status is Status.WITHDRAWN:
        times = {"withdrawn_at": now, "in_force_to": now}
    document = make_document(title=OPEN)
    planned = times.pop("planned_until", None)
    version = make_document_version(document, status=status, **times)
    if planned:
        type(version).objects.filter(pk=version.pk).update(planned_until=planned)
    offered = status.value in page(client, "/documents")
    found = OPEN in page(client, f"/documents?status={status.value}")
    assert found
    assert offered or status.value in {"received", "parsed", "chunked", "embedded", "rejected"}  # fmt: skip


def test_pages_of_the_library_follow_each_other_without_a_gap(client, manager):
    titles = [f"Guideline on subject {number:03}" for number in range(60)]
    home = make_collection()
    for title in titles:
        make_document(home, title=title)
    first = client.get("/documents")
    second = client.get(first.context["next_url"])
    shown = [
        one.document.title
        for response in (first, second)
        for one in response.context["lines"]
    ]
    assert shown == titles
    assert second.context["next_url"] == ""


def change(client, **fields):
    values = {"change": "review_by", "review_by": "2030-01-01", "reason": "Yearly."}
    return client.post(
        "/documents/change", {**values, "scope": "selected", **fields}, follow=True
    )


def test_chosen_documents_get_another_review_day_with_the_reason(
    client, manager, opened, closed
):
    other = make_document(title="Untouched")
    change(client, document=[str(opened.id), str(closed.id)])
    days = {
        one.title: one.review_by for one in (queries.document(opened.id),
        queries.document(closed.id), queries.document(other.id))
    }  # fmt: skip
    assert str(days[OPEN]) == "2030-01-01"
    assert days[SECRET] is None
    assert days["Untouched"] is None
    (_before, after) = queries.descriptions_of(opened.id)
    assert after.reason == "Yearly."


def test_all_that_match_get_another_owner_and_no_others(client, manager, opened):
    other = make_document(title="Untouched")
    owner = f"user:{manager.pk}"
    change(client, change="owner", owner=owner, scope="matching", query="q=throat")
    assert queries.document(opened.id).owner_id == owner
    assert queries.document(other.id).owner_id != owner


def test_change_of_several_is_refused_without_the_permission(client, opened):
    client.force_login(make_user(roles=("reviewer",)))
    assert change(client, document=[str(opened.id)]).status_code == 403
    client.force_login(make_user(roles=("knowledge_manager",)))
    assert change(client, document=[str(opened.id)]).status_code == 200


def test_hold_is_decided_by_a_reviewer_and_not_by_a_form_without_a_decision(client):
    version = make_document_version(status=Status.HELD)
    make_version_hold(version)
    client.force_login(make_user(roles=("reviewer",)))
    address = f"/versions/{version.id}/hold"
    assert client.post(address, {"reason": "No patient."}).status_code == 422
    assert queries.version(version.id).status == "held"
    sent = {"reason": "No patient.", "decision": "release"}
    assert client.post(address, sent).status_code == 302
    assert queries.version(version.id).status == "parsed"
