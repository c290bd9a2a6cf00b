"""Holds, corrections and reminders for readers.

Promises: frozen values, oldest first. Will not: decide who may see what.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from ingestion.errors import ReminderNotFound
from ingestion.models import (
    Document,
    DocumentRecord,
    Reminder,
    VersionHold,
    VersionLabel,
)
from ingestion.queries.views import Description, DocumentView


@dataclass(frozen=True, slots=True)
class HoldView:
    """Why a version waits, and what was decided; `decision` is empty until then."""

    id: UUID
    version_id: UUID
    code: str
    findings: tuple[tuple[str, int], ...]
    held_at: datetime
    held_by: str
    decision: str
    reason: str
    decided_at: datetime | None
    decided_by: str
    decided_by_name: str


def holds_of(version_id: UUID) -> list[HoldView]:
    """Every hold of a version, in the order they were placed."""
    rows = VersionHold.objects.filter(version_id=version_id).order_by("held_at", "id")
    return [_hold_view(row) for row in rows]


def _hold_view(row: VersionHold) -> HoldView:
    return HoldView(
        id=row.id,
        version_id=row.version_id,
        code=row.code,
        findings=tuple(sorted(row.findings.items())),
        held_at=row.held_at,
        held_by=row.held_by,
        decision=row.decision,
        reason=row.reason,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        decided_by_name=row.decided_by_name,
    )


@dataclass(frozen=True, slots=True)
class DescriptionView:
    """A description, since when it is recorded, by whom, and why."""

    description: Description
    recorded_at: datetime
    recorded_by: str
    recorded_by_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class LabelView:
    """What an edition was called, since when, by whose word, and why."""

    label: str
    recorded_at: datetime
    recorded_by: str
    recorded_by_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReminderView:
    """A document that is to be looked through by a day, and whose task that is."""

    id: int
    document_id: UUID
    document_title: str
    collection_slug: str
    owner_id: str
    review_by: date
    opened_at: datetime


def descriptions_of(document_id: UUID) -> list[DescriptionView]:
    """Every description of a document, oldest first; none if never corrected."""
    rows = DocumentRecord.objects.filter(document_id=document_id).order_by("pk")
    return [
        DescriptionView(
            description=description_of(row),
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
            recorded_by_name=row.recorded_by_name,
            reason=row.reason,
        )
        for row in rows
    ]


def labels_of(version_id: UUID) -> list[LabelView]:
    """Every name an edition had, oldest first; none if never corrected."""
    rows = VersionLabel.objects.filter(version_id=version_id).order_by("pk")
    return [
        LabelView(
            label=row.label,
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
            recorded_by_name=row.recorded_by_name,
            reason=row.reason,
        )
        for row in rows
    ]


def description_known_at(document_id: UUID, *, at: datetime) -> Description | None:
    """The description that was recorded then; None if it is the registered one."""
    rows = DocumentRecord.objects.filter(document_id=document_id, recorded_at__lte=at)
    row = rows.order_by("-pk").first()
    return None if row is None else description_of(row)


def reminders(
    *,
    collection_slugs: Sequence[str] | None = None,
    owner_id: str | None = None,
    document_id: UUID | None = None,
    after: tuple[date, str, int] | None = None,
    limit: int = 200,
) -> list[ReminderView]:
    """Open reminders, the most overdue first.

    One whose document was given another day since is moot and not among them. `after`
    continues behind a day, a document's title and a reminder's id.
    """
    rows = open_reminders(collection_slugs=collection_slugs, owner_id=owner_id)
    if document_id is not None:
        rows = rows.filter(document_id=document_id)
    if after is not None:
        day, title, last = after
        same = Q(review_by=day)
        rows = rows.filter(
            Q(review_by__gt=day)
            | same & Q(document__title__gt=title)
            | same & Q(document__title=title, pk__gt=last)
        )
    found = rows.order_by("review_by", "document__title", "pk")[:limit]
    return [reminder_view(row) for row in found]


def open_reminders(
    *, collection_slugs: Sequence[str] | None, owner_id: str | None
) -> QuerySet[Reminder]:
    """Those that are not moot, of these collections and this owner, in no order."""
    rows = Reminder.objects.select_related("document__collection").filter(
        closed_at=None, review_by=F("document__review_by")
    )
    if collection_slugs is not None:
        rows = rows.filter(document__collection__slug__in=collection_slugs)
    if owner_id is not None:
        rows = rows.filter(document__owner_id=owner_id)
    return rows


def reminder(reminder_id: int) -> ReminderView:
    """One reminder, open or closed. Raises `ReminderNotFound`."""
    rows = Reminder.objects.select_related("document__collection")
    row = rows.filter(pk=reminder_id).first()
    if row is None:
        raise ReminderNotFound
    return reminder_view(row)


def description_of(row: Document | DocumentRecord | DocumentView) -> Description:
    """What is said of a document, without the rest."""
    return Description(
        title=row.title,
        publisher=row.publisher,
        citation=row.citation,
        url=row.url,
        licence=row.licence,
        language=row.language,
        owner_id=row.owner_id,
        review_by=row.review_by,
    )


def reminder_view(row: Reminder) -> ReminderView:
    """A row as readers get it."""
    return ReminderView(
        id=row.pk,
        document_id=row.document_id,
        document_title=row.document.title,
        collection_slug=row.document.collection.slug,
        owner_id=row.document.owner_id,
        review_by=row.review_by,
        opened_at=row.opened_at,
    )
