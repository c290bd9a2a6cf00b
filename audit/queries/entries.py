"""Reading entries: one by its id, many in the order of the log.

Promises plain values that outlive the database, and that a row which the writer would
never write stops nobody from reading the others: it is shown as unreadable. Opens no
sealed content: that is `audit.disclosure`, and leaves an entry. What is wrong with a
row is for verification to say.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from audit import canonical
from audit.actors import Actor, ActorKind
from audit.errors import EntryInvalid, EntryUnknown
from audit.events import EventType
from audit.identifiers import time_of
from audit.models import ClosedQuery, Entry, InboxEntry, PrunedEntry
from audit.queries.shapes import fits, is_actor

UNREADABLE: Final = "unreadable"
_NOBODY: Final = Actor(ActorKind.SYSTEM, "", "", "")


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as a reader sees it; `index` is None until it is sequenced.

    One that is not readable stands in for bytes that are no entry: it has its place,
    the id and time that its row is kept under, its leaf hash and bytes, and no more.
    """

    index: int | None
    id: UUID
    type: str
    at: datetime
    actor: Actor
    fields: Mapping[str, Any]
    leaf_hash: bytes
    entry_bytes: bytes
    has_sealed: bool
    is_readable: bool = True


def entry(entry_id: UUID) -> EntryView:
    """The entry, sequenced or not. Raises EntryUnknown."""
    found = sequenced(entry_id)
    if found is not None:
        return view(found, found.index)
    waiting = InboxEntry.objects.filter(entry_id=entry_id).first()
    if waiting is not None:
        return view(waiting, None)
    found = sequenced(entry_id)  # it may have moved between the two looks
    if found is None:
        raise EntryUnknown
    return view(found, found.index)


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
    """Questions received before a time that have no terminal entry, oldest first.

    Not one whose bytes are none: nothing could be said about it in its end.
    """
    closed = ClosedQuery.objects.filter(query_id=OuterRef("entry_id"))
    rows = Entry.objects.filter(type=EventType.QUERY_RECEIVED.value, at__lt=before)
    found = _views(rows.filter(~Exists(closed)).order_by("at")[:limit])
    return [one for one in found if one.is_readable]


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
    return [view(row, row.index) for row in rows]


def view(row: Entry | InboxEntry, index: int | None) -> EntryView:
    """Read an entry from its bytes; a stand-in for bytes that are none."""
    return view_of(
        index, bytes(row.body), leaf_hash=bytes(row.leaf_hash), entry_id=row.entry_id
    )


def view_of(
    index: int | None, body: bytes, *, leaf_hash: bytes, entry_id: UUID
) -> EntryView:
    """As `view`, of a row that was read without its model."""
    found = _read(index, body, leaf_hash)
    return found or EntryView(
        index=index,
        id=entry_id,
        type=UNREADABLE,
        at=time_of(entry_id),
        actor=_NOBODY,
        fields={},
        leaf_hash=leaf_hash,
        entry_bytes=body,
        has_sealed=False,
        is_readable=False,
    )


def _read(index: int | None, body: bytes, leaf_hash: bytes) -> EntryView | None:
    try:
        document: dict[str, Any] = canonical.decode_object(body)
        entry_id, at = UUID(document["id"]), datetime.fromisoformat(document["at"])
        actor, told, kind = document["actor"], document["fields"], document["type"]
    except (EntryInvalid, ValueError, TypeError, KeyError, AttributeError):
        return None
    if type(kind) is not str or type(told) is not dict or at.tzinfo is None:
        return None
    if not is_actor(actor) or not fits(kind, told):
        return None
    return EntryView(
        index=index,
        id=entry_id,
        type=kind,
        at=at,
        actor=Actor(**(actor | {"kind": ActorKind(actor["kind"])})),
        fields=told,
        leaf_hash=leaf_hash,
        entry_bytes=body,
        has_sealed="sealed" in document,
    )
