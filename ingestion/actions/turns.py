"""Whose turn it is to look at a source, when the next look is due, and its record.

Promises: one look at a time, by a lease with a fencing token; a look that was overtaken
writes nothing. What fails is tried again ever later, up to a day; looks are spread, so
that sources added together are not looked at together. The lease's time, and how long
a look took, are the database's: hosts need not agree on it.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from audit.actors import Actor, ActorKind
from ingestion.actions.owner_tasks import ask_about_failing, settle
from ingestion.errors import LeaseLost
from ingestion.models import CheckOutcome, Source, SourceCheck, TaskKind

LEASE_SECONDS: Final = 660  # longer than a task may run
LONGEST_DELAY: Final = timedelta(days=1)
SPREAD: Final = 0.1
ASKED_AFTER: Final = 3  # failures in a row

_TAKE: Final = """
UPDATE ingestion_source
SET fence = fence + 1,
    leased_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(id)s AND NOT is_paused AND next_check_at <= %(at)s
    AND (leased_until IS NULL OR leased_until < clock_timestamp())
RETURNING fence, clock_timestamp()
"""
_TOOK: Final = "SELECT clock_timestamp() - %s"


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to write what a look at this source finds."""

    source: Source
    fence: int
    at: datetime
    begun: datetime  # by the database's clock

    @property
    def actor(self) -> Actor:
        """The source, as the author of what it brings."""
        return actor_of(self.source)


@dataclass(slots=True)
class Tally:
    """What a look found, while it is going on."""

    seen: int = 0
    drafted: int = 0
    moved: int = 0
    missing: int = 0
    returned: int = 0
    refused: int = 0

    @property
    def changed(self) -> bool:
        return bool(self.drafted or self.moved or self.missing or self.returned)


def actor_of(source: Source) -> Actor:
    """Nobody stands behind it: a second person still has to approve."""
    return Actor(
        kind=ActorKind.SYSTEM,
        id=f"source:{source.id}",
        name=source.name,
        method="task",
    )


def take_turn(source_id: UUID, *, at: datetime) -> Turn | None:
    """None if it is paused, not due, not there, or somebody is at it."""
    values: dict[str, Any] = {"id": source_id, "seconds": LEASE_SECONDS, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        taken = cursor.fetchone()
    if taken is None:
        return None
    rows = Source.objects.select_related("collection", "document")
    return Turn(rows.get(pk=source_id), taken[0], at, begun=taken[1])


@contextmanager
def writing(turn: Turn) -> Iterator[Source]:
    """One transaction of this turn, with the source as it is set by now.

    Raises `LeaseLost` once another has begun.
    """
    with transaction.atomic():
        rows = Source.objects.select_for_update(no_key=True)
        source = rows.filter(pk=turn.source.pk, fence=turn.fence).first()
        if source is None:
            raise LeaseLost
        yield source


def end_turn(
    turn: Turn,
    tally: Tally,
    *,
    code: str,
    is_failure: bool,
    is_unfinished: bool = False,
) -> SourceCheck:
    """Record the look and say when the next is due. Raises `LeaseLost`.

    That is by the interval as it is set by now; a look that somebody asked for while
    this one went on stays due.
    """
    at = turn.at
    outcome = CheckOutcome.CHANGED if tally.changed else CheckOutcome.UNCHANGED
    with writing(turn) as source:
        source.failures = source.failures + 1 if is_failure else 0
        source.checked_at, source.leased_until = at, None
        if source.next_check_at == turn.source.next_check_at:
            source.next_check_at = at if is_unfinished else at + _delay(source, at=at)
        source.save(
            update_fields=["failures", "checked_at", "leased_until", "next_check_at"]
        )
        if source.failures >= ASKED_AFTER:
            ask_about_failing(source, at=at)
        elif not is_failure:
            settle(kind=TaskKind.FAILING, source=source, by=turn.actor, at=at)
        return SourceCheck.objects.create(
            source=source,
            started_at=at,
            finished_at=at + _took(turn),
            outcome=CheckOutcome.FAILED if is_failure else outcome,
            code=code,
            **asdict(tally),
        )


def _took(turn: Turn) -> timedelta:
    with connection.cursor() as cursor:
        cursor.execute(_TOOK, [turn.begun])
        took: timedelta = cursor.fetchone()[0]
    return took


def _delay(source: Source, *, at: datetime) -> timedelta:
    every = timedelta(seconds=source.every_seconds)
    longer = every * (1 << min(source.failures, 12))
    delay = longer if not source.failures else max(every, min(longer, LONGEST_DELAY))
    return delay * (1 + SPREAD * _lot(source, at=at))


def _lot(source: Source, *, at: datetime) -> float:
    """Between 0 and 1, the same for the same source and moment."""
    drawn = hashlib.sha256(f"{source.id}{at.isoformat()}".encode()).digest()
    return int.from_bytes(drawn[:4]) / 2**32
