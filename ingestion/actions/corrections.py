"""Correcting what is said about a document or an edition, by new records.

Promises: every description that ever held stays as it was, with who gave it, when and
why; the rows show the last one, and the database refuses that they show another. Will
not: touch a text, or a file.
"""

from dataclasses import asdict, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor
from audit.events import DocumentCorrected, VersionRelabelled
from ingestion.actions.descriptions import check_description, check_link
from ingestion.actions.rows import about, lock_version
from ingestion.errors import DescriptionInvalid, DocumentNotFound
from ingestion.models import Document, DocumentRecord, DocumentVersion, VersionLabel
from ingestion.queries import Description, DocumentView, VersionView
from ingestion.queries.corpus import document_view, version_view
from ingestion.queries.records import description_of

LABEL_LENGTH = 200


@transaction.atomic
def correct_document(
    document_id: UUID,
    *,
    description: Description,
    reason: str,
    by: Actor,
    at: datetime,
) -> DocumentView:
    """Describe a document anew, from now on; nothing happens if that changes nothing.

    Raises `DocumentNotFound` and `DescriptionInvalid`, also without a reason.
    """
    document = lock_document(document_id)
    if not reason.strip():
        raise DescriptionInvalid("reason")
    wanted = replace(description, title=description.title.strip())
    if wanted != description_of(document):
        describe(document, wanted=wanted, reason=reason, by=by, at=at)
    return document_view(document)


@transaction.atomic
def correct_label(
    version_id: UUID, *, label: str, reason: str, by: Actor, at: datetime
) -> VersionView:
    """Call an edition by another name from now on.

    Raises `VersionNotFound` and `DescriptionInvalid`.
    """
    version = lock_version(version_id)
    wanted = label.strip()
    if not 0 < len(wanted) <= LABEL_LENGTH:
        raise DescriptionInvalid("label")
    if not reason.strip():
        raise DescriptionInvalid("reason")
    if wanted != version.label:
        _relabel(version, wanted, reason=reason.strip(), by=by, at=at)
    return version_view(version)


def lock_document(document_id: UUID) -> Document:
    """Lock the document for this transaction. Raises `DocumentNotFound`."""
    rows = Document.objects.select_related("collection")
    row = rows.select_for_update(of=("self",), no_key=True).filter(pk=document_id)
    found = row.first()
    if found is None:
        raise DocumentNotFound
    return found


def describe(
    document: Document,
    *,
    wanted: Description,
    reason: str,
    by: Actor,
    at: datetime,
) -> None:
    """Record a description and show it; the caller has locked the document."""
    _keep_first(document)
    for name, value in asdict(wanted).items():
        setattr(document, name, value)
    check_description(document)
    check_link(document.url)
    record = DocumentRecord.objects.create(
        document=document,
        **asdict(wanted),
        reason=reason.strip(),
        recorded_at=at,
        recorded_by=by.id,
        recorded_by_name=by.name[:200],
    )
    document.save(update_fields=list(asdict(wanted)))
    ledger.append(_corrected(record), by=by, at=at)


def _keep_first(document: Document) -> None:
    """What was registered becomes the first record, before another takes its place."""
    if not DocumentRecord.objects.filter(document=document).exists():
        DocumentRecord.objects.create(
            document=document,
            **asdict(description_of(document)),
            recorded_at=document.created_at,
            recorded_by=document.owner_id,
        )


def _relabel(
    version: DocumentVersion, label: str, *, reason: str, by: Actor, at: datetime
) -> None:
    if not VersionLabel.objects.filter(version=version).exists():
        VersionLabel.objects.create(
            version=version,
            label=version.label,
            recorded_at=version.received_at,
            recorded_by=version.author_id,
            recorded_by_name=version.author_name,
        )
    record = VersionLabel.objects.create(
        version=version,
        label=label,
        reason=reason,
        recorded_at=at,
        recorded_by=by.id,
        recorded_by_name=by.name[:200],
    )
    version.label = label
    version.save(update_fields=["label"])
    relabelled = VersionRelabelled(
        **about(version), record_id=str(record.pk), label=label, reason=reason
    )
    ledger.append(relabelled, by=by, at=at)


def _corrected(record: DocumentRecord) -> DocumentCorrected:
    return DocumentCorrected(
        document_id=str(record.document_id),
        record_id=str(record.pk),
        title=record.title,
        publisher=record.publisher,
        citation=record.citation,
        url=record.url,
        licence=record.licence,
        language=record.language,
        owner_id=record.owner_id,
        review_by=record.review_by.isoformat() if record.review_by else None,
        reason=record.reason,
    )
