"""Entries about readings of sealed content: the access log.

Promises entries newest first, by pages that do not change while the log grows. Each is
looked for through its type, of which there are far fewer than entries; narrowing to an
answer reads the entries' own bytes.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F, Func, IntegerField, Value

from audit.events import EventType
from audit.models import Entry
from audit.queries.entries import EntryView, view

READINGS: Final = (
    EventType.CONTENT_DISCLOSED.value,
    EventType.CONTENT_BREAK_GLASS.value,
    EventType.EXPORT_DOWNLOADED.value,
)


@dataclass(frozen=True, slots=True)
class Readings:
    """Which readings; None leaves a filter open, `until` is not included."""

    actor_id: str | None = None
    answer_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    types: tuple[str, ...] = READINGS


def readings(
    wanted: Readings, *, limit: int, before_index: int | None = None
) -> list[EntryView]:
    """Sequenced entries about readings, newest first; page on with the last index."""
    rows = Entry.objects.filter(type__in=wanted.types)
    narrowed = {
        "index__lt": before_index,
        "actor_id": wanted.actor_id,
        "at__gte": wanted.since,
        "at__lt": wanted.until,
    }
    rows = rows.filter(**{k: v for k, v in narrowed.items() if v is not None})
    if wanted.answer_id is not None:
        rows = rows.annotate(place=_place(str(wanted.answer_id))).filter(place__gt=0)
    found = rows.order_by("-index")[:limit]
    return [view(row, row.index) for row in found]


def _place(needle: str) -> Func:
    return Func(
        Value(needle.encode()),
        F("body"),
        function="position",
        arg_joiner=" IN ",
        output_field=IntegerField(),
    )
