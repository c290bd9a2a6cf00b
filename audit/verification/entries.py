"""Verification, entry by entry: index, bytes, derived columns, payload and key."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from audit import offline
from audit.events import EVENT_CLASSES, EventType
from audit.models import DataKey, Entry, Payload
from audit.verification.report import Findings

KEYS: Final = "keys"
MEMBERS: Final = {"schema", "id", "type", "at", "actor", "fields", "nonce"}
SCHEMA: Final = "clinrag.entry/1"


@dataclass(slots=True)
class EntryChecks:
    """Goes through the log in order, a page at a time."""

    findings: Findings
    expected_index: int = 0
    _seen: set[bytes] = field(default_factory=set)

    def check_page(self, page: Sequence[Entry]) -> None:
        sealed: dict[UUID, tuple[int, str]] = {}
        for row in page:
            self._check_index(row.index)
            document = self._check_bytes(row)
            if document is not None:
                self._check_columns(row, document)
                sealed |= self._sealed(row, document)
        self._check_payloads(sealed)

    def _check_index(self, index: int) -> None:
        self.findings.count("index")
        if index != self.expected_index:
            missing = f"entries {self.expected_index} to {index - 1} are missing"
            self.findings.fail("index", self.expected_index, missing)
        self.expected_index = index + 1

    def _check_bytes(self, row: Entry) -> dict[str, Any] | None:
        """The entry as read from its bytes, or None if they are no entry."""
        body = bytes(row.body)
        self.findings.count("leaf")
        if offline.hash_leaf(body) != bytes(row.leaf_hash):
            self.findings.fail("leaf", row.index, "the bytes do not give the leaf hash")
        self.findings.count("entry")
        try:
            document = offline.read_canonical(body)
        except offline.Rejected as rejection:
            self.findings.fail("entry", row.index, str(rejection))
            return None
        problem = _problem(document)
        if problem:
            self.findings.fail("entry", row.index, problem)
            return None
        return document

    def _check_columns(self, row: Entry, document: dict[str, Any]) -> None:
        found = (str(row.entry_id), row.type, row.at, row.actor_id, row.query_id)
        if found != _columns(document):
            message = "the columns for searching differ from the bytes"
            self.findings.fail("entry", row.index, message)
        if row.entry_id.bytes in self._seen:
            self.findings.fail("entry", row.index, "the id has been used before")
        self._seen.add(row.entry_id.bytes)

    def _sealed(
        self, row: Entry, document: dict[str, Any]
    ) -> dict[UUID, tuple[int, str]]:
        sealed = document.get("sealed")
        if sealed is None:
            return {}
        return {UUID(document["id"]): (row.index, str(sealed["ct_hash"]))}

    def _check_payloads(self, sealed: dict[UUID, tuple[int, str]]) -> None:
        """Each ciphertext is the one committed to, and its key exists or has ended."""
        payloads = Payload.objects.in_bulk(list(sealed))
        key_ids = [payload.key_id for payload in payloads.values()]
        keys = DataKey.objects.using(KEYS).in_bulk(key_ids)
        for entry_id, (index, ct_hash) in sealed.items():
            payload = payloads.get(entry_id)
            self.findings.count("payload")
            if payload is None:
                self.findings.fail("payload", index, "the sealed content is missing")
                continue
            if sha256(bytes(payload.ciphertext)).hexdigest() != ct_hash:
                self.findings.fail("payload", index, "the sealed content was changed")
            self._check_key(keys.get(payload.key_id), index)

    def _check_key(self, key: DataKey | None, index: int) -> None:
        self.findings.count("key")
        if key is None:
            self.findings.fail("key", index, "the key of the sealed content is lost")
        elif key.wrapped is None and key.destroyed_at is None:
            self.findings.fail("key", index, "the key is empty but was not destroyed")


def _problem(document: dict[str, Any]) -> str | None:
    """Why this is no entry; None if it is one."""
    if document.keys() - {"sealed"} != MEMBERS or document["schema"] != SCHEMA:
        return "not an entry"
    try:
        at = datetime.fromisoformat(document["at"])
        unknown = document["fields"].keys() - _field_names(document["type"])
        UUID(document["id"])
        _columns(document)
    except (ValueError, TypeError, KeyError, AttributeError):
        return "malformed"
    if unknown or at.tzinfo is None:
        return "fields that this kind of entry does not have"
    return None


@cache
def _field_names(event_type: str) -> frozenset[str]:
    """Raises ValueError for an unknown type."""
    event_class = EVENT_CLASSES[EventType(event_type)]
    return frozenset(part.name for part in fields(event_class))


def _columns(document: dict[str, Any]) -> tuple[object, ...]:
    query_id = document["fields"].get("query_entry_id")
    return (
        document["id"],
        document["type"],
        datetime.fromisoformat(document["at"]),
        document["actor"]["id"],
        None if query_id is None else UUID(query_id),
    )
