"""Retention: how long each class of content is kept, and dropping what may go.

Promises that a block of entries goes only on the word of two people, when it is whole
and signed, when the latest of all floors has passed for everything in it, and when no
hold can touch it; the function in the database checks all of that by its own clock.
What goes are the bytes of entries and their payloads; ids and leaf hashes stay, so the
tree is what it was and every receipt still verifies. A block with entries about the log
itself (keys, shards) stays: verification reads those for ever. Which law applies is for
the deployment to say: floors are data, and can only be added.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from django.db import Error, connection, transaction

from audit import ledger
from audit.actors import Actor, ActorKind
from audit.custody import authorizations, holds
from audit.custody.authorizations import Action, AuthorizationView
from audit.custody.errors import BlockNotPrunable, FloorInvalid
from audit.errors import DeciderIsNotAPerson
from audit.events import BlockPruned, RetentionFloorSet
from audit.identifiers import new_id
from audit.models import PrunedBlock, RetentionFloor

EVERY_CLASS: Final = "*"
# What payloads are sealed under; a floor for any other class would keep nothing.
CLASSES: Final = (EVERY_CLASS, ledger.RETENTION_CLASS)
DEFAULT_YEARS: Final = 10
LONGEST_YEARS: Final = 200

_BLOCKS: Final = "SELECT first_index, end_index FROM audit_entry_partitions()"
_PRUNE: Final = "SELECT * FROM audit_prune(%s, %s)"


@dataclass(frozen=True, slots=True)
class Floor:
    """So many years at the least, from when the entry was written."""

    retention_class: str
    source: str
    years: int
    applies_from: date


# Orientation, not legal advice; the function in the database has the ten years too.
BUILT_IN: Final = (
    Floor(EVERY_CLASS, "ASTM E2147-18, at least ten years", 10, date(2018, 1, 1)),
    Floor(EVERY_CLASS, "HIPAA 45 CFR 164.316(b)(2)(i)", 6, date(2003, 4, 14)),
)


@dataclass(frozen=True, slots=True)
class Pruned:
    """A block whose bytes are gone; `end_index` is exclusive."""

    first_index: int
    end_index: int
    kept_until: datetime
    payload_partitions: tuple[str, ...]


def set_floor(floor: Floor, *, by: Actor, at: datetime) -> UUID:
    """Keep a class (or `*`, every class) for longer; one person may.

    Raises DeciderIsNotAPerson, FloorInvalid, or what the ledger raises.
    """
    if by.kind is not ActorKind.PERSON:
        raise DeciderIsNotAPerson
    if not 0 < floor.years <= LONGEST_YEARS or not floor.source.strip():
        raise FloorInvalid
    if floor.retention_class not in CLASSES:
        raise FloorInvalid
    floor_id = new_id(at)
    event = RetentionFloorSet(
        floor_id=str(floor_id),
        retention_class=floor.retention_class,
        source=floor.source,
        years=floor.years,
        applies_from=floor.applies_from.isoformat(),
    )
    with transaction.atomic():
        receipt = ledger.append(event, by=by, at=at)
        RetentionFloor.objects.create(
            id=floor_id,
            retention_class=floor.retention_class,
            source=floor.source,
            years=floor.years,
            applies_from=floor.applies_from,
            set_at=at,
            entry_id=receipt.entry_id,
        )
    return floor_id


def floors() -> list[Floor]:
    """Those built in and those added, the longest first."""
    rows = RetentionFloor.objects.all()
    added = [
        Floor(row.retention_class, row.source, row.years, row.applies_from)
        for row in rows
    ]
    return sorted([*BUILT_IN, *added], key=lambda floor: -floor.years)


def years_of(retention_class: str, *, on: date) -> int:
    """The latest of all floors that apply on that day."""
    return max(
        floor.years
        for floor in floors()
        if floor.retention_class in (EVERY_CLASS, retention_class)
        and floor.applies_from <= on
    )


def request_pruning(
    first_index: int, *, reason: str, by: Actor, at: datetime
) -> AuthorizationView:
    """Ask a second person to agree that the block from this index on is dropped."""
    return authorizations.request(
        Action.PRUNING, scope=_scope(first_index), reason=reason, by=by, at=at
    )


def prune(
    first_index: int, *, authorization_id: UUID, by: Actor, at: datetime
) -> Pruned:
    """Drop the bytes of one block of entries, and of payloads that are all dropped.

    Raises NotAuthorized; BlockNotPrunable, and then the authorization is still good.
    """
    with transaction.atomic(durable=True):
        holds.lock()
        authority = authorizations.claim(
            authorization_id,
            action=Action.PRUNING,
            scope=_scope(first_index),
            by=by,
            at=at,
        )
        pruned = _prune(first_index, authorization_id)
        event = BlockPruned(
            first_index=first_index,
            last_index=pruned.end_index - 1,
            authorization_id=str(authorization_id),
            requested_by=authority.requested_by.id,
            approved_by=authority.decided_by.id if authority.decided_by else "",
            kept_until=pruned.kept_until.astimezone(UTC).isoformat(),
            payload_partitions=pruned.payload_partitions,
        )
        ledger.append(event, by=by, at=at)
    return pruned


def blocks() -> list[tuple[int, int]]:
    """The blocks that still have their bytes: first index, and end (exclusive)."""
    with connection.cursor() as cursor:
        cursor.execute(_BLOCKS)
        return [(int(first), int(end)) for first, end in cursor.fetchall()]


def pruned_blocks() -> list[tuple[int, int]]:
    """The blocks whose bytes are gone, in order."""
    rows = PrunedBlock.objects.order_by("first_index")
    return list(rows.values_list("first_index", "end_index"))


def _scope(first_index: int) -> dict[str, str]:
    return {"first_index": str(first_index)}


def _prune(first_index: int, authorization_id: UUID) -> Pruned:
    try:
        with connection.cursor() as cursor:
            cursor.execute(_PRUNE, [first_index, authorization_id])
            end_index, kept_until, partitions = cursor.fetchone()
    except Error as error:
        reason = str(error).partition("\n")[0]
    else:
        return Pruned(first_index, end_index, kept_until, tuple(partitions))
    raise BlockNotPrunable(reason)
