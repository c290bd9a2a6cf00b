"""Reminding a document's owner of the day by which it is to be looked through.

Promises: one reminder for a document and a day, opened however late, closed once by
somebody with a note and the next day, if there is one. Will not: send anything, or
change which text is in force: a document past its day goes on being searched.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from audit import ledger
from audit.actors import Actor
from audit.events import DocumentLookedThrough, DocumentReviewDue
from audit.rounds import take_each
from ingestion.actions.corrections import describe, lock_document
from ingestion.actions.rows import WORKER
from ingestion.errors import (
    DescriptionInvalid,
    IngestionError,
    ReminderClosed,
    ReminderNotFound,
)
from ingestion.models import Document, Reminder
from ingestion.queries import DocumentView
from ingestion.queries.corpus import document_view
from ingestion.queries.records import description_of


def open_due_reminders(*, at: datetime, lead: timedelta, limit: int = 1000) -> int:
    """Open a reminder for every document whose day comes within `lead`; how many.

    A transaction for each document: one that fails holds up no other, and is logged.
    """
    reminded = Reminder.objects.filter(
        document=OuterRef("pk"), review_by=OuterRef("review_by")
    )
    due = Document.objects.filter(
        ~Exists(reminded), review_by__lte=(at + lead).date()
    ).order_by("review_by", "id")
    found = list(due.values_list("pk", flat=True)[:limit])
    return take_each(
        found,
        lambda one: _open(one, at=at, lead=lead),
        kind="document",
        refusals=(IngestionError,),
    )


@transaction.atomic
def close_reminder(
    reminder_id: int,
    *,
    note: str,
    by: Actor,
    at: datetime,
    review_by: date | None = None,
) -> DocumentView:
    """Say that the document was looked through, and by when it is to be again.

    Raises `ReminderNotFound`, `ReminderClosed` and `DescriptionInvalid` without a note.
    """
    if not note.strip():
        raise DescriptionInvalid("note")
    row = Reminder.objects.filter(pk=reminder_id).first()
    if row is None:
        raise ReminderNotFound
    document = lock_document(row.document_id)
    _close(reminder_id, note=note.strip(), review_by=review_by, by=by, at=at)
    wanted = replace(description_of(document), review_by=review_by)
    if wanted != description_of(document):
        describe(document, wanted=wanted, reason=note, by=by, at=at)
    return document_view(document)


def _close(
    reminder_id: int, *, note: str, review_by: date | None, by: Actor, at: datetime
) -> None:
    row = Reminder.objects.select_for_update(no_key=True).get(pk=reminder_id)
    if row.closed_at is not None:
        raise ReminderClosed
    row.note, row.closed_at = note, at
    row.closed_by, row.closed_by_name = by.id, by.name[:200]
    row.save(update_fields=["note", "closed_at", "closed_by", "closed_by_name"])
    closed = DocumentLookedThrough(
        document_id=str(row.document_id),
        reminder_id=str(row.pk),
        note=note,
        review_by=None if review_by is None else review_by.isoformat(),
    )
    ledger.append(closed, by=by, at=at)


@transaction.atomic
def _open(document_id: UUID, *, at: datetime, lead: timedelta) -> bool:
    document = lock_document(document_id)
    day = document.review_by
    if day is None or day > (at + lead).date():
        return False
    reminder, is_new = Reminder.objects.get_or_create(
        document=document,
        review_by=day,
        defaults={"owner_id": document.owner_id, "opened_at": at},
    )
    if is_new:
        due = DocumentReviewDue(
            document_id=str(document.pk),
            reminder_id=str(reminder.pk),
            owner_id=document.owner_id,
            review_by=day.isoformat(),
        )
        ledger.append(due, by=WORKER, at=at)
    return is_new
