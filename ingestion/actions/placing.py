"""Saying which document something that a source brought belongs to.

Promises: once the source's draft was rejected, or failed, its bytes become a draft of
the document that is chosen, old or new; what the source brings next under that name
goes there too. Whoever chose stands behind that draft as its author, and does not
approve it. Will not: reject a draft itself, since that is signed; or delete anything.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.actors import Actor
from ingestion.actions.corrections import describe, lock_document
from ingestion.actions.owner_tasks import ask_about_draft, close_drafted
from ingestion.actions.receipt import receive_version
from ingestion.actions.registration import register_document
from ingestion.actions.services import content_store
from ingestion.actions.watching import Onward, in_force_of
from ingestion.errors import DocumentNotFound
from ingestion.lifecycle import Status
from ingestion.models import Document, DocumentVersion, Source, SourceItem
from ingestion.queries import VersionView
from ingestion.queries.corpus import version_view
from ingestion.queries.records import description_of
from ingestion.sources.errors import ItemNotFound, ItemSettled

PLACEABLE = frozenset({Status.REJECTED, Status.FAILED})


@transaction.atomic
def place_found(  # noqa: PLR0913 - where it belongs, whose it is, and why
    source_id: UUID,
    *,
    name: str,
    document_id: UUID | None,
    title: str = "",
    owner_id: str = "",
    reason: str,
    by: Actor,
    at: datetime,
    onward: Onward,
) -> VersionView:
    """Make the newest draft of a source's file one of a document, or of a new one.

    Without `document_id` a document of that title is registered. An owner that is
    named owns it from now on. Raises `ItemNotFound`, `ItemSettled` unless the draft was
    rejected or failed, `DocumentNotFound`, `DuplicateContent` (also for the document
    where it is), `DescriptionInvalid`, `ContentNotFound` and `ContentDamaged`.
    """
    item = _locked(source_id, name=name)
    if item.version.status not in PLACEABLE:
        raise ItemSettled
    if document_id is None:
        home = _registered(item, title=title, owner_id=owner_id, by=by, at=at)
    else:
        home = _home(item, document_id=document_id)
        _give(home, owner_id=owner_id, reason=reason, by=by, at=at)
    version = _received(item, home, by=by, at=at)
    close_drafted(item, note=reason, by=by, at=at)
    item.document, item.version = version.document, version
    item.save(update_fields=["document", "version"])
    older = in_force_of(version, at=at)
    ask_about_draft(item, version=version, older=older, by=by, at=at)
    onward(version.pk)
    return version_view(version)


def _locked(source_id: UUID, *, name: str) -> SourceItem:
    """The look that may be going on writes before or after, not in between."""
    Source.objects.select_for_update(no_key=True).filter(pk=source_id).first()
    rows = SourceItem.objects.select_related(
        "document__collection", "version__document__collection", "source"
    )
    item = rows.filter(source_id=source_id, name=name).first()
    if item is None:
        raise ItemNotFound
    return item


def _home(item: SourceItem, *, document_id: UUID) -> Document:
    found = lock_document(document_id)
    if found.collection_id != item.source.collection_id:
        raise DocumentNotFound
    return found


def _registered(
    item: SourceItem, *, title: str, owner_id: str, by: Actor, at: datetime
) -> Document:
    before = item.document
    made = register_document(
        item.source.collection_id,
        title=title,
        publisher=before.publisher,
        language=before.language,
        owner_id=owner_id or item.source.owner_id,
        by=by,
        at=at,
    )
    return Document.objects.select_related("collection").get(pk=made.id)


def _give(
    document: Document, *, owner_id: str, reason: str, by: Actor, at: datetime
) -> None:
    wanted = replace(description_of(document), owner_id=owner_id or document.owner_id)
    if wanted != description_of(document):
        describe(document, wanted=wanted, reason=reason, by=by, at=at)


def _received(
    item: SourceItem, home: Document, *, by: Actor, at: datetime
) -> DocumentVersion:
    data = content_store().get(item.content_sha256)
    view = receive_version(
        home.pk, filename=item.version.filename, data=data, label="", by=by, at=at
    )
    rows = DocumentVersion.objects.select_related("document__collection")
    return rows.get(pk=view.id)
