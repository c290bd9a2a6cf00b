"""Adding sources, changing how they are watched, and looking at one now.

Promises: only what the deployment allows is added; an address never changes, since
what was found there is what the source is known by. Will not: look at anything.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from audit import ledger
from audit.actors import Actor
from audit.events import SourceAdded, SourceChanged
from ingestion.actions.services import source_rules
from ingestion.errors import CollectionNotFound, DocumentNotFound
from ingestion.models import Collection, Document, Source
from ingestion.queries.sources import SourceView, source_view
from ingestion.sources import check_address
from ingestion.sources.errors import SourceExists, SourceInvalid, SourceNotFound

SHORTEST_INTERVAL = 60
LONGEST_INTERVAL = 31 * 24 * 3600
NAME_LENGTH = 200
ADDRESS_LENGTH = 1000


def add_source(  # noqa: PLR0913 - a source has these fields
    collection_id: UUID,
    *,
    kind: str,
    name: str,
    address: str,
    every_seconds: int,
    by: Actor,
    at: datetime,
    document_id: UUID | None = None,
    owner_id: str = "",
) -> SourceView:
    """Watch a place from now on; its first look is due at once.

    Raises `CollectionNotFound`, `DocumentNotFound` (also for one of another
    collection), `SourceInvalid`, `SourceRefused` and `SourceExists`.
    """
    _check_fields(name, every_seconds=every_seconds)
    if not address.strip() or len(address) > ADDRESS_LENGTH:
        raise SourceInvalid("address")
    check_address(kind, address.strip(), rules=source_rules())
    _check_home(collection_id, document_id=document_id)
    row = Source(
        kind=kind,
        name=name.strip(),
        address=address.strip(),
        collection_id=collection_id,
        document_id=document_id,
        owner_id=owner_id or by.on_behalf_of or by.id,
        every_seconds=every_seconds,
        added_at=at,
        added_by=by.on_behalf_of or by.id,
        added_by_name=by.name[:NAME_LENGTH],
        next_check_at=at,
    )
    return _insert(row, by=by, at=at)


@transaction.atomic
def change_source(
    source_id: UUID,
    *,
    by: Actor,
    at: datetime,
    name: str | None = None,
    every_seconds: int | None = None,
    owner_id: str | None = None,
    is_paused: bool | None = None,
) -> SourceView:
    """Change what is named; raises `SourceNotFound` or `SourceInvalid`.

    One that goes on after a pause is looked at as soon as it would have been.
    """
    row = _locked(source_id)
    before = _described(row)
    row.name = row.name if name is None else name.strip()
    row.every_seconds = row.every_seconds if every_seconds is None else every_seconds
    row.owner_id = owner_id or row.owner_id
    row.is_paused = row.is_paused if is_paused is None else is_paused
    _check_fields(row.name, every_seconds=row.every_seconds)
    if _described(row) != before:
        row.save(update_fields=["name", "every_seconds", "owner_id", "is_paused"])
        ledger.append(_described(row), by=by, at=at)
    return source_view(row)


@transaction.atomic
def check_soon(source_id: UUID, *, at: datetime) -> SourceView:
    """Let the source's next look be due now. Raises `SourceNotFound`.

    A look that is going on may have passed what changed: another follows it.
    """
    row = _locked(source_id)
    # That look was due before: only another time tells it that it was asked for again.
    is_looked_at = row.leased_until is not None
    row.next_check_at = at if is_looked_at else min(row.next_check_at, at)
    row.save(update_fields=["next_check_at"])
    return source_view(row)


def _check_fields(name: str, *, every_seconds: int) -> None:
    if not name.strip() or len(name) > NAME_LENGTH:
        raise SourceInvalid("name")
    if not SHORTEST_INTERVAL <= every_seconds <= LONGEST_INTERVAL:
        raise SourceInvalid("every_seconds")


def _check_home(collection_id: UUID, *, document_id: UUID | None) -> None:
    if not Collection.objects.filter(pk=collection_id).exists():
        raise CollectionNotFound
    if document_id is None:
        return
    homes = Document.objects.filter(pk=document_id, collection_id=collection_id)
    if not homes.exists():
        raise DocumentNotFound


def _insert(row: Source, *, by: Actor, at: datetime) -> SourceView:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            ledger.append(_added(row), by=by, at=at)
    except IntegrityError:
        raise SourceExists from None
    return source_view(row)


def _locked(source_id: UUID) -> Source:
    rows = Source.objects.select_related("collection", "document")
    locked = rows.select_for_update(of=("self",), no_key=True)
    row = locked.filter(pk=source_id).first()
    if row is None:
        raise SourceNotFound
    return row


def _added(row: Source) -> SourceAdded:
    return SourceAdded(
        source_id=str(row.id),
        collection_id=str(row.collection_id),
        document_id=str(row.document_id) if row.document_id else None,
        kind=row.kind,
        name=row.name,
        address_sha256=hashlib.sha256(row.address.encode()).hexdigest(),
        every_seconds=row.every_seconds,
        owner_id=row.owner_id,
    )


def _described(row: Source) -> SourceChanged:
    return SourceChanged(
        source_id=str(row.id),
        name=row.name,
        every_seconds=row.every_seconds,
        owner_id=row.owner_id,
        is_paused=row.is_paused,
    )
