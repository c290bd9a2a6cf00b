"""The library: documents with their editions."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinrag.access.roles import Permission
from clinrag.web.addresses import words_in
from clinrag.web.labels import STATUSES
from clinrag.web.people import READERS, page, person_of
from clinrag.web.visibility import (
    document_or_404,
    visible_collections,
    visible_versions,
)
from ingestion import queries
from ingestion.lifecycle import ACTIVATED, PROCESSING, Status
from ingestion.queries import DocumentView, VersionView

LIMIT = 200
WAITING = (*sorted(PROCESSING), Status.FAILED, Status.IN_REVIEW, Status.APPROVED)
FILTERED = (
    Status.IN_FORCE,
    Status.SCHEDULED,
    Status.IN_REVIEW,
    Status.APPROVED,
    Status.FAILED,
    Status.RETURNED,
    Status.SUPERSEDED,
    Status.WITHDRAWN,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A document as the library shows it, with the edition that matters most."""

    document: DocumentView
    version: VersionView | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """An edition that is not settled yet."""

    version: VersionView
    document: DocumentView


@dataclass(frozen=True, slots=True)
class Stop:
    """One edition on a document's rail, with what came before it."""

    version: VersionView
    mark: str
    passages: int
    compare_url: str
    compare_label: str


@require_safe
@page(*READERS)
def library(request: HttpRequest) -> HttpResponse:
    """Documents by title, narrowed by words, collection and status."""
    person, at = person_of(request), timezone.now()
    query = words_in(request.GET.get("q", ""))[:100]
    chosen = request.GET.get("collection", "")
    status = request.GET.get("status", "")
    collections = visible_collections(person)
    found = queries.documents(
        collection_slugs=[one.slug for one in collections if chosen in {"", one.slug}],
        title_contains=query,
        limit=LIMIT,
    )
    editions = {one.id: visible_versions(one.id, person=person, at=at) for one in found}
    context = {
        "query": query,
        "chosen": chosen,
        "status": status,
        "filtered": bool(query or chosen or status),
        "collections": collections,
        "statuses": [
            {"value": one.value, "label": STATUSES[one].words} for one in FILTERED
        ],
        "lines": [
            _line(one, editions[one.id], timezone.localdate(at))
            for one in found
            if not status or any(v.status == status for v in editions[one.id])
        ],
        "waiting": _waiting(found, editions) if not status else [],
        "may_ingest": person.may(Permission.INGEST),
    }
    return render(request, "web/documents.html", context)


def _line(document: DocumentView, versions: list[VersionView], today: date) -> Line:
    overdue = document.review_by is not None and document.review_by < today
    return Line(document, current_edition(versions), overdue)


def current_edition(versions: list[VersionView]) -> VersionView | None:
    """The edition in force, else one that was or will be, else the newest."""
    for wanted in ({Status.IN_FORCE}, {Status.SCHEDULED}, ACTIVATED, set(Status)):
        for version in versions:
            if version.status in wanted:
                return version
    return None


def _waiting(
    documents: list[DocumentView], editions: dict[UUID, list[VersionView]]
) -> list[Waiting]:
    return [
        Waiting(version, document)
        for document in documents
        for version in editions[document.id]
        if version.status in WAITING
    ]


@require_safe
@page(*READERS)
def document_page(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """One document and the rail of its editions, newest first."""
    person, at = person_of(request), timezone.now()
    document = document_or_404(document_id, person=person)
    versions = visible_versions(document_id, person=person, at=at)
    review_by = document.review_by
    context = {
        "document": document,
        "stops": [_stop(version, versions) for version in versions],
        "overdue": review_by is not None and review_by < timezone.localdate(at),
        "may_ingest": person.may(Permission.INGEST),
    }
    return render(request, "web/document.html", context)


def _stop(version: VersionView, versions: list[VersionView]) -> Stop:
    before = edition_before(version, versions)
    return Stop(
        version=version,
        mark=version.status.replace("_", "-"),
        passages=next((p.total for p in version.progress if p.stage == "embed"), 0),
        compare_url=comparison_url(before, version) if before else "",
        compare_label=before.label if before else "",
    )


def edition_before(
    version: VersionView, versions: list[VersionView]
) -> VersionView | None:
    """The edition to compare with, if both have text.

    It is the last one before it that was ever in force, else the one received before.
    """
    if version.status in {Status.RECEIVED, Status.PARSED, Status.FAILED}:
        return None
    older = [one for one in versions if one.number < version.number]
    readable = [one for one in older if one.chunker]
    activated = [one for one in readable if one.status in ACTIVATED]
    return next(iter(activated or readable), None)


def comparison_url(old: VersionView, new: VersionView) -> str:
    """Where two editions are compared."""
    return reverse("web:compare", args=[old.id, new.id])
