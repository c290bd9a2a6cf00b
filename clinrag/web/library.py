"""The library as a page shows it: filters from the address, lines, chips, cells.

Promises: an address that somebody altered narrows nothing rather than fail; a person
sees only editions that are theirs to see. Will not: write.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from clinrag.access.models import User
from clinrag.access.queries import names_of
from clinrag.answering.impact.last_use import last_uses
from clinrag.web.addresses import words_in
from clinrag.web.editions import Moment, at_moment, current_edition
from clinrag.web.labels import STATUSES
from clinrag.web.visibility import (
    as_it_stands,
    is_steward,
    may_see,
    visible_collections,
)
from ingestion.lifecycle import Status
from ingestion.queries import CollectionView, DocumentView, VersionView
from ingestion.queries.library import (
    LibraryFilter,
    editions_of,
    library_page,
    passage_counts,
)

PAGE_SIZE = 50
NOW = Moment()
LONGEST_WORDS = 100
FILTERED = (
    Status.IN_FORCE,
    Status.SCHEDULED,
    Status.IN_REVIEW,
    Status.APPROVED,
    Status.HELD,
    Status.FAILED,
    Status.RETURNED,
    Status.SUPERSEDED,
    Status.EXPIRED,
    Status.WITHDRAWN,
)
NAMES = ("q", "collection", "status", "owner", "publisher", "language", "review")
REVIEWS = ("overdue", "due")
DUE_WITHIN = timedelta(days=30)
COLUMNS = (
    "id", "title", "publisher", "collection", "edition", "status", "in_force_from",
    "in_force_to", "review_by", "overdue", "owner", "language", "passages", "last_used",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address asks for, with the collections it may be about."""

    filter: LibraryFilter
    values: dict[str, str]
    collections: tuple[CollectionView, ...]

    @property
    def is_filtered(self) -> bool:
        return bool(self.values)

    @property
    def query(self) -> str:
        """The filters as an address has them, and nothing else of it."""
        asked = QueryDict(mutable=True)
        asked.update(self.values)
        return asked.urlencode()


@dataclass(frozen=True, slots=True)
class Line:
    """A document with the edition that matters most."""

    document: DocumentView
    version: VersionView | None
    overdue: bool
    due: bool
    owner: str
    passages: int
    last_used: datetime | None


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in use; following its address removes it."""

    label: str
    url: str


def wanted_from(query: QueryDict, *, person: User, at: datetime) -> Wanted:
    """Read the filters of an address."""
    collections = visible_collections(person)
    given = {name: words_in(query.get(name, ""))[:LONGEST_WORDS] for name in NAMES}
    if given["status"] not in FILTERED:
        given["status"] = ""
    if given["review"] not in REVIEWS:
        given["review"] = ""
    slugs = [one.slug for one in collections]
    if given["collection"] not in slugs:
        given["collection"] = ""
    chosen = [one for one in slugs if given["collection"] in {"", one}]
    found = LibraryFilter(
        collection_slugs=tuple(chosen),
        title_contains=given["q"],
        status=Status(given["status"]) if given["status"] else None,
        owner_id=_owner(given["owner"], person),
        publisher=given["publisher"],
        language=given["language"],
        review_before=_review_before(given["review"], at),
        open_only=not is_steward(person),
    )
    values = {name: value for name, value in given.items() if value}
    return Wanted(found, values, collections)


def _review_before(asked: str, at: datetime) -> date | None:
    """Overdue ones were due before today; those that are due come within a month."""
    days = {"overdue": timedelta(0), "due": DUE_WITHIN}
    return timezone.localdate(at) + days[asked] if asked else None


def _owner(asked: str, person: User) -> str:
    return f"user:{person.pk}" if asked == "me" else asked


def lines_of(
    documents: Sequence[DocumentView],
    *,
    person: User,
    at: datetime,
    moment: Moment = NOW,
) -> list[Line]:
    """The documents with the editions this person may see, as they were at a moment."""
    editions = editions_of(one.id for one in documents)
    seen = {
        document_id: [
            as_it_stands(one, at=at)
            for one in found
            if may_see(one, person=person, at=at)
        ]
        for document_id, found in editions.items()
    }
    used = _last_used(seen) if is_steward(person) else {}
    called = names_of(one.owner_id for one in documents)
    today = timezone.localdate(at)
    current = {
        one.id: current_edition(at_moment(seen[one.id], moment)) for one in documents
    }
    counts = passage_counts(one.id for one in current.values() if one)
    return [
        Line(
            document=one,
            version=version,
            overdue=one.review_by is not None and one.review_by < today,
            due=one.review_by is not None and one.review_by < today + DUE_WITHIN,
            owner=called.get(one.owner_id, one.owner_id),
            passages=counts.get(version.id, 0) if version else 0,
            last_used=used.get(one.id),
        )
        for one in documents
        for version in (current[one.id],)
    ]


def _last_used(seen: dict[UUID, list[VersionView]]) -> dict[UUID, datetime]:
    """When an answer last used any edition of each document."""
    uses = last_uses(one.id for found in seen.values() for one in found)
    newest = {
        document_id: [uses[one.id] for one in found if one.id in uses]
        for document_id, found in seen.items()
    }
    return {document_id: max(found) for document_id, found in newest.items() if found}


def every_line(wanted: Wanted, *, person: User, at: datetime) -> Iterator[Line]:
    """All that match, in the memory of one page."""
    after: tuple[str, UUID] | None = None
    while True:
        found = library_page(wanted.filter, at=at, after=after, limit=PAGE_SIZE)
        yield from lines_of(found, person=person, at=at)
        if len(found) < PAGE_SIZE:
            return
        after = (found[-1].title, found[-1].id)


def cells_of(line: Line) -> tuple[object, ...]:
    """The columns `COLUMNS` of a line."""
    version = line.version
    return (
        line.document.id,
        line.document.title,
        line.document.publisher,
        line.document.collection_slug,
        version.label if version else "",
        version.status if version else "",
        _iso(version.in_force_from if version else None),
        _iso(version.in_force_to if version else None),
        line.document.review_by or "",
        "yes" if line.overdue else "no",
        line.owner,
        line.document.language,
        line.passages or "",
        _iso(line.last_used),
    )


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def chips_of(wanted: Wanted, *, path: str) -> list[Chip]:
    """The filters in use, in words."""
    return [
        Chip(_told(name, value, wanted), _without(wanted, name, path))
        for name, value in wanted.values.items()
    ]


def _told(name: str, value: str, wanted: Wanted) -> str:
    owner = wanted.filter.owner_id
    called = {one.slug: one.name for one in wanted.collections}
    told = {
        "q": _("Title: %(words)s") % {"words": value},
        "collection": called.get(value, value),
        "status": STATUSES[value].words if value in STATUSES else value,
        "owner": _("Owner: %(name)s") % {"name": names_of([owner]).get(owner, owner)},
        "review": {
            "overdue": _("Review overdue"),
            "due": _("Review due within a month"),
        }.get(value, value),
    }
    return str(told.get(name, value))


def _without(wanted: Wanted, name: str, path: str) -> str:
    left = {key: value for key, value in wanted.values.items() if key != name}
    query = replace(wanted, values=left).query
    return f"{path}?{query}" if query else path
