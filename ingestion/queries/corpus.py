"""Collections, documents and versions for readers.

Promises: returns values, raises the package's own `…NotFound`. Will not: decide who
may see what (the edge does), or return text: see `passages`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from ingestion.errors import CollectionNotFound, DocumentNotFound, VersionNotFound
from ingestion.lifecycle import Standing, Status
from ingestion.models import (
    Collection,
    CorpusChange,
    Document,
    DocumentVersion,
    Review,
)
from ingestion.queries.known import all_as_known, as_known, standing_of
from ingestion.queries.records import description_known_at, description_of
from ingestion.queries.views import (
    CollectionView,
    CorpusChangeView,
    Description,
    DocumentView,
    ReadingRules,
    ReviewView,
    StageProgress,
    VersionView,
)
from ingestion.types import ParseWarning

STAGES = ("parse", "chunk", "embed")


def collections() -> list[CollectionView]:
    return [collection_view(row) for row in Collection.objects.order_by("slug")]


def collection_by_slug(slug: str) -> CollectionView:
    """Raises `CollectionNotFound`."""
    row = Collection.objects.filter(slug=slug).first()
    if row is None:
        raise CollectionNotFound
    return collection_view(row)


def collections_named(slugs: Iterable[str]) -> dict[str, CollectionView]:
    """Those that there are, by slug, in one statement."""
    rows = Collection.objects.filter(slug__in=list(slugs))
    return {row.slug: collection_view(row) for row in rows}


def collection(collection_id: UUID) -> CollectionView:
    """Raises `CollectionNotFound`."""
    row = Collection.objects.filter(pk=collection_id).first()
    if row is None:
        raise CollectionNotFound
    return collection_view(row)


def documents(
    *,
    collection_slugs: Sequence[str] | None = None,
    title_contains: str = "",
    limit: int = 100,
    offset: int = 0,
    after: tuple[str, UUID] | None = None,
    open_at: datetime | None = None,
) -> list[DocumentView]:
    """Documents by title, of the collections named or of all.

    `after` continues behind the title and id of the last one seen. With `open_at`,
    those are left out whose every edition is under embargo at that moment.
    """
    rows = Document.objects.select_related("collection").order_by("title", "id")
    if collection_slugs is not None:
        rows = rows.filter(collection__slug__in=collection_slugs)
    if title_contains:
        rows = rows.filter(title__icontains=title_contains)
    if open_at is not None:
        rows = rows.exclude(under_embargo(open_at))
    if after is not None:
        rows = rows.filter(Q(title__gt=after[0]) | Q(title=after[0], id__gt=after[1]))
    return [document_view(row) for row in rows[offset : offset + limit]]


def count_documents(
    *, collection_slugs: Sequence[str] | None = None, title_contains: str = ""
) -> int:
    """How many `documents` would go through."""
    rows = Document.objects.filter(title__icontains=title_contains)
    if collection_slugs is not None:
        rows = rows.filter(collection__slug__in=collection_slugs)
    return rows.count()


def document(
    document_id: UUID,
    *,
    known_at: datetime | None = None,
    open_at: datetime | None = None,
) -> DocumentView:
    """The document, described as it is or as it was known to be.

    Raises `DocumentNotFound`, also when it was registered later than `known_at`, or
    when every edition of it is under embargo at `open_at`.
    """
    rows = Document.objects.select_related("collection").filter(pk=document_id)
    if open_at is not None:
        rows = rows.exclude(under_embargo(open_at))
    row = rows.first()
    if row is None or (known_at is not None and row.created_at > known_at):
        raise DocumentNotFound
    known = None if known_at is None else description_known_at(row.pk, at=known_at)
    return document_view(row) if known is None else described(row, known)


def under_embargo(at: datetime) -> Q:
    """A document that has editions, and each of them under embargo at that moment."""
    editions = DocumentVersion.objects.filter(document=OuterRef("pk"))
    closed = editions.filter(embargo_until__gt=at)
    is_open = editions.exclude(embargo_until__gt=at)
    return Q(Exists(closed)) & ~Q(Exists(is_open))


def document_by_title(collection_id: UUID, *, title: str) -> DocumentView | None:
    rows = Document.objects.select_related("collection")
    row = rows.filter(collection_id=collection_id, title=title).order_by("id").first()
    return None if row is None else document_view(row)


def version(version_id: UUID) -> VersionView:
    """Raises `VersionNotFound`."""
    try:
        row = _version_rows().filter(pk=version_id).first()
    except ValidationError:
        row = None
    if row is None:
        raise VersionNotFound
    return version_view(row)


def versions_named(version_ids: Iterable[UUID]) -> dict[UUID, VersionView]:
    """Those that there are, by id, in one statement."""
    rows = _version_rows().filter(pk__in=list(version_ids))
    return {row.id: version_view(row) for row in rows}


def versions_of(
    document_id: UUID, *, known_at: datetime | None = None
) -> list[VersionView]:
    """All versions of a document, newest first; those known then, as they were."""
    rows = _version_rows().filter(document_id=document_id).order_by("-number")
    found = [version_view(row) for row in rows]
    if known_at is None:
        return found
    return all_as_known(found, known_at=known_at)


def versions_in(status: Status, *, limit: int = 100) -> list[VersionView]:
    """Versions with a stored status, oldest first."""
    rows = _version_rows().filter(status=status).order_by("received_at", "id")
    return [version_view(row) for row in rows[:limit]]


def version_in_force(
    document_id: UUID, *, at: datetime, known_at: datetime | None = None
) -> VersionView | None:
    """The one version whose text is in force at that moment, if any."""
    if known_at is not None:
        known = versions_of(document_id, known_at=known_at)
        return next((one for one in known if _in_force(one, at)), None)
    rows = _version_rows().filter(document_id=document_id, in_force_from__lte=at)
    row = rows.exclude(in_force_to__lte=at).first()
    return None if row is None else version_view(row)


def reviews_of(version_id: UUID) -> list[ReviewView]:
    """Reviews in the order they were decided."""
    rows = Review.objects.filter(version_id=version_id).order_by("decided_at", "id")
    return [review_view(row) for row in rows]


def standing(
    version_id: UUID, at: datetime, known_at: datetime | None = None
) -> Standing:
    """What the version's text is worth at `at`, by what is or was recorded.

    Raises `VersionNotFound`, also when it was received later than `known_at`.
    """
    found: VersionView | None = version(version_id)
    if found is not None and known_at is not None:
        found = as_known(found, known_at=known_at)
    if found is None:
        raise VersionNotFound
    return standing_of(found, at=at)


def standings(version_ids: Iterable[UUID], at: datetime) -> dict[UUID, Standing]:
    """What the text of each is worth at `at`, in one statement.

    Raises `VersionNotFound` unless all of them are there.
    """
    wanted = set(version_ids)
    found = versions_named(wanted) if wanted else {}
    if wanted - found.keys():
        raise VersionNotFound
    return {one.id: standing_of(one, at=at) for one in found.values()}


def _in_force(known: VersionView, at: datetime) -> bool:
    """By the window alone: one withdrawn later was in force until then."""
    start, end = known.in_force_from, known.in_force_to
    return start is not None and start <= at and (end is None or at < end)


def begins_or_ends(language: str, *, after: datetime, until: datetime) -> bool:
    """Whether an edition in collections of a language does, after `after`, by `until`.

    That is time passing: a scheduled edition begins without a write.
    """
    rows = DocumentVersion.objects.filter(document__collection__language=language)
    begins = Q(in_force_from__gt=after, in_force_from__lte=until)
    ends = Q(in_force_to__gt=after, in_force_to__lte=until)
    return rows.filter(begins | ends).exists()


def corpus_position() -> str | None:
    """The id of the last ledger entry that changed which text is in force."""
    last = CorpusChange.objects.aggregate(last=Max("id"))["last"]
    if last is None:
        return None
    return str(CorpusChange.objects.values_list("entry_id", flat=True).get(pk=last))


def corpus_changes(*, after_id: int = 0, limit: int = 1000) -> list[CorpusChangeView]:
    """Changes of validity in the order they were made."""
    rows = CorpusChange.objects.filter(pk__gt=after_id).order_by("pk")[:limit]
    return [
        CorpusChangeView(
            entry_id=row.entry_id,
            version_id=row.version_id,
            in_force_from=row.in_force_from,
            in_force_to=row.in_force_to,
            changed_at=row.changed_at,
        )
        for row in rows
    ]


def _version_rows() -> QuerySet[DocumentVersion]:
    return DocumentVersion.objects.select_related("document__collection")


def collection_view(row: Collection) -> CollectionView:
    return CollectionView(
        id=row.id,
        slug=row.slug,
        name=row.name,
        specialty=row.specialty,
        language=row.language,
        audience=row.audience,
        created_at=row.created_at,
        rules=rules_of(row),
    )


def rules_of(row: Collection) -> ReadingRules:
    return ReadingRules(
        chunk_tokens=row.chunk_tokens,
        chunk_min_tokens=row.chunk_min_tokens,
        tracked_changes=row.tracked_changes,
    )


def document_view(row: Document) -> DocumentView:
    return described(row, description_of(row))


def described(row: Document, known: Description) -> DocumentView:
    """The document with that description."""
    return DocumentView(
        id=row.id,
        collection_id=row.collection_id,
        collection_slug=row.collection.slug,
        title=known.title,
        publisher=known.publisher,
        citation=known.citation,
        url=known.url,
        licence=known.licence,
        language=known.language,
        owner_id=known.owner_id,
        review_by=known.review_by,
        created_at=row.created_at,
    )


def review_view(row: Review) -> ReviewView:
    return ReviewView(
        id=row.id,
        version_id=row.version_id,
        reviewer_id=row.reviewer_id,
        reviewer_name=row.reviewer_name,
        decision=row.decision,
        meaning=row.meaning,
        comment=row.comment,
        decided_at=row.decided_at,
        authenticated_by=row.authenticated_by,
        text_sha256=row.text_sha256,
        comparison_sha256=row.comparison_sha256,
        foresight_sha256=row.foresight_sha256,
        foresight=row.foresight,
        acknowledged=row.acknowledged,
    )


def version_view(row: DocumentVersion) -> VersionView:
    """Turn a row, with its document and collection, into a value."""
    return VersionView(
        id=row.id,
        document_id=row.document_id,
        document_title=row.document.title,
        collection_slug=row.document.collection.slug,
        number=row.number,
        label=row.label,
        filename=row.filename,
        media_type=row.media_type,
        content_sha256=row.content_sha256,
        byte_size=row.byte_size,
        status=row.status,
        failure_code=row.failure_code,
        failure_message=row.failure_message,
        warnings=tuple(ParseWarning(**warning) for warning in row.warnings),
        parser=row.parser,
        chunker=row.chunker,
        pages=row.pages,
        language=row.language,
        collection_language=row.document.collection.language,
        author_id=row.author_id,
        author_name=row.author_name,
        received_at=row.received_at,
        approved_at=row.approved_at,
        activated_at=row.activated_at,
        in_force_from=row.in_force_from,
        in_force_to=row.in_force_to,
        planned_until=row.planned_until,
        embargo_until=row.embargo_until,
        withdrawn_at=row.withdrawn_at,
        withdrawal_reason=row.withdrawal_reason,
        progress=_progress(row.progress),
    )


def _progress(counters: dict[str, list[int]]) -> tuple[StageProgress, ...]:
    return tuple(
        StageProgress(stage, *counters[stage]) for stage in STAGES if stage in counters
    )
