"""Writing an entry: the only door into the ledger.

Promises that the entry commits or rolls back together with the caller's transaction,
holds no sealed text, and has its canonical bytes fixed before it is stored. Gives no
index: the sequencer does, and only to what was committed. Trusts the caller about what
happened; an entry that was never written is found by no cryptography.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.db import Error, connections

from audit import canonical, merkle, sealing
from audit.actors import Actor
from audit.errors import (
    EntryInvalid,
    EntryTooLarge,
    LedgerUnavailable,
    NotInTransaction,
    QueryAlreadyClosed,
)
from audit.events import TERMINAL_TYPES, Event, ShardOpened, encode_fields
from audit.identifiers import new_id

DATABASE: Final = "default"
SCHEMA: Final = "clinrag.entry/1"
SIZE_LIMIT: Final = 64 * 1024
NONCE_SIZE: Final = 32
RETENTION_CLASS: Final = "answer"

_INSERT: Final = """
INSERT INTO audit_inboxentry (entry_id, body, leaf_hash) VALUES (%s, %s, %s)
"""
# Inserts nothing if the question is already closed; waits for a rival to decide.
_INSERT_TERMINAL: Final = """
WITH closed AS (
    INSERT INTO audit_closedquery (query_id, entry_id) VALUES (%s, %s)
    ON CONFLICT DO NOTHING RETURNING entry_id
)
INSERT INTO audit_inboxentry (entry_id, body, leaf_hash)
SELECT entry_id, %s::bytea, %s::bytea FROM closed
"""
# Before all that waits: it commits to the very end of the tree before it, and two for
# one shard exclude each other.
_INSERT_OPENING: Final = """
INSERT INTO audit_inboxentry (arrival, entry_id, body, leaf_hash)
VALUES (%s, %s, %s, %s)
"""
# With what is sealed beside it, under the key that has the entry's id.
_INSERT_SEALED: Final = """
WITH entry AS (
    INSERT INTO audit_inboxentry (entry_id, body, leaf_hash) VALUES (%s, %s, %s)
    RETURNING entry_id
)
INSERT INTO audit_payload (entry_id, key_id, retention_class, ciphertext)
SELECT entry_id, entry_id, %s, %s::bytea FROM entry
"""
_INSERT_TERMINAL_SEALED: Final = """
WITH closed AS (
    INSERT INTO audit_closedquery (query_id, entry_id) VALUES (%s, %s)
    ON CONFLICT DO NOTHING RETURNING entry_id
), entry AS (
    INSERT INTO audit_inboxentry (entry_id, body, leaf_hash)
    SELECT entry_id, %s::bytea, %s::bytea FROM closed
    RETURNING entry_id
)
INSERT INTO audit_payload (entry_id, key_id, retention_class, ciphertext)
SELECT entry_id, entry_id, %s, %s::bytea FROM entry
"""
Row = tuple[UUID, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the writer keeps: it proves the entry once a checkpoint covers it."""

    entry_id: UUID
    leaf_hash: bytes
    recorded_at: datetime


def append(
    event: Event,
    *,
    by: Actor,
    at: datetime,
    sealed: Mapping[str, str] | None = None,
    subjects: Sequence[str] = (),
) -> Receipt:
    """Record that `event` happened, in the caller's transaction on `default`.

    `sealed` texts are encrypted beside the entry under a key that is committed first;
    it ends with the key of any of the `subjects`, whose references stand nowhere else.
    A terminal event closes its question. Raises NotInTransaction, EntryInvalid,
    EntryTooLarge, QueryAlreadyClosed, or LedgerUnavailable: then nothing may leave.
    """
    if not connections[DATABASE].in_atomic_block:
        raise NotInTransaction
    entry_id = new_id(at)
    document = _describe(event, entry_id, by=by, at=at)
    payload = _seal(document, entry_id, sealed, subjects) if sealed else None
    body = canonical.encode(document)
    if len(body) >= SIZE_LIMIT:
        raise EntryTooLarge
    leaf_hash = merkle.leaf_hash(body)
    _store(event, (entry_id, body, leaf_hash), payload)
    return Receipt(entry_id, leaf_hash, at)


def _describe(
    event: Event, entry_id: UUID, *, by: Actor, at: datetime
) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "id": str(entry_id),
        "type": event.type.value,
        "at": _timestamp(at),
        "actor": {
            "kind": by.kind.value,
            "id": by.id,
            "name": by.name,
            "method": by.method,
            "on_behalf_of": by.on_behalf_of,
        },
        "fields": encode_fields(event),
        # Without it a published hash could be guessed back to its content.
        "nonce": secrets.token_hex(NONCE_SIZE),
    }


def _timestamp(at: datetime) -> str:
    if at.tzinfo is None:
        raise EntryInvalid("a time without a zone")
    utc = at.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds") + "Z"


def _seal(
    document: dict[str, object],
    entry_id: UUID,
    texts: Mapping[str, str],
    subjects: Sequence[str],
) -> bytes:
    """Seal the texts, bound to the rest of the entry, and describe them in it."""
    bound_to = canonical.encode(document)
    data_key = sealing.create_data_key(
        entry_id, wrapped_by=sealing.key_wrapper(), subjects=subjects
    )
    sealed = sealing.seal(texts, key=data_key, bound_to=bound_to)
    document["sealed"] = sealed.describe()
    return sealed.ciphertext


def _store(event: Event, row: Row, payload: bytes | None) -> None:
    """Entry and payload in one statement: a question waits for it."""
    statement, values = _statement(event, row, payload)
    try:
        with connections[DATABASE].cursor() as cursor:
            cursor.execute(statement, values)
            inserted = cursor.rowcount
    except Error as error:
        raise LedgerUnavailable(type(error).__name__) from error
    if not inserted:
        raise QueryAlreadyClosed


def _statement(
    event: Event, row: Row, payload: bytes | None
) -> tuple[str, list[UUID | bytes | str | int]]:
    """What inserts the entry, and its payload if it has one."""
    beside: list[str | bytes] = []
    if payload is not None:
        beside = [RETENTION_CLASS, payload]
    if event.type in TERMINAL_TYPES:
        statement = _INSERT_TERMINAL_SEALED if beside else _INSERT_TERMINAL
        return statement, [_query_id(event), *row, *beside]
    if isinstance(event, ShardOpened):
        return _INSERT_OPENING, [-event.shard, *row]  # nothing is sealed beside it
    return _INSERT_SEALED if beside else _INSERT, [*row, *beside]


def _query_id(event: Event) -> UUID:
    try:
        return UUID(getattr(event, "query_entry_id", ""))
    except ValueError as error:
        raise EntryInvalid("query_entry_id") from error
