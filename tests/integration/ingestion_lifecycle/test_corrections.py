"""Corrections are new records; what was said before stays to be read."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from ingestion import actions, queries
from ingestion.errors import (
    DescriptionInvalid,
    DocumentNotFound,
    ReminderClosed,
    ReminderNotFound,
)
from ingestion.models import Document, DocumentRecord, DocumentVersion
from ingestion.queries.records import description_of
from tests.factories.people import MANAGER
from tests.integration.ingestion_lifecycle.conftest import DAY, T0
from tests.integration.ingestion_lifecycle.recorded import recorded

pytestmark = pytest.mark.django_db
MONTH = timedelta(days=30)


def correct(document, *, at=T0 + DAY, reason="A slip of the pen", **changes):
    row = Document.objects.get(pk=document.id)
    return actions.correct_document(
        document.id,
        description=replace(description_of(row), **changes),
        reason=reason,
        by=MANAGER,
        at=at,
    )


def test_correction_holds_from_then_on_and_the_first_description_before(document):
    done = correct(document, title="Hypertension in adults", publisher="A society")

    before = queries.document(document.id, known_at=T0 + DAY / 2)
    after = queries.document(document.id, known_at=T0 + DAY)

    assert done == after == queries.document(document.id)
    assert (after.title, after.publisher) == ("Hypertension in adults", "A society")
    assert before == document
    entry = recorded()[-1]
    assert entry["type"] == "document.corrected"
    assert entry["fields"]["title"] == "Hypertension in adults"


def test_every_description_is_kept_with_who_gave_it_and_why(document):
    correct(document, licence="CC BY 4.0", reason="It says so on page 2")
    correct(document, at=T0 + 2 * DAY, owner_id="user:9", reason="She took over")

    found = queries.descriptions_of(document.id)

    assert [one.description.licence for one in found] == ["", "CC BY 4.0", "CC BY 4.0"]
    assert [one.reason for one in found] == [
        "",
        "It says so on page 2",
        "She took over",
    ]
    assert found[1].recorded_by == MANAGER.id


def test_correction_that_changes_nothing_records_nothing(document):
    entries = len(recorded())

    assert correct(document) == document
    assert (len(recorded()), DocumentRecord.objects.count()) == (entries, 0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"language": "English"}, "language"),
        ({"url": "ftp://example.org/x"}, "url"),
        ({"owner_id": ""}, "owner_id"),
    ],
)
def test_correction_is_refused_when_a_field_is_not_valid(document, changes, field):
    with pytest.raises(DescriptionInvalid) as caught:
        correct(document, **changes)

    assert caught.value.field == field
    assert queries.document(document.id) == document


def test_correction_is_refused_without_a_reason(document):
    with pytest.raises(DescriptionInvalid):
        correct(document, title="Other", reason=" ")


def test_document_is_not_known_before_it_was_registered(document):
    with pytest.raises(DocumentNotFound):
        queries.document(document.id, known_at=T0 - DAY)


def test_edition_is_called_by_its_last_name_and_was_by_its_first(receive):
    version = receive()

    actions.correct_label(
        version.id, label="2026 edition", reason="Misread", by=MANAGER, at=T0 + DAY
    )

    then = queries.versions_of(version.document_id, known_at=T0)
    assert queries.version(version.id).label == "2026 edition"
    assert [one.label for one in then] == [version.label]
    assert [one.label for one in queries.labels_of(version.id)] == [
        version.label,
        "2026 edition",
    ]
    assert recorded()[-1]["fields"]["label"] == "2026 edition"


@pytest.mark.parametrize(
    "change",
    [
        lambda document, version: Document.objects.filter(pk=document.id).update(
            title="Unrecorded"
        ),
        lambda document, version: DocumentVersion.objects.filter(pk=version.id).update(
            label="Unrecorded"
        ),
        lambda document, version: DocumentRecord.objects.update(title="Other"),
        lambda document, version: DocumentRecord.objects.all().delete(),
    ],
)
def test_database_refuses_what_is_not_on_record(document, receive, change):
    version = receive()
    correct(document, title="Recorded")

    with pytest.raises(DatabaseError), transaction.atomic():
        change(document, version)


@pytest.fixture
def due(document):
    correct(document, at=T0, review_by=date(2026, 2, 1))
    return document


def test_reminder_opens_once_when_its_day_comes_near(due):
    early = actions.open_due_reminders(at=T0, lead=timedelta(days=7))
    opened = actions.open_due_reminders(at=T0 + 10 * MONTH, lead=timedelta(days=7))
    again = actions.open_due_reminders(at=T0 + 11 * MONTH, lead=timedelta(days=7))

    assert (early, opened, again) == (0, 1, 0)
    (reminder,) = queries.reminders(collection_slugs=["cardiology"])
    assert reminder.document_id == due.id
    assert reminder.review_by == date(2026, 2, 1)
    assert queries.reminders(owner_id="somebody else") == []
    assert recorded()[-1]["type"] == "document.review_due"


def test_reminder_is_closed_with_a_note_and_the_next_day(due):
    actions.open_due_reminders(at=T0, lead=2 * MONTH)
    (reminder,) = queries.reminders()

    with pytest.raises(DescriptionInvalid):
        actions.close_reminder(reminder.id, note="", by=MANAGER, at=T0)
    done = actions.close_reminder(
        reminder.id,
        note="Still holds",
        review_by=date(2027, 2, 1),
        by=MANAGER,
        at=T0 + DAY,
    )

    assert done.review_by == date(2027, 2, 1)
    assert queries.reminders() == []
    with pytest.raises(ReminderClosed):
        actions.close_reminder(reminder.id, note="Again", by=MANAGER, at=T0)
    with pytest.raises(ReminderNotFound):
        actions.close_reminder(reminder.id + 1, note="x", by=MANAGER, at=T0)
    types = [entry["type"] for entry in recorded()[-2:]]
    assert types == ["document.looked_through", "document.corrected"]


def test_reminder_is_moot_when_the_document_was_given_another_day(due):
    actions.open_due_reminders(at=T0, lead=2 * MONTH)

    correct(due, review_by=date(2028, 1, 1))

    assert queries.reminders() == []
