"""Pages do not lose what stands behind many others."""

import re
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from clinrag.answering.impact.targets import target_of
from clinrag.answering.reach import Reach, Severity
from clinrag.answering.recalls.actions import open_recall
from clinrag.web import choices, watched
from clinrag.web.views import recalls
from ingestion.lifecycle import Status
from tests.factories.access import make_user
from tests.factories.ingestion import (
    T0,
    make_collection,
    make_document,
    make_document_version,
    make_reminder,
)
from tests.factories.people import MANAGER
from tests.factories.sources import make_owner_task, make_source, make_source_item
from tests.integration.answering.clinic import OLD, open_clinic

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
MANY = 201
NEXT = 'rel="next"'
CLOSE = "What was done"
DAY = T0.date()


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user(roles=("knowledge_manager",)))
    return client


def test_rejected_finding_is_placed_however_many_were_found_since(
    manager: Client,
) -> None:
    source = make_source()
    other = make_document_version()
    found = {"content_sha256": other.content_sha256, "document": other.document}
    for number in range(MANY):
        make_source_item(source, name=f"{number}.md", version=other, **found)
    rejected = make_document_version(status=Status.REJECTED)
    make_source_item(source, name="z.md", version=rejected)

    page = manager.get(f"/sources/{source.id}").content.decode()

    assert '<option value="z.md"' in page
    assert '<option value="0.md"' not in page


def test_reminder_stands_with_its_document_however_many_are_overdue(
    manager: Client,
) -> None:
    shelf = make_collection()
    for number in range(MANY):
        make_reminder(make_document(shelf, title=f"A {number}", review_by=DAY))
    last = make_reminder(make_document(shelf, title="Z", review_by=DAY))

    page = manager.get(f"/documents/{last.document_id}").content.decode()

    assert f'action="/reminders/{last.pk}"' in page


def test_recalls_are_turned_over_to_the_first(
    manager: Client, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = open_clinic(settings, tmp_path)
    version_id = clinic.put_in_force(OLD, "2016").id
    first, second, third = (opened(version_id, clinic.now()) for _ in range(3))
    monkeypatch.setattr(recalls, "MOST", 2)

    newest = manager.get("/recalls").content.decode()
    older = manager.get(f"/recalls?state=open&before={second}").content.decode()

    assert str(third) in newest
    assert f"/recalls/{first}" not in newest
    assert f"before={second}" in newest
    assert f"/recalls/{first}" in older
    assert (newest.count(NEXT), older.count(NEXT)) == (1, 0)
    assert manager.get("/recalls?before=x").content.decode().count(str(third)) == 1


def opened(version_id: UUID, at: Any) -> UUID:
    return open_recall(
        target_of(version_id),
        reason="A dose is wrong.",
        severity=Severity.MAJOR,
        reach=Reach.IN_PROMPT,
        by=MANAGER,
        at=at,
    )


def test_all_tasks_of_owners_are_reached_page_by_page(manager: Client) -> None:
    source = make_source()
    for number in range(watched.PAGE_SIZE + 2):
        item = make_source_item(source, name=f"{number}.md")
        make_owner_task(source, item=item, kind="missing")
    make_reminder(make_document(source.collection, review_by=DAY))

    first = manager.get("/sources").content.decode()
    second = manager.get(following(first)).content.decode()

    total = watched.PAGE_SIZE + 3
    assert f"{total}, oldest first" in first
    assert f"{total}, oldest first" in second
    assert NEXT not in second
    shown = [
        one.count(CLOSE) + one.count("with the document") for one in (first, second)
    ]
    assert shown == [watched.PAGE_SIZE, 3]
    assert manager.get("/sources?tasks=x~y").content.decode().count(NEXT) == 1


def test_all_findings_are_reached_page_by_page_and_by_name(manager: Client) -> None:
    source, names = make_source(), set()
    version = make_document_version()
    for number in range(watched.PAGE_SIZE + 5):
        gone = T0 if number % 2 else None
        names.add(f"{number}~a.md")
        make_source_item(
            source, name=f"{number}~a.md", version=version, missing_since=gone
        )

    first = manager.get(f"/sources/{source.id}").content.decode()
    second = manager.get(following(first)).content.decode()
    found = manager.get(f"/sources/{source.id}?find=53").content.decode()

    named = [
        set(re.findall(r'<th scope="row">(\d+~a\.md)', one)) for one in (first, second)
    ]
    assert [len(one) for one in named] == [watched.PAGE_SIZE, 5]
    assert named[0] | named[1] == names
    assert f"{len(names)} files" in first
    assert re.findall(r'<th scope="row">(\d+~a\.md)', found) == ["53~a.md"]


@pytest.mark.parametrize("address", ["/upload", "/sources"])
def test_documents_that_are_not_offered_are_told_and_found_by_title(
    manager: Client, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(choices, "MOST", 3)
    shelf = make_collection()
    made = [make_document(shelf, title=f"Guideline {letter}") for letter in "abcde"]

    cut = manager.get(address).content.decode()
    narrowed = manager.get(f"{address}?title=line+e").content.decode()
    chosen = manager.get(f"{address}?document={made[4].id}").content.decode()

    assert "There are 5 documents; the first 3 by title are offered." in cut
    assert "Guideline d" not in cut
    assert "1 document is offered." in narrowed
    assert "Guideline e" in narrowed
    assert ("Guideline e" in chosen) is (address == "/upload")


def following(page: str) -> str:
    (address,) = re.findall(r'rel="next" href="([^"]+)"', page)
    return unescape(address)
