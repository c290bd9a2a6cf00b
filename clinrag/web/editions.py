"""A document's editions in time: which one matters most, and what came before it.

Promises: dates and statuses decide, as of the moment asked about. Will not: show an
edition that it was not given; who may see which is for `visibility` to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from ingestion.lifecycle import ACTIVATED, Status
from ingestion.queries import VersionView, all_as_known, standing_of
from ingestion.queries.library import passage_counts

UNREAD = frozenset({Status.RECEIVED, Status.PARSED, Status.FAILED})


@dataclass(frozen=True, slots=True)
class Stop:
    """One edition on a document's rail, with what came before it."""

    version: VersionView
    mark: str
    passages: int
    url: str
    is_chosen: bool
    compare_url: str
    compare_label: str


@dataclass(frozen=True, slots=True)
class Moment:
    """When a text should have applied, and by what was recorded when."""

    as_of: datetime | None = None
    known_at: datetime | None = None

    @property
    def is_now(self) -> bool:
        return self.as_of is None and self.known_at is None


def at_moment(versions: Sequence[VersionView], moment: Moment) -> list[VersionView]:
    """The editions as they were known, with what each was worth as of then."""
    found = list(versions)
    if moment.known_at is not None:
        found = all_as_known(found, known_at=moment.known_at)
    as_of = moment.as_of or moment.known_at
    return [_worth(one, as_of) for one in found] if as_of else found


def _worth(version: VersionView, as_of: datetime) -> VersionView:
    """An edition that had a date shows what it was worth; others keep their status."""
    if version.in_force_from is None:
        return version
    return replace(version, status=standing_of(version, at=as_of).value)


def current_edition(versions: Sequence[VersionView]) -> VersionView | None:
    """The edition in force, else one that was or will be, else the newest."""
    for wanted in ({Status.IN_FORCE}, {Status.SCHEDULED}, ACTIVATED, set(Status)):
        for version in versions:
            if version.status in wanted:
                return version
    return None


def edition_before(
    version: VersionView, versions: Sequence[VersionView]
) -> VersionView | None:
    """The edition to compare with, if both have text.

    It is the last one before it that was ever in force, else the one received before.
    """
    if version.status in UNREAD or not version.chunker:
        return None
    older = [one for one in versions if one.number < version.number]
    readable = [one for one in older if one.chunker]
    activated = [one for one in readable if one.status in ACTIVATED]
    return next(iter(activated or readable), None)


def comparison_url(old: VersionView, new: VersionView) -> str:
    """Where two editions are compared."""
    return reverse("web:compare", args=[old.id, new.id])


def rail_of(
    versions: Sequence[VersionView],
    *,
    chosen: VersionView | None,
    moment: Moment,
) -> list[Stop]:
    """The stops of the rail, in the order given."""
    counts = passage_counts(one.id for one in versions)
    return [
        Stop(
            version=one,
            mark=one.status.replace("_", "-"),
            passages=counts.get(one.id, 0),
            url=edition_url(one.document_id, version_id=one.id, moment=moment),
            is_chosen=chosen is not None and one.id == chosen.id,
            **_before(one, versions),
        )
        for one in versions
    ]


def _before(version: VersionView, versions: Sequence[VersionView]) -> dict[str, str]:
    before = edition_before(version, versions)
    return {
        "compare_url": comparison_url(before, version) if before else "",
        "compare_label": before.label if before else "",
    }


def edition_url(document_id: UUID, *, version_id: UUID, moment: Moment) -> str:
    """The document's page with this edition open, at the same moment."""
    asked = {"edition": str(version_id)}
    for name in ("as_of", "known_at"):
        value: datetime | None = getattr(moment, name)
        if value is not None:
            asked[name] = value.strftime("%Y-%m-%dT%H:%M")
    return f"{reverse('web:document', args=[document_id])}?{urlencode(asked)}"
