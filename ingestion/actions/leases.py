"""Leases on parts of work, each with a fencing token.

Promises: a part has one holder by the table; whoever commits shows the number of the
lease, and under an older one nothing is written, however long a worker was paused.
A dead worker is known at once, by the session lock that ended with its connection; a
paused one when its time is over. Starts are counted and committed before the work
begins; progress, and coming back, ends the count. Time is the database's: hosts need
not agree on it. Will not: know what the work is, or send anything to a worker.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, connection
from django.db.models import F

from ingestion.errors import LeaseLost, StageBusy
from ingestion.models import OPEN, DocumentVersion, PartState, Stage, WorkPart

# Longer than anything between two signs of life: a file of the largest kind is read
# within two minutes, a batch of vectors within seconds.
LEASE_SECONDS: Final = 180.0
MOST_ATTEMPTS: Final = 5

_TAKE: Final = """
UPDATE ingestion_workpart
SET state = 'leased', fence = fence + 1, attempts = attempts + 1, holder = %(holder)s,
    leased_until = clock_timestamp() + make_interval(secs => %(seconds)s),
    started_at = CASE WHEN done = 0 THEN clock_timestamp() ELSE started_at END
WHERE id = %(id)s AND (
    %(alone)s AND state IN ('waiting', 'leased')
    OR state = 'leased' AND leased_until < clock_timestamp()
)
RETURNING fence
"""
_RENEW: Final = """
UPDATE ingestion_workpart
SET leased_until = clock_timestamp() + make_interval(secs => %(seconds)s),
    attempts = 1, done = done + %(done)s
WHERE id = %(id)s AND fence = %(fence)s AND state = 'leased'
RETURNING fence
"""
_FINISH: Final = """
UPDATE ingestion_workpart
SET state = 'done', attempts = 0, holder = '', leased_until = NULL, done = total,
    finished_at = clock_timestamp(), result_sha256 = %(result)s
WHERE id = %(id)s AND fence = %(fence)s AND state = 'leased'
RETURNING fence
"""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write a part's results, for a while."""

    part_id: UUID
    fence: int


def open_part(
    version: DocumentVersion,
    *,
    stage: Stage,
    at: datetime,
    number: int = 0,
    places: tuple[int, int] = (0, 0),
    total: int = 1,
) -> WorkPart:
    """A part that is to be done, anew if it was done or stopped before."""
    part, is_new = WorkPart.objects.get_or_create(
        version=version,
        stage=stage,
        number=number,
        defaults={
            "first": places[0],
            "last": places[1],
            "total": total,
            "state": PartState.WAITING,
            "announced_at": at,
        },
    )
    if not is_new and part.state not in OPEN:
        again = {"first": places[0], "last": places[1], "total": total, "done": 0}
        _withdraw(
            part, state=PartState.WAITING, announced_at=at, failure_code="", **again
        )
    return part


def stop_parts(version: DocumentVersion) -> None:
    """End what is open of a version; who holds a part writes nothing any more."""
    for part in WorkPart.objects.filter(version=version, state__in=OPEN):
        stop_part(part)


def reopen_parts(version: DocumentVersion, *, stage: Stage, at: datetime) -> None:
    """Have done what was stopped of a stage; what is done of it stays done."""
    for part in WorkPart.objects.filter(
        version=version, stage=stage, state=PartState.CANCELLED
    ):
        _withdraw(part, state=PartState.WAITING, announced_at=at, done=0)


def stop_part(part: WorkPart) -> None:
    """Take a part from whoever holds it."""
    _withdraw(part, state=PartState.CANCELLED)


def fail_part(part: WorkPart, *, code: str) -> None:
    """Take a part from whoever holds it, for good unless it is opened again."""
    _withdraw(part, state=PartState.FAILED, failure_code=code)


def is_poison(part: WorkPart) -> bool:
    """Whether it was begun in vain so often that nobody should begin it again."""
    return part.attempts >= MOST_ATTEMPTS


@contextmanager
def leased(part: WorkPart, *, seconds: float | None = None) -> Iterator[Lease]:
    """Hold the part; raises `StageBusy` while another does.

    Left without `finish` it waits for the next; left by an exception too, and that
    start does not count, since its worker came back.
    """
    with _sign_of_life(part.id) as alone:
        lease = _take(part, alone=alone, seconds=seconds or LEASE_SECONDS)
        try:
            yield lease
        except Exception:
            with suppress(DatabaseError):  # no connection: the start stays counted
                _give_back(lease, attempts=F("attempts") - 1)
            raise
        _give_back(lease, attempts=0)


def guard(lease: Lease) -> None:
    """Lock the part for this transaction, as the last lock; raises `LeaseLost`."""
    part = WorkPart.objects.select_for_update(no_key=True).filter(
        pk=lease.part_id, fence=lease.fence, state=PartState.LEASED
    )
    if not part.values_list("pk", flat=True):
        raise LeaseLost


def renew(lease: Lease, *, done: int) -> None:
    """Count progress and hold on; within a transaction it guards it.

    Raises `LeaseLost`.
    """
    _write(_RENEW, lease, done=done, seconds=LEASE_SECONDS)


def finish(lease: Lease, *, result: str = "") -> None:
    """Close the part, in the transaction that writes its results.

    Raises `LeaseLost`.
    """
    _write(_FINISH, lease, result=result)


def is_abandoned(part: WorkPart) -> bool:
    """Whether its holder's connection is gone; true until commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_key(part.id)])
        return bool(cursor.fetchone()[0])


@contextmanager
def _sign_of_life(part_id: UUID) -> Iterator[bool]:
    """Hold the part's session lock, if nobody else does; it ends with the connection.

    It needs a connection that stays the same between statements: a pooler in
    transaction mode would make the living look dead, which costs work, not truth.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_key(part_id)])
        alone = bool(cursor.fetchone()[0])
    try:
        yield alone
    finally:
        if alone:
            with suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_key(part_id)])


def _take(part: WorkPart, *, alone: bool, seconds: float) -> Lease:
    """Take what is free, and nothing that still has somebody's session lock.

    What is given back keeps that lock for a moment: whoever took it then would hold it
    without a sign of life of their own, and lose it to the next.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            {
                "id": part.id,
                "alone": alone,
                "holder": f"{socket.gethostname()[:100]}:{os.getpid()}",
                "seconds": seconds,
            },
        )
        row = cursor.fetchone()
    if row is None:
        raise StageBusy
    return Lease(part.id, row[0])


def _write(sql: str, lease: Lease, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"id": lease.part_id, "fence": lease.fence, **values})
        if cursor.fetchone() is None:
            raise LeaseLost


def _give_back(lease: Lease, **changes: Any) -> None:
    """Nothing happens to a part that is finished or somebody else's."""
    WorkPart.objects.filter(
        pk=lease.part_id, fence=lease.fence, state=PartState.LEASED
    ).update(state=PartState.WAITING, holder="", leased_until=None, **changes)


def _withdraw(part: WorkPart, **changes: Any) -> None:
    WorkPart.objects.filter(pk=part.pk).update(
        fence=F("fence") + 1, attempts=0, holder="", leased_until=None, **changes
    )
    part.refresh_from_db()


def _key(part_id: UUID) -> int:
    return int.from_bytes(part_id.bytes[:8], signed=True)
