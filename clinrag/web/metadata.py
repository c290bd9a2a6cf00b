"""What was said about a document, and what each correction changed.

Promises: oldest first, by what stands in the records. Will not: say who may read it.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from clinrag.access.queries import names_of
from clinrag.web.labels import Words
from ingestion import queries
from ingestion.queries import Description, DescriptionView

NAMES: dict[str, Words] = {
    "title": _("Title"),
    "publisher": _("Publisher"),
    "citation": _("Citation"),
    "url": _("Source"),
    "licence": _("Licence"),
    "language": _("Language"),
    "owner_id": _("Owner"),
    "review_by": _("Review by"),
}


@dataclass(frozen=True, slots=True)
class Correction:
    """A field that a record changed: what it said before, and what since."""

    name: Words
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Record:
    """One description as a step of the history."""

    at: datetime
    who: str
    reason: str
    corrections: tuple[Correction, ...]


def told_history(document_id: UUID) -> tuple[Record, ...]:
    """Each correction with who made it and why; none if nothing was corrected."""
    views = queries.descriptions_of(document_id)
    called = names_of(
        person
        for one in views
        for person in (one.recorded_by, one.description.owner_id)
    )
    return tuple(_record(before, after, called) for before, after in pairwise(views))


def _record(
    before: DescriptionView, after: DescriptionView, called: dict[str, str]
) -> Record:
    return Record(
        at=after.recorded_at,
        who=after.recorded_by_name or called.get(after.recorded_by, after.recorded_by),
        reason=after.reason,
        corrections=_corrections(before.description, after.description, called),
    )


def _corrections(
    before: Description, after: Description, called: dict[str, str]
) -> tuple[Correction, ...]:
    return tuple(
        Correction(NAMES[name], _told(old, called), _told(new, called))
        for name in (field.name for field in fields(Description))
        if (old := getattr(before, name)) != (new := getattr(after, name))
    )


def _told(value: object, called: dict[str, str]) -> str:
    return called.get(str(value), str(value)) if value else "–"
