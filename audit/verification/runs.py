"""A verification as a piece of work: asked for, under way, and what it found.

Promises that progress outlives whoever watches it, that one that nobody works on any
more is told from one under way, and that only one is under way at a time. Verifies
nothing itself, and its outcome convinces nobody outside: see `audit.offline`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from audit.actors import Actor
from audit.errors import VerificationUnknown
from audit.identifiers import new_id
from audit.models import Head, VerificationRun
from audit.verification.report import Progress, Range, VerificationReport

# A page of entries takes a moment; who is silent for so long is gone.
LOST_AFTER: Final = timedelta(minutes=2)
# A queue may be long; but nobody should have to wait for a broker that lost the task.
WAITS_AT_MOST: Final = timedelta(minutes=15)
MOST_KEPT: Final = 50
_ONE_AT_A_TIME: Final = (
    "SELECT pg_advisory_xact_lock(hashtextextended('audit.verification', 0))"
)


class State(StrEnum):
    """Where a verification is; `HELD` and `BROKEN` are its outcomes."""

    WAITING = "waiting"
    RUNNING = "running"
    HELD = "held"
    BROKEN = "broken"
    FAILED = "failed"
    LOST = "lost"


FOUND: Final = frozenset({State.HELD, State.BROKEN})
UNDER_WAY: Final = frozenset({State.WAITING, State.RUNNING})


@dataclass(frozen=True, slots=True)
class RunView:
    """A verification as it stands; `only` is None if it is of the whole log.

    `covers` is the index of the last entry that was checked. State `LOST`: nobody has
    worked on it for minutes.
    """

    id: UUID
    only: Range | None
    requested_by_name: str
    requested_at: datetime
    state: State
    layer: str
    done: int
    total: int
    finished_at: datetime | None
    covers: int | None
    report: Mapping[str, Any]


def ask(*, only: Range | None, by: Actor, at: datetime) -> RunView:
    """Ask for a verification; the one that is under way, if there is one."""
    with transaction.atomic():
        # Two people at once: the second waits here and finds the first one's.
        with connection.cursor() as cursor:
            cursor.execute(_ONE_AT_A_TIME)
        newest = VerificationRun.objects.order_by("-requested_at").first()
        if newest is not None and _view(newest, at).state in UNDER_WAY:
            return _view(newest, at)
        row = VerificationRun.objects.create(
            id=new_id(at),
            first=only.first if only else None,
            end=only.end if only else None,
            requested_by=by.id,
            requested_by_name=by.name,
            requested_at=at,
            attended_at=at,
        )
    return _view(row, at)


def begin(run_id: UUID, *, at: datetime) -> RunView | None:
    """Take it up; None if somebody has, or it is over."""
    rows = VerificationRun.objects.filter(pk=run_id, state=State.WAITING)
    if not rows.update(state=State.RUNNING.value, attended_at=at):
        return None
    return by_id(run_id, at=at)


def note(run_id: UUID, progress: Progress, *, at: datetime) -> None:
    """Keep how far it is."""
    VerificationRun.objects.filter(pk=run_id, state=State.RUNNING).update(
        layer=progress.layer, done=progress.done, total=progress.total, attended_at=at
    )


def finish(run_id: UUID, report: VerificationReport, *, at: datetime) -> None:
    """Keep what was found, with the first failures."""
    kept = asdict(report)
    kept["failed"] = len(report.failures)
    kept["failures"] = kept["failures"][:MOST_KEPT]
    kept["covers"] = _covers(report)
    state = State.HELD if report.ok else State.BROKEN
    VerificationRun.objects.filter(pk=run_id, state=State.RUNNING).update(
        state=state.value, report=kept, attended_at=at, finished_at=at
    )


def fail(run_id: UUID, *, code: str, at: datetime) -> None:
    """It could not be brought to an end: nothing is said about the log."""
    VerificationRun.objects.filter(pk=run_id, state=State.RUNNING).update(
        state=State.FAILED.value, report={"code": code}, attended_at=at, finished_at=at
    )


def by_id(run_id: UUID, *, at: datetime) -> RunView:
    """The verification as it stands. Raises VerificationUnknown."""
    row = VerificationRun.objects.filter(pk=run_id).first()
    if row is None:
        raise VerificationUnknown
    return _view(row, at)


def recent(*, at: datetime, limit: int = 10) -> list[RunView]:
    """Verifications, newest first."""
    rows = VerificationRun.objects.order_by("-requested_at")[:limit]
    return [_view(row, at) for row in rows]


def last_found(*, at: datetime, whole: bool = False) -> RunView | None:
    """The newest that came to an outcome; of the `whole` log only, if so asked."""
    rows = VerificationRun.objects.filter(state__in=list(FOUND))
    if whole:
        rows = rows.filter(first__isnull=True)
    row = rows.order_by("-finished_at").first()
    return None if row is None else _view(row, at)


def _covers(report: VerificationReport) -> int | None:
    if report.only is not None:
        return report.only.end - 1
    head = Head.objects.first()
    end = report.tree_size + (0 if head is None else head.first_index)
    return end - 1 if end else None


def _view(row: VerificationRun, at: datetime) -> RunView:
    only = None if row.first is None else Range(row.first, row.end or 0)
    return RunView(
        id=row.id,
        only=only,
        requested_by_name=row.requested_by_name,
        requested_at=row.requested_at,
        state=_state(row, at),
        layer=row.layer,
        done=row.done,
        total=row.total,
        finished_at=row.finished_at,
        covers=(row.report or {}).get("covers"),
        report=row.report or {},
    )


def _state(row: VerificationRun, at: datetime) -> State:
    state = State(row.state)
    patience = {State.WAITING: WAITS_AT_MOST, State.RUNNING: LOST_AFTER}.get(state)
    is_lost = patience is not None and row.attended_at < at - patience
    return State.LOST if is_lost else state
