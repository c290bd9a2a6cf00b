"""What time does to editions, brought on record.

Promises: which text is in force follows from the dates alone, and this changes none of
them; it lets the stored statuses catch up and writes what time did into the ledger,
once, in the order of the dates, however late it comes. Will not: say that an edition
which made way has ended: the entry that put the next one in its place said so.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from audit import ledger
from audit.events import VersionBegun, VersionExpired
from audit.rounds import take_each
from ingestion.actions.rows import WORKER, about, move
from ingestion.errors import IngestionError
from ingestion.lifecycle import Standing, Status, ended_as
from ingestion.models import Document, DocumentVersion

_ENDS: Final = {
    Standing.EXPIRED: Status.EXPIRED,
    Standing.SUPERSEDED: Status.SUPERSEDED,
}


def settle_versions(*, at: datetime, limit: int = 1000) -> int:
    """Bring on record what time did to editions until `at`; how many documents.

    A transaction for each document: one that fails holds up no other, and is logged.
    """
    overdue = _overdue(at).order_by("document_id").values_list("document_id", flat=True)
    found = list(overdue.distinct()[:limit])
    return take_each(
        found,
        lambda one: _settle(one, at=at),
        kind="document",
        refusals=(IngestionError,),
    )


def settle_document(document_id: UUID, *, at: datetime) -> None:
    """The same for one document, which the caller has locked."""
    rows = _overdue(at).filter(document_id=document_id)
    for row in rows.order_by("in_force_from", "activated_at"):
        _begin(row, at=at)
        _end(row, at=at)


@transaction.atomic
def _settle(document_id: UUID, *, at: datetime) -> bool:
    Document.objects.select_for_update(no_key=True).get(pk=document_id)
    settle_document(document_id, at=at)
    return True


def _overdue(at: datetime) -> QuerySet[DocumentVersion]:
    return DocumentVersion.objects.filter(
        Q(status=Status.SCHEDULED, in_force_from__lte=at)
        | Q(status=Status.IN_FORCE, in_force_to__lte=at)
    )


def _begin(version: DocumentVersion, *, at: datetime) -> None:
    begins = version.in_force_from
    if version.status != Status.SCHEDULED or begins is None:
        return
    if version.in_force_to == begins:  # another took its place before it began
        move(version, target=Status.SUPERSEDED)
        return
    move(version, target=Status.IN_FORCE)
    begun = VersionBegun(**about(version), in_force_from=begins.isoformat())
    ledger.append(begun, by=WORKER, at=at)


def _end(version: DocumentVersion, *, at: datetime) -> None:
    ends = version.in_force_to
    if version.status != Status.IN_FORCE or ends is None or ends > at:
        return
    target = _ENDS[ended_as(ends, planned_until=version.planned_until)]
    move(version, target=target)
    if target is Status.EXPIRED:
        expired = VersionExpired(**about(version), in_force_to=ends.isoformat())
        ledger.append(expired, by=WORKER, at=at)
