"""The library: documents that match, page by page, with all their editions.

Promises: by title, by keyset, and at the same price however many there are; what is in
force follows from the dates at `at`, like every search. Will not: decide who may see
what: the filter names the collections, and whether editions that were never in force
count.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from ingestion.lifecycle import ACTIVATED, Status
from ingestion.models import Document, DocumentVersion, VersionChunk
from ingestion.queries.corpus import document_view, under_embargo, version_view
from ingestion.queries.views import DocumentView, VersionView


@dataclass(frozen=True, slots=True)
class LibraryFilter:
    """What narrows the library; what is empty narrows nothing.

    `open_only` leaves out what nobody but its stewards may see: documents all of
    whose editions are under embargo, and editions that were never in force.
    """

    collection_slugs: tuple[str, ...]
    title_contains: str = ""
    status: Status | None = None
    owner_id: str = ""
    publisher: str = ""
    language: str = ""
    review_before: date | None = None
    open_only: bool = False


def library_page(
    wanted: LibraryFilter,
    *,
    at: datetime,
    after: tuple[str, UUID] | None = None,
    limit: int = 50,
) -> list[DocumentView]:
    """Documents by title; `after` continues behind the title and id of the last one."""
    rows = _rows(wanted, at)
    if after is not None:
        title, last_id = after
        rows = rows.filter(Q(title__gt=title) | Q(title=title, id__gt=last_id))
    found = rows.select_related("collection").order_by("title", "id")
    return [document_view(row) for row in found[:limit]]


def count_library(wanted: LibraryFilter, *, at: datetime) -> int:
    """How many documents match."""
    return _rows(wanted, at).count()


def editions_of(document_ids: Iterable[UUID]) -> dict[UUID, list[VersionView]]:
    """All editions of these documents, newest first."""
    found: dict[UUID, list[VersionView]] = {one: [] for one in document_ids}
    rows = DocumentVersion.objects.select_related("document__collection")
    for row in rows.filter(document__in=list(found)).order_by("-number"):
        found[row.document_id].append(version_view(row))
    return found


def passage_counts(version_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many passages stand in each edition; one without any is left out."""
    rows = VersionChunk.objects.filter(
        version__in=list(version_ids), cut=F("version__cut")
    )
    return dict(rows.values_list("version").annotate(n=Count("pk")).order_by())


def values_in_library(wanted: LibraryFilter, *, at: datetime, name: str) -> list[str]:
    """The values of a field (`owner_id`, `publisher`, `language`) that occur."""
    rows = _rows(wanted, at).exclude(**{name: ""})
    return list(rows.values_list(name, flat=True).order_by(name).distinct()[:200])


def _rows(wanted: LibraryFilter, at: datetime) -> QuerySet[Document]:
    rows = Document.objects.filter(collection__slug__in=list(wanted.collection_slugs))
    if wanted.open_only:
        rows = rows.exclude(under_embargo(at))
    if wanted.title_contains:
        rows = rows.filter(title__icontains=wanted.title_contains)
    if wanted.review_before is not None:
        rows = rows.filter(review_by__lt=wanted.review_before)
    for name in ("owner_id", "publisher", "language"):
        if value := getattr(wanted, name):
            rows = rows.filter(**{name: value})
    if wanted.status is None:
        return rows
    editions = DocumentVersion.objects.filter(document=OuterRef("pk"))
    editions = editions.filter(_has(wanted.status, at))
    if wanted.open_only:
        editions = editions.filter(_was_in_force(at))
    return rows.filter(Exists(editions))


def _has(status: Status, at: datetime) -> Q:
    """Editions that have the status at that moment: time passes without a write."""
    begun = Q(in_force_from__lte=at)
    over = Q(in_force_to__lte=at) | Q(in_force_to=F("in_force_from"))
    withdrawn = Q(withdrawn_at__lte=at)
    planned = Q(in_force_to=F("planned_until"))
    return {
        Status.IN_FORCE: begun & ~over & ~withdrawn,
        Status.SCHEDULED: Q(in_force_from__gt=at) & ~over & ~withdrawn,
        Status.SUPERSEDED: over & ~planned & ~withdrawn,
        Status.EXPIRED: over & planned & ~withdrawn,
        Status.WITHDRAWN: withdrawn,
    }.get(status, Q(status=status.value) & ~Q(status__in=list(ACTIVATED)))


def _was_in_force(at: datetime) -> Q:
    ran = Q(in_force_to=None) | Q(in_force_to__gt=F("in_force_from"))
    return Q(in_force_from__lte=at) & ran
