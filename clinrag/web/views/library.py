"""The library: every document with its current edition."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.exports.lists import CSV_TYPE, csv_lines
from clinrag.access.models import User
from clinrag.access.queries import names_of, people_who_may
from clinrag.access.roles import Permission
from clinrag.access.saved_views import saved_views_of
from clinrag.web.bulk import BulkForm
from clinrag.web.cursors import cursor_of, parts_of
from clinrag.web.editions import Moment
from clinrag.web.forms import MomentsForm
from clinrag.web.labels import STATUSES
from clinrag.web.library import (
    COLUMNS,
    FILTERED,
    PAGE_SIZE,
    Wanted,
    cells_of,
    chips_of,
    every_line,
    lines_of,
    wanted_from,
)
from clinrag.web.people import READERS, page, person_of
from clinrag.web.sending import joined, send
from clinrag.web.views.saved_views import LIBRARY
from clinrag.web.visibility import is_steward
from ingestion.lifecycle import ACTIVATED, Status
from ingestion.queries.library import (
    LibraryFilter,
    count_library,
    library_page,
    values_in_library,
)
from ingestion.queries.queue import count_on_their_way

MOMENTS = ("as_of", "known_at")


@require_safe
@page(*READERS)
def library(request: HttpRequest) -> HttpResponse:
    """Documents by title, narrowed by what the address says."""
    person, at = person_of(request), timezone.now()
    wanted = wanted_from(request.GET, person=person, at=at)
    after = _opened(request.GET.get("cursor", ""))
    moments = MomentsForm(request.GET)
    moments.is_valid()
    moment = Moment(*(moments.cleaned_data.get(one) for one in MOMENTS))
    found = library_page(wanted.filter, at=at, after=after, limit=PAGE_SIZE + 1)
    shown, more = found[:PAGE_SIZE], found[PAGE_SIZE:]
    following = cursor_of(shown[-1].id, shown[-1].title) if more else ""
    context = {
        "wanted": wanted,
        "chips": chips_of(wanted, path=request.path),
        "choices": _choices(wanted),
        "lines": lines_of(shown, person=person, at=at, moment=moment),
        "moments": moments,
        "moment": moment,
        "total": count_library(wanted.filter, at=at),
        "is_steward": is_steward(person),
        "may_open": person.may(Permission.ACTIVATE),
        "may_ingest": person.may(Permission.INGEST),
        "waiting": _waiting(wanted) if person.may(Permission.INGEST) else 0,
        "bulk": _bulk(person),
        "saved": saved_views_of(person, page=LIBRARY),
        "next_url": _url(request, wanted, following) if more else "",
        "first_url": _url(request, wanted, "") if after else "",
    }
    return render(request, "web/documents.html", context)


@require_safe
@page(*READERS)
def library_csv(request: HttpRequest) -> StreamingHttpResponse:
    """All that match as a spreadsheet, in the memory of one page."""
    person, at = person_of(request), timezone.now()
    wanted = wanted_from(request.GET, person=person, at=at)
    rows = (cells_of(one) for one in every_line(wanted, person=person, at=at))
    lines = joined(csv_lines(COLUMNS, rows))
    return send(request, lines, media_type=CSV_TYPE, filename="documents.csv")


def _choices(wanted: Wanted) -> dict[str, list[tuple[str, object]]]:
    """What the filters offer: only values that occur in what is open here."""
    slugs = tuple(one.slug for one in wanted.collections)
    everything = LibraryFilter(slugs, open_only=wanted.filter.open_only)
    at = timezone.now()
    owners = values_in_library(everything, at=at, name="owner_id")
    called = names_of(owners)
    publishers = values_in_library(everything, at=at, name="publisher")
    languages = values_in_library(everything, at=at, name="language")
    hidden = set() if not everything.open_only else set(Status) - ACTIVATED
    return {
        "collections": [(one.slug, one.name) for one in wanted.collections],
        "statuses": [
            (one.value, STATUSES[one].words) for one in FILTERED if one not in hidden
        ],
        "owners": [(one, called.get(one, one)) for one in owners],
        "publishers": [(one, one) for one in publishers],
        "languages": [(one, one) for one in languages],
    }


def _bulk(person: User) -> BulkForm | None:
    """What may be done to several at once, by whoever works on documents."""
    if not person.may(Permission.INGEST):
        return None
    return BulkForm(people=people_who_may(Permission.INGEST))


def _waiting(wanted: Wanted) -> int:
    slugs = [one.slug for one in wanted.collections]
    return sum(count_on_their_way(collection_slugs=slugs).values())


def _opened(cursor: str) -> tuple[str, UUID] | None:
    document_id, title = parts_of(cursor, number=2) or ("", "")
    try:
        return title, UUID(document_id)
    except ValueError:
        return None


def _url(request: HttpRequest, wanted: Wanted, cursor: str) -> str:
    query = request.GET.copy()
    query.clear()
    query.update(wanted.values)
    query.update({one: request.GET[one] for one in MOMENTS if request.GET.get(one)})
    if cursor:
        query["cursor"] = cursor
    return request.path + (f"?{query.urlencode()}" if query else "")
