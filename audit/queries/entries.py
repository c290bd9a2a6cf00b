"""Reading entries: one by its id, many in the order of the log.

Promises plain values that outlive the database. Opens no sealed content: that is
`audit.disclosure`, and leaves an entry.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from audit import canonical
from audit.actors import Actor, ActorKind
from audit.errors import EntryInvalid, EntryUnknown, LedgerCorrupt
from audit.events import EventType
from audit.models import ClosedQuery, Entry, InboxEntry, PrunedEntry


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as a reader sees it; `index` is None until it is sequenced."""

    index: int | None
    id: UUID
    type: str
    at: datetime
    actor: Actor
    fields: Mapping[str, Any]
    leaf_hash: bytes
    entry_bytes: bytes
    has_sealed: bool


def entry(entry_id: UUID) -> EntryView:
    """The entry, sequenced or not. Raises EntryUnknown."""
    found = sequenced(entry_id)
    if found is not None:
        return view(found.index, bytes(found.body), bytes(found.leaf_hash))
    waiting = InboxEntry.objects.filter(entry_id=entry_id).first()
    if waiting is not None:
        return view(None, bytes(waiting.body), bytes(waiting.leaf_hash))
    found = sequenced(entry_id)  # it may have moved between the two looks
    if found is None:
        raise EntryUnknown
    return view(found.index, bytes(found.body), bytes(found.leaf_hash))


def entries(
    *,
    limit: int,
    before_index: int | None = None,
    types: Collection[str] | None = None,
    actor_id: str | None = None,
) -> list[EntryView]:
    """Sequenced entries, newest first; page on with the last one's index."""
    rows = _filtered(types, actor_id)
    if before_index is not None:
        rows = rows.filter(index__lt=before_index)
    return _views(rows.order_by("-index")[:limit])


def entries_after(
    index: int, *, limit: int, types: Collection[str] | None = None
) -> list[EntryView]:
    """Sequenced entries in the order of the log, for whoever follows it; start at -1.

    Nothing is ever inserted before an index that was seen.
    """
    rows = _filtered(types, None).filter(index__gt=index)
    return _views(rows.order_by("index")[:limit])


def open_queries(before: datetime, limit: int) -> list[EntryView]:
    """Questions received before a time that have no terminal entry, oldest first."""
    closed = ClosedQuery.objects.filter(query_id=OuterRef("entry_id"))
    rows = Entry.objects.filter(type=EventType.QUERY_RECEIVED.value, at__lt=before)
    return _views(rows.filter(~Exists(closed)).order_by("at")[:limit])


def terminal_entry(query_entry_id: UUID) -> EntryView | None:
    """The one entry that closed the question, if it is closed."""
    closed = ClosedQuery.objects.filter(query_id=query_entry_id).first()
    return None if closed is None else entry(closed.entry_id)


def sequenced(entry_id: UUID) -> Entry | None:
    """The row of an entry that has its index; None if there is none."""
    return Entry.objects.filter(entry_id=entry_id).order_by("index").first()


def pruned(entry_id: UUID) -> PrunedEntry | None:
    """What stays of an entry whose bytes were dropped."""
    return PrunedEntry.objects.filter(entry_id=entry_id).order_by("index").first()


def _filtered(types: Collection[str] | None, actor_id: str | None) -> QuerySet[Entry]:
    rows = Entry.objects.all()
    if types is not None:
        rows = rows.filter(type__in=[str(kind) for kind in types])
    if actor_id is not None:
        rows = rows.filter(actor_id=actor_id)
    return rows


def _views(rows: QuerySet[Entry]) -> list[EntryView]:
    return [view(row.index, bytes(row.body), bytes(row.leaf_hash)) for row in rows]


def view(index: int | None, body: bytes, leaf_hash: bytes) -> EntryView:
    """Read an entry from its bytes. Raises LedgerCorrupt if they are none."""
    document = _document(body)
    actor = document["actor"]
    return EntryView(
        index=index,
        id=UUID(document["id"]),
        type=document["type"],
        at=datetime.fromisoformat(document["at"]),
        actor=Actor(**(actor | {"kind": ActorKind(actor["kind"])})),
        fields=document["fields"],
        leaf_hash=leaf_hash,
        entry_bytes=body,
        has_sealed="sealed" in document,
    )


def _document(body: bytes) -> dict[str, Any]:
    try:
        return canonical.decode_object(body)
    except EntryInvalid as error:
        raise LedgerCorrupt("an entry is not canonical") from error
