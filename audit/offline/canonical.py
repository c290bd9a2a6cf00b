"""Entries: canonical JSON (RFC 8785, restricted), and the members each one has."""

import json
from typing import Any, Final

from audit.offline.problems import Rejected

SCHEMA: Final = "clinrag.entry/1"
MEMBERS: Final = frozenset({"schema", "id", "type", "at", "actor", "fields", "nonce"})
MAX_DEPTH: Final = 32
_TEXTS: Final = ("schema", "id", "type", "at", "nonce")


def read_canonical(data: bytes) -> dict[str, Any]:
    """Read an entry. Raises Rejected unless its bytes are canonical (RFC 8785).

    Of numbers only integers below 2^53 are allowed, of keys only ASCII ones.
    """
    try:
        value = json.loads(data.decode())
        again = write_canonical(value)
        _check_plain(value, 0)
    except (ValueError, RecursionError) as error:
        raise Rejected(
            "the entry is not JSON of the allowed kind", code="entry_not_json"
        ) from error
    if again != data or not isinstance(value, dict):
        raise Rejected("the entry is not in canonical form", code="entry_not_canonical")
    return value


def write_canonical(value: object) -> bytes:
    """The bytes of what was read from an entry. Raises ValueError or RecursionError."""
    return json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    ).encode()


def _check_plain(value: object, depth: int) -> None:
    """Raise ValueError for what JSON can say and an entry may not."""
    if depth > MAX_DEPTH and not isinstance(value, str | bool | None):
        raise ValueError
    if isinstance(value, dict):
        if not all(key.isascii() and "\x00" not in key for key in value):
            raise ValueError
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _check_plain(item, depth + 1)
    elif (
        isinstance(value, float)
        or (isinstance(value, int) and abs(value) >= 2**53)
        or (isinstance(value, str) and "\x00" in value)
    ):
        raise ValueError


def read_entry(data: bytes) -> dict[str, Any]:
    """Read an entry and its known members; raises Rejected."""
    entry = read_canonical(data)
    known = entry.keys() - {"sealed"} == MEMBERS and entry["schema"] == SCHEMA
    if not known or not all(isinstance(entry[name], str) for name in _TEXTS):
        raise Rejected("this is no entry", code="entry_unknown_members")
    if not isinstance(entry["fields"], dict) or not isinstance(entry["actor"], dict):
        raise Rejected("this is no entry", code="entry_unknown_members")
    return entry
