"""Verification of pruned blocks: what is said to be gone is gone, on two people's word.

Promises that a block is believed to be pruned only if entries of the log say so, or
for a quarter of an hour those that wait to be in it, and that no entry which is still
served escapes being read. Will not vouch for the ids kept
of pruned entries: leaf hashes are under the tree, and of ids only the bytes that went
said whose they were. What can be checked is that none is used again.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from audit import offline
from audit.events import EventType
from audit.models import PrunedBlock
from audit.offline.canonical import read_canonical
from audit.verification.report import Findings

PRUNED: Final = "pruned"
ACTION: Final = "pruning"
# Block and entries commit together, and then the sequencer is a moment behind. Who
# declares a block to be pruned has to let that into the log, where it stays.
SEQUENCED_WITHIN: Final = timedelta(minutes=15)
# In one statement: between two an entry may move from the one table to the other.
_SAID: Final = """
SELECT true, body FROM audit_entry WHERE type = %(type)s
UNION ALL
SELECT false, body FROM audit_inboxentry WHERE (audit_describe(body)).type = %(type)s
"""
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


def check_pruned(findings: Findings, *, at: datetime) -> None:
    """Each pruned block is empty, and entries say who agreed that it goes.

    One that waits in the inbox counts only while it is young: nobody has signed it.
    """
    for message, statement in _ROWS.items():
        for index in _indices(statement):
            findings.fail(PRUNED, index, message)
    # Before what is told of them: a pruning may commit meanwhile.
    blocks = list(PrunedBlock.objects.order_by("first_index"))
    told = _told(at) if blocks else set()
    for block in blocks:
        said = (block.first_index, block.end_index, str(block.authorization_id))
        if said not in told:
            message = "no entry says that two people had this block pruned"
            findings.fail(PRUNED, block.first_index, message)


def _told(at: datetime) -> set[tuple[int, int, str]]:
    """First index, end and authorization of the blocks that are said to be pruned."""
    agreed = set(_agreed(at))
    return {
        (fields["first_index"], fields["last_index"] + 1, fields["authorization_id"])
        for fields in _fields(EventType.BLOCK_PRUNED, at)
        if _is_block(fields) and _agreement(fields, fields["first_index"]) in agreed
    }


def _agreed(at: datetime) -> Iterator[tuple[str, ...]]:
    for fields in _fields(EventType.AUTHORIZATION_EXECUTED, at):
        match fields:
            case {"action": str(action), "scope": [["first_index", str(first)]]} if (
                action == ACTION
            ):
                yield _agreement(fields, first)


def _agreement(fields: Mapping[str, Any], first: object) -> tuple[str, ...]:
    names = ("authorization_id", "requested_by", "approved_by")
    return (*(str(fields.get(name)) for name in names), str(first))


def _is_block(fields: Mapping[str, Any]) -> bool:
    people = {str(fields.get(name) or "") for name in ("requested_by", "approved_by")}
    match fields:
        case {
            "first_index": int(),
            "last_index": int(),
            "authorization_id": str(),
        } if len(people) > 1:
            return all(people)
    return False


def _fields(event_type: EventType, at: datetime) -> Iterator[Mapping[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_SAID, {"type": event_type.value})
        for is_sequenced, body in cursor:
            try:
                document = read_canonical(bytes(body))
            except offline.Rejected:
                continue  # the check of the entry names it
            fields = document.get("fields")
            if isinstance(fields, dict) and (is_sequenced or _is_young(document, at)):
                yield fields


def _is_young(document: Mapping[str, Any], at: datetime) -> bool:
    """Whether an entry says that it was written just now; not that it will be."""
    try:
        waits = at - datetime.fromisoformat(str(document.get("at")))
    except (ValueError, TypeError):
        return False
    return abs(waits) <= SEQUENCED_WITHIN


def _indices(statement: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [index for (index,) in cursor.fetchall()]
