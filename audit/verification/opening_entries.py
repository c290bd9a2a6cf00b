"""Verification's reading of the entries that open shards: what counts is what they say.

The table of shards is the sequencer's copy of them, which whoever has the database can
write. Promises values as an entry has them, and nothing about whether they are true.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from audit import offline
from audit.models import Entry
from audit.offline.canonical import read_canonical
from audit.offline.keychain import OPENING, digest_of_rest

OPENED: Final = "log.shard_opened"


def read_fields(body: bytes) -> Mapping[str, Any]:
    """The fields of an entry; none if its bytes are no entry."""
    try:
        fields = read_canonical(body).get("fields")
    except offline.Rejected:
        return {}
    return fields if isinstance(fields, dict) else {}


def read_opening(index: int) -> Mapping[str, Any]:
    """What the entry at a shard's first index says; nothing if it opens none."""
    row = Entry.objects.filter(index=index, type=OPENED).first()
    return {} if row is None else read_fields(bytes(row.body))


def handover_text(opening: Mapping[str, Any]) -> str:
    """What the keys must have signed together for an opening that says this."""
    names = ("origin", "shard", "first_index", "vkey")
    digest = sha256(str(opening.get("predecessor_note")).encode()).hexdigest()
    lines = (OPENING, *map(opening.get, names), digest, digest_of_rest(opening))
    return "".join(f"{line}\n" for line in lines)
