"""Reading the ledger: entries, proofs, and how the ledger itself is doing.

Promises plain values that outlive the database, and proofs that were checked against
their checkpoint before they were handed out. Opens no sealed content: that is
`audit.disclosure`, and leaves an entry.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import Error, connection, connections
from django.db.models import Exists, OuterRef, QuerySet

from audit import canonical, checkpoints, merkle, sealing
from audit.actors import Actor, ActorKind
from audit.checkpoints import CheckpointView
from audit.errors import (
    EntryInvalid,
    EntryUnknown,
    InboxTooDeep,
    LedgerCorrupt,
    LedgerUnavailable,
    NotYetSequenced,
    NotYetSigned,
)
from audit.events import EventType
from audit.models import Alarm, ClosedQuery, Entry, Head, InboxEntry
from audit.tiles import TileReader

POLL_SECONDS: Final = 0.05

# Asked each time: that costs no round trip, and a session may change it at any moment.
_CAN_RECORD: Final = """
SELECT current_setting('transaction_read_only'), current_setting('synchronous_commit'),
       current_setting('fsync'),
       (SELECT count(*) FROM (SELECT FROM audit_inboxentry LIMIT %s) AS waiting)
"""
_CAN_KEEP_KEYS: Final = """
SELECT current_setting('transaction_read_only'), current_setting('synchronous_commit'),
       current_setting('fsync')
"""


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


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That an entry is in the signed log: RFC 9162 path, and the checkpoint's note."""

    index: int
    tree_size: int
    leaf_hash: bytes
    path: tuple[bytes, ...]
    root: bytes
    checkpoint: str


@dataclass(frozen=True, slots=True)
class LedgerState:
    """How far the parts of the ledger are; `alarms` those since the last signature."""

    inbox_depth: int
    oldest_inbox_at: datetime | None
    tree_size: int
    signed_size: int
    alarms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlarmView:
    """A refusal by the signer."""

    kind: str
    detail: str
    tree_size: int
    raised_at: datetime


def entry(entry_id: UUID) -> EntryView:
    """The entry, sequenced or not. Raises EntryUnknown."""
    found = _sequenced(entry_id)
    if found is not None:
        return _view(found.index, bytes(found.body), bytes(found.leaf_hash))
    waiting = InboxEntry.objects.filter(entry_id=entry_id).first()
    if waiting is not None:
        return _view(None, bytes(waiting.body), bytes(waiting.leaf_hash))
    found = _sequenced(entry_id)  # it may have moved between the two looks
    if found is None:
        raise EntryUnknown
    return _view(found.index, bytes(found.body), bytes(found.leaf_hash))


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


def inclusion_proof(entry_id: UUID) -> InclusionProof:
    """Prove the entry under the latest checkpoint.

    Raises EntryUnknown, NotYetSequenced, NotYetSigned, or LedgerCorrupt if the stored
    hashes do not prove it.
    """
    found = _sequenced(entry_id)
    if found is None:
        entry(entry_id)
        raise NotYetSequenced
    checkpoint = checkpoints.latest()
    if checkpoint is None or checkpoint.size <= found.index:
        raise NotYetSigned
    return _prove(found.index, bytes(found.leaf_hash), checkpoint)


def wait_for_proof(entry_id: UUID, *, timeout_seconds: float) -> InclusionProof | None:
    """The proof as soon as there is one; None if there is none in time.

    Raises EntryUnknown. Not to be called inside a transaction that wrote the entry.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            return inclusion_proof(entry_id)
        except (NotYetSequenced, NotYetSigned):
            if time.monotonic() >= deadline:
                return None
            time.sleep(POLL_SECONDS)


def latest_checkpoint() -> CheckpointView | None:
    return checkpoints.latest()


def alarms(*, limit: int = 100) -> list[AlarmView]:
    """The signer's refusals, newest first; they are kept for good."""
    return [
        AlarmView(row.kind, row.detail, row.tree_size, row.raised_at)
        for row in Alarm.objects.order_by("-id")[:limit]
    ]


def ledger_state() -> LedgerState:
    checkpoint = checkpoints.latest()
    head = Head.objects.first()
    return LedgerState(
        inbox_depth=InboxEntry.objects.count(),
        oldest_inbox_at=_oldest_inbox_at(),
        tree_size=0 if head is None else head.size,
        signed_size=0 if checkpoint is None else checkpoint.size,
        alarms=_standing_alarms(checkpoint),
    )


def check_can_record() -> None:
    """Raise LedgerUnavailable, or InboxTooDeep, unless an entry could be written.

    And kept: what a database has not brought to its disk when it says "committed" can
    be gone after a power cut, while the answer it records has left.
    """
    limit: int = settings.CLINRAG_INBOX_LIMIT
    sealing.deployment_keys(settings.CLINRAG_DEPLOYMENT_KEY_FILE)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_CAN_RECORD, [limit])
            *records, depth = cursor.fetchone()
        with connections[sealing.KEYS].cursor() as cursor:
            cursor.execute(_CAN_KEEP_KEYS)
            keys = cursor.fetchone()
    except Error as error:
        raise LedgerUnavailable(type(error).__name__) from error
    _check_durable(*records)
    _check_durable(*keys)
    if depth >= limit:
        raise InboxTooDeep


def _check_durable(read_only: str, synchronous_commit: str, fsync: str) -> None:
    if read_only != "off":
        raise LedgerUnavailable("read-only")
    if synchronous_commit == "off":
        raise LedgerUnavailable("synchronous_commit is off")
    if fsync == "off" and not settings.CLINRAG_FSYNC_MAY_BE_OFF:
        raise LedgerUnavailable("fsync is off")


def _sequenced(entry_id: UUID) -> Entry | None:
    return Entry.objects.filter(entry_id=entry_id).order_by("index").first()


def _filtered(types: Collection[str] | None, actor_id: str | None) -> QuerySet[Entry]:
    rows = Entry.objects.all()
    if types is not None:
        rows = rows.filter(type__in=[str(kind) for kind in types])
    if actor_id is not None:
        rows = rows.filter(actor_id=actor_id)
    return rows


def _views(rows: QuerySet[Entry]) -> list[EntryView]:
    return [_view(row.index, bytes(row.body), bytes(row.leaf_hash)) for row in rows]


def _view(index: int | None, body: bytes, leaf_hash: bytes) -> EntryView:
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


def _prove(index: int, leaf_hash: bytes, checkpoint: CheckpointView) -> InclusionProof:
    size, root = checkpoint.size, checkpoint.root
    path = merkle.inclusion_path(index, size, TileReader().subtree)
    if not merkle.inclusion_holds(leaf_hash, index, size, path=path, root=root):
        raise LedgerCorrupt(f"entry {index} cannot be proved")
    return InclusionProof(index, size, leaf_hash, path, root, checkpoint.note)


def _oldest_inbox_at() -> datetime | None:
    oldest = InboxEntry.objects.order_by("arrival").first()
    if oldest is None:
        return None
    return _view(None, bytes(oldest.body), bytes(oldest.leaf_hash)).at


def _standing_alarms(checkpoint: CheckpointView | None) -> tuple[str, ...]:
    rows = Alarm.objects.order_by("id")
    if checkpoint is not None:
        rows = rows.filter(raised_at__gt=checkpoint.signed_at)
    return tuple(dict.fromkeys(rows.values_list("kind", flat=True)))
