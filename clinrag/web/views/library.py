"""The library: documents with their editions."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinrag.access.roles import Permission
from clinrag.web.addresses import words_in
from clinrag.web.editions import current_edition
from clinrag.web.labels import STATUSES
from clinrag.web.people import READERS, page, person_of
from clinrag.web.visibility import (
    is_steward,
    visible_collections,
    visible_versions,
)
from ingestion import queries
from ingestion.lifecycle import PROCESSING, Status
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


@require_safe
@page(*READERS)
def library_page(request: HttpRequest) -> HttpResponse:
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
        open_at=None if is_steward(person) else at,
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


def _waiting(
    documents: list[DocumentView], editions: dict[UUID, list[VersionView]]
) -> list[Waiting]:
    return [
        Waiting(version, document)
        for document in documents
        for version in editions[document.id]
        if version.status in WAITING
    ]
