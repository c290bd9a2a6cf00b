"""Pages do not lose what stands behind many others."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from clinrag.answering.impact.targets import target_of
from clinrag.answering.reach import Reach, Severity
from clinrag.answering.recalls.actions import open_recall
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
from tests.factories.sources import make_source, make_source_item
from tests.integration.answering.clinic import OLD, open_clinic

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
MANY = 201
NEXT = 'rel="next"'
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
