"""What one document meets by the clock stops no other."""

from datetime import date, timedelta

import pytest
from django.db import OperationalError

from audit import ledger
from audit.errors import EntryTooLarge
from ingestion import actions, queries
from ingestion.errors import DocumentNotFound
from ingestion.lifecycle import Status
from ingestion.models import DocumentVersion
from tests.factories.ingestion import (
    make_collection,
    make_document,
    make_document_version,
)
from tests.integration.ingestion_lifecycle.conftest import DAY, T0
from tests.integration.ingestion_lifecycle.recorded import recorded

pytestmark = pytest.mark.django_db
DUE = date(2026, 1, 15)


@pytest.fixture
def documents():
    """Two of them, in the order in which the clock comes to them."""
    home = make_collection()
    made = [make_document(home, review_by=DUE) for _ in range(2)]
    return sorted(made, key=lambda one: one.pk)


@pytest.fixture(params=[EntryTooLarge, OperationalError, DocumentNotFound])
def refused(request, documents, monkeypatch):
    """Whatever is to be put on record of the first document cannot be."""
    append, first = ledger.append, str(documents[0].pk)

    def refusing(event, **options):
        if event.document_id == first:
            raise request.param("Give 5 mg")
        return append(event, **options)

    monkeypatch.setattr(ledger, "append", refusing)
    return getattr(request.param, "code", request.param.__name__)


def check_log(caplog, document, code):
    (line,) = caplog.messages
    assert line == f"document {document.pk} waits for the next round: {code}"
    assert "5 mg" not in caplog.text


def test_next_edition_begins_when_that_of_another_document_cannot(
    documents, refused, caplog
):
    first, second = (
        make_document_version(one, status=Status.SCHEDULED, in_force_from=T0 + DAY)
        for one in documents
    )

    assert actions.settle_versions(at=T0 + DAY) == 1

    assert queries.version(second.id).status == Status.IN_FORCE
    assert DocumentVersion.objects.get(pk=first.id).status == Status.SCHEDULED
    assert recorded()[-1]["fields"]["version_id"] == str(second.id)
    check_log(caplog, documents[0], refused)


def test_next_owner_is_reminded_when_that_of_another_document_cannot_be(
    documents, refused, caplog
):
    assert actions.open_due_reminders(at=T0, lead=timedelta(days=30)) == 1

    (reminder,) = queries.reminders()
    assert reminder.document_id == documents[1].pk
    check_log(caplog, documents[0], refused)
