"""Receiving a file as a new version of a document.

Promises: the bytes are on the disk before the row says so; the same bytes are
accepted once in a collection; a file that cannot be a document is kept as a failed
version with its reason, not lost. Will not: read the text; that is a stage's work.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath, PureWindowsPath
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from audit import ledger
from audit.actors import Actor
from audit.events import VersionFailed, VersionReceived
from ingestion.actions.rows import about, hold_bytes
from ingestion.actions.services import content_store, parse_limits
from ingestion.errors import (
    DescriptionInvalid,
    DocumentNotFound,
    DuplicateContent,
    FileTooLarge,
    ParsingError,
)
from ingestion.lifecycle import Status
from ingestion.measuring import ContentMeasure, measure
from ingestion.models import Document, DocumentVersion
from ingestion.queries import VersionView
from ingestion.queries.corpus import version_view
from ingestion.sniffing import sniff

UNKNOWN_TYPE: Final = "application/octet-stream"
LABEL_LENGTH: Final = 200
NAME_LENGTH: Final = 255


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A file as it came in; `refusal` says why it cannot be processed."""

    filename: str
    measure: ContentMeasure
    media_type: str
    refusal: ParsingError | None


def receive_version(
    document_id: UUID,
    *,
    filename: str,
    data: bytes | ContentMeasure,
    label: str,
    by: Actor,
    at: datetime,
) -> VersionView:
    """Store a file as the document's next version.

    Without a label it is called "Edition N". Raises `DocumentNotFound`,
    `DescriptionInvalid` and `DuplicateContent` (with the twin's id). An oversized
    file becomes a failed version whose bytes are not kept; whoever let them go while
    they came in gives their measure instead.
    """
    if len(label) > LABEL_LENGTH:
        raise DescriptionInvalid("label")
    if not Document.objects.filter(pk=document_id).exists():
        raise DocumentNotFound
    return _record(
        document_id,
        arrival=_taken_in(filename, data),
        label=label.strip(),
        by=by,
        at=at,
    )


def _taken_in(filename: str, data: bytes | ContentMeasure) -> _Arrival:
    name = _plain_name(filename)
    if isinstance(data, ContentMeasure):
        return _Arrival(name, data, UNKNOWN_TYPE, FileTooLarge())
    if len(data) > parse_limits().max_bytes:
        return _Arrival(name, measure(data), UNKNOWN_TYPE, FileTooLarge())
    media_type, refusal = UNKNOWN_TYPE, None
    try:
        media_type = sniff(data, filename=name)
    except ParsingError as error:
        refusal = error
    content_store().put(data)
    return _Arrival(name, measure(data), media_type, refusal)


def _plain_name(filename: str) -> str:
    name = PureWindowsPath(PurePath(filename).name).name
    return (
        "".join(letter for letter in name if letter.isprintable())[-NAME_LENGTH:]
        or "unnamed"
    )


@transaction.atomic
def _record(
    document_id: UUID, *, arrival: _Arrival, label: str, by: Actor, at: datetime
) -> VersionView:
    document = Document.objects.select_related("collection").get(pk=document_id)
    hold_bytes(document.collection_id, sha256=arrival.measure.content_sha256)
    Document.objects.select_for_update(no_key=True).get(pk=document_id)
    _refuse_twin(document, content_sha256=arrival.measure.content_sha256)
    version = _insert(document, arrival=arrival, label=label, by=by, at=at)
    ledger.append(_received(version), by=by, at=at)
    if arrival.refusal is not None:
        failed = VersionFailed(**about(version), code=arrival.refusal.code)
        ledger.append(failed, by=by, at=at)
    return version_view(version)


def _refuse_twin(document: Document, *, content_sha256: str) -> None:
    """The same bytes stand once in a document, and once usable in a collection."""
    twins = DocumentVersion.objects.filter(content_sha256=content_sha256)
    twin = twins.filter(document=document).first() or (
        twins.filter(document__collection_id=document.collection_id)
        .exclude(status__in=[Status.FAILED, Status.REJECTED])
        .first()
    )
    if twin is not None:
        raise DuplicateContent(twin.id, twin.document_id)


def _insert(
    document: Document, *, arrival: _Arrival, label: str, by: Actor, at: datetime
) -> DocumentVersion:
    number = (document.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    refusal = arrival.refusal
    return DocumentVersion.objects.create(
        document=document,
        number=number,
        label=label or f"Edition {number}",
        filename=arrival.filename,
        media_type=arrival.media_type,
        content_sha256=arrival.measure.content_sha256,
        byte_size=arrival.measure.byte_size,
        author_id=by.on_behalf_of or by.id,  # an app uploads for somebody
        author_name=by.name[:200],
        received_at=at,
        attended_at=at,
        status=(Status.RECEIVED if refusal is None else Status.FAILED).value,
        failure_code="" if refusal is None else refusal.code,
        failure_message="" if refusal is None else refusal.message,
    )


def _received(version: DocumentVersion) -> VersionReceived:
    return VersionReceived(
        **about(version),
        label=version.label,
        byte_size=version.byte_size,
        media_type=version.media_type,
    )
