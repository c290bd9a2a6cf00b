"""Verification, entry by entry: index, bytes, derived columns, payload and key."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints
from uuid import UUID

from audit import offline
from audit.events import EVENT_CLASSES, EventType
from audit.models import DataKey, Payload, PrunedEntry
from audit.verification.canonical import read_canonical
from audit.verification.reading import Row
from audit.verification.report import Findings

KEYS: Final = "keys"
MEMBERS: Final = frozenset({"schema", "id", "type", "at", "actor", "fields", "nonce"})
SCHEMA: Final = "clinrag.entry/1"
PAYLOADS_AT_ONCE: Final = 64
_OPTIONAL: Final = frozenset({"sealed"})
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Sealed = dict[UUID, tuple[int, str]]


class _NoEntry(Exception):
    """The bytes are canonical, and no entry."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """The fields that a kind of entry must have, and what each that it has may be."""

    required: frozenset[str]
    types: Mapping[str, frozenset[type]]


@dataclass(slots=True)
class EntryChecks:
    """Goes through the log in order, a page at a time."""

    findings: Findings
    expected_index: int = 0

    def check_page(self, page: Sequence[Row]) -> list[bytes]:
        """Check entries and what is sealed beside them; their leaf hashes."""
        whole = sum(row.body is not None for row in page)
        for layer, count in (("index", len(page)), ("leaf", whole), ("entry", whole)):
            self.findings.count(layer, count)
        self.findings.count("pruned", len(page) - whole)
        sealed: Sealed = {}
        leaf_hashes = [self._check_entry(row, sealed) for row in page]
        self._check_payloads(sealed)
        return leaf_hashes

    def expect(self, end: int, message: str) -> None:
        """Fail unless the entries read so far end here."""
        if self.expected_index != end:
            self.findings.fail("index", self.expected_index, message)

    def _check_entry(self, row: Row, sealed: Sealed) -> bytes:
        if row.position != self.expected_index:
            missing = f"entries {self.expected_index} to {row.position - 1} are missing"
            self.findings.fail("index", self.expected_index, missing)
        self.expected_index = row.position + 1
        if row.body is None:
            return row.leaf_hash
        leaf_hash = sha256(b"\x00" + row.body).digest()
        if leaf_hash != row.leaf_hash:
            self.findings.fail(
                "leaf", row.position, "the bytes do not give the leaf hash"
            )
        document = self._read(row)
        if document is not None and "sealed" in document:
            ct_hash = str(document["sealed"]["ct_hash"])
            sealed[UUID(document["id"])] = (row.position, ct_hash)
        return leaf_hash

    def _read(self, row: Row) -> dict[str, Any] | None:
        """The entry as read from its bytes, or None if they are no entry."""
        try:
            document = read_canonical(row.body or b"")
            described = _columns(document)
        except (offline.Rejected, _NoEntry) as refusal:
            self.findings.fail("entry", row.position, str(refusal))
            return None
        except (ValueError, TypeError, KeyError, AttributeError):
            self.findings.fail("entry", row.position, "malformed")
            return None
        if described != (row.entry_id, row.type, row.at, row.actor_id, row.query_id):
            message = "the columns for searching differ from the bytes"
            self.findings.fail("entry", row.position, message)
        return document

    def _check_payloads(self, sealed: Sealed) -> None:
        """Each ciphertext is the one committed to, and its key exists or has ended.

        A key has the id of its entry: what a payload's row names is under no hash.
        """
        wanted = list(sealed)
        self.findings.count("payload", len(wanted))
        for at in range(0, len(wanted), PAYLOADS_AT_ONCE):
            self._check_some(
                {one: sealed[one] for one in wanted[at : at + PAYLOADS_AT_ONCE]}
            )

    def _check_some(self, sealed: Sealed) -> None:
        payloads = Payload.objects.in_bulk(list(sealed))
        keys = DataKey.objects.using(KEYS).in_bulk(list(sealed))
        for entry_id, (index, ct_hash) in sealed.items():
            payload = payloads.get(entry_id)
            if payload is None:
                self._check_pruned_meanwhile(entry_id, index)
                continue
            if sha256(payload.ciphertext).hexdigest() != ct_hash:
                self.findings.fail("payload", index, "the sealed content was changed")
            if payload.key_id != entry_id:
                self.findings.fail("key", index, "another entry's key is named")
            self._check_key(keys.get(entry_id), index)

    def _check_pruned_meanwhile(self, entry_id: UUID, index: int) -> None:
        """Payloads go with the blocks of their entries; one may since it was read."""
        if not PrunedEntry.objects.filter(entry_id=entry_id, index=index).exists():
            self.findings.fail("payload", index, "the sealed content is missing")

    def _check_key(self, key: DataKey | None, index: int) -> None:
        self.findings.count("key")
        if key is None:
            self.findings.fail("key", index, "the key of the sealed content is lost")
        elif key.wrapped is None and key.destroyed_at is None:
            self.findings.fail("key", index, "the key is empty but was not destroyed")


def _columns(document: dict[str, Any]) -> tuple[object, ...]:
    """What the columns for searching should hold.

    Raises _NoEntry, or what Python raises, for what is no entry of a known type.
    """
    if document.keys() - _OPTIONAL != MEMBERS or document["schema"] != SCHEMA:
        raise _NoEntry("not an entry")
    members, at = document["fields"], datetime.fromisoformat(document["at"])
    if at.tzinfo is None or not _has_shape(members, _shape(document["type"])):
        raise _NoEntry("fields that this kind of entry does not have")
    if "sealed" in document and type(document["sealed"]["ct_hash"]) is not str:
        raise _NoEntry("malformed")
    entry_id, query_id = document["id"], members.get("query_entry_id")
    is_named = _ID.fullmatch(entry_id) and (query_id is None or _ID.fullmatch(query_id))
    if not is_named:
        raise _NoEntry("malformed")
    return entry_id, document["type"], at, document["actor"]["id"], query_id


def _has_shape(members: dict[str, Any], shape: _Shape) -> bool:
    if not shape.required <= members.keys() <= shape.types.keys():
        return False
    return all(type(value) in shape.types[name] for name, value in members.items())


@cache
def _shape(event_type: str) -> _Shape:
    """Raises ValueError for an unknown type."""
    event_class = EVENT_CLASSES[EventType(event_type)]
    hints, parts = get_type_hints(event_class), fields(event_class)
    return _Shape(
        frozenset(part.name for part in parts if part.default is MISSING),
        {part.name: frozenset(_types(hints[part.name])) for part in parts},
    )


def _types(hint: Any) -> Iterator[type]:
    """As what JSON gives back a value of this type, not looking into lists."""
    if get_origin(hint) is UnionType:
        for one in get_args(hint):
            yield from _types(one)
    elif get_origin(hint) is tuple:
        yield list
    else:
        yield dict if is_dataclass(hint) else hint
