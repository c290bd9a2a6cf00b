"""Verification of pruned blocks: what is said to be gone is gone, on two people's word.

Promises that a block is believed to be pruned only if entries of the log say so, and
that no entry which is still served escapes being read. Will not vouch for the ids kept
of pruned entries: leaf hashes are under the tree, and of ids only the bytes that went
said whose they were. What can be checked is that none is used again.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.db import connection

from audit import offline
from audit.events import EventType
from audit.models import Entry, PrunedBlock
from audit.offline.canonical import read_canonical
from audit.verification.report import Findings

PRUNED: Final = "pruned"
ACTION: Final = "pruning"
# Readers are served from one table and blocks are read from the other.
_STILL_THERE: Final = """
SELECT index FROM audit_prunedblock AS block JOIN audit_entry
    ON index >= block.first_index AND index < block.end_index
ORDER BY index LIMIT 100
"""
_OUTSIDE: Final = """
SELECT index FROM audit_prunedentry AS entry WHERE NOT EXISTS (
    SELECT FROM audit_prunedblock AS block
    WHERE entry.index >= block.first_index AND entry.index < block.end_index
) LIMIT 100
"""
_USED_AGAIN: Final = """
SELECT pruned.index FROM audit_prunedentry AS pruned WHERE EXISTS (
    SELECT FROM audit_entry WHERE audit_entry.entry_id = pruned.entry_id
) OR EXISTS (
    SELECT FROM audit_prunedentry AS earlier
    WHERE earlier.entry_id = pruned.entry_id AND earlier.index < pruned.index
) ORDER BY pruned.index LIMIT 100
"""
_ROWS: Final = {
    "an entry of a pruned block is still there": _STILL_THERE,
    "a pruned entry lies in no pruned block": _OUTSIDE,
    "the id of a pruned entry is used twice": _USED_AGAIN,
}


def check_pruned(findings: Findings) -> None:
    """Each pruned block is empty, and sequenced entries say who agreed that it goes.

    One that still waits in the inbox counts for nothing: nobody has signed it.
    """
    for message, statement in _ROWS.items():
        for index in _indices(statement):
            findings.fail(PRUNED, index, message)
    blocks = PrunedBlock.objects.order_by("first_index")
    told = _told() if blocks.exists() else set()
    for block in blocks:
        said = (block.first_index, block.end_index, str(block.authorization_id))
        if said not in told:
            message = "no entry says that two people had this block pruned"
            findings.fail(PRUNED, block.first_index, message)


def _told() -> set[tuple[int, int, str]]:
    """First index, end and authorization of the blocks that the log says are pruned."""
    agreed = set(_agreed())
    return {
        (fields["first_index"], fields["last_index"] + 1, fields["authorization_id"])
        for fields in _fields(EventType.BLOCK_PRUNED)
        if _is_block(fields) and _agreement(fields, fields["first_index"]) in agreed
    }


def _agreed() -> Iterator[tuple[str, ...]]:
    for fields in _fields(EventType.AUTHORIZATION_EXECUTED):
        match fields:
            case {"action": str(action), "scope": [["first_index", str(first)]]} if (
                action == ACTION
            ):
                yield _agreement(fields, first)


def _agreement(fields: Mapping[str, Any], first: object) -> tuple[str, ...]:
    names = ("authorization_id", "requested_by", "approved_by")
    return (*(str(fields.get(name)) for name in names), str(first))


def _is_block(fields: Mapping[str, Any]) -> bool:
    people = {fields.get("requested_by"), fields.get("approved_by")}
    match fields:
        case {
            "first_index": int(),
            "last_index": int(),
            "authorization_id": str(),
        } if len(people) > 1:
            return all(people)
    return False


def _fields(event_type: EventType) -> Iterator[Mapping[str, Any]]:
    rows = Entry.objects.filter(type=event_type.value).order_by("index")
    for body in rows.values_list("body", flat=True).iterator():
        try:
            fields = read_canonical(bytes(body)).get("fields")
        except offline.Rejected:
            continue  # the check of the entry names it
        if isinstance(fields, dict):
            yield fields


def _indices(statement: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [index for (index,) in cursor.fetchall()]
