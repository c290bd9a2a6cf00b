"""Opening collections and registering documents.

Promises: a description is checked before it is recorded. Will not: change one later.
"""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from audit import ledger
from audit.actors import Actor
from audit.events import CollectionCreated, DocumentRegistered
from ingestion.actions.descriptions import check_description, check_link
from ingestion.errors import CollectionExists, CollectionNotFound
from ingestion.models import Collection, Document
from ingestion.queries import CollectionView, DocumentView
from ingestion.queries.corpus import collection_view, document_view


@transaction.atomic
def create_collection(
    slug: str,
    *,
    name: str,
    specialty: str,
    language: str,
    audience: str,
    by: Actor,
    at: datetime,
) -> CollectionView:
    """Raises `DescriptionInvalid` or `CollectionExists`."""
    row = Collection(
        slug=slug,
        name=name.strip(),
        specialty=specialty.strip(),
        language=language,
        audience=audience,
        created_at=at,
    )
    check_description(row)
    _insert_collection(row)
    ledger.append(_collection_created(row), by=by, at=at)
    return collection_view(row)


@transaction.atomic
def register_document(  # noqa: PLR0913 - a description has these fields
    collection_id: UUID,
    *,
    title: str,
    by: Actor,
    at: datetime,
    publisher: str = "",
    citation: str = "",
    url: str = "",
    licence: str = "",
    language: str = "",
    review_by: date | None = None,
    owner_id: str = "",
) -> DocumentView:
    """Raises `CollectionNotFound` or `DescriptionInvalid`.

    Without a language it is in its collection's; without an owner, whoever registers
    it owns it.
    """
    collection = Collection.objects.filter(pk=collection_id).first()
    if collection is None:
        raise CollectionNotFound
    row = Document(
        collection=collection,
        title=title.strip(),
        publisher=publisher,
        citation=citation,
        url=url,
        licence=licence,
        language=language or collection.language,
        owner_id=owner_id or by.id,
        review_by=review_by,
        created_at=at,
    )
    check_description(row)
    check_link(url)
    row.save(force_insert=True)
    ledger.append(_document_registered(row), by=by, at=at)
    return document_view(row)


def _insert_collection(row: Collection) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise CollectionExists from error


def _collection_created(row: Collection) -> CollectionCreated:
    return CollectionCreated(
        collection_id=str(row.id),
        slug=row.slug,
        name=row.name,
        specialty=row.specialty,
        language=row.language,
        audience=row.audience,
    )


def _document_registered(row: Document) -> DocumentRegistered:
    return DocumentRegistered(
        document_id=str(row.id),
        collection_id=str(row.collection_id),
        title=row.title,
        publisher=row.publisher,
        citation=row.citation,
        url=row.url,
        licence=row.licence,
        language=row.language,
        review_by=row.review_by.isoformat() if row.review_by else None,
    )
