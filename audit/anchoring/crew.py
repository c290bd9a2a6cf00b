"""Asks many vouchers at once, each in a thread of its own, and remembers how they do.

Promises that none waits for another: one that stalls is left to its own bounds and is
not asked again while it does, one that fails rests longer each time, and what comes
back is kept as it comes. Threads only ask; rows are written by the caller's thread.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from time import monotonic
from typing import Any, Final

from django.db import Error, connection

from audit.anchoring.errors import AnchorContradicts
from audit.errors import AuditError
from audit.models import VoucherHealth
from audit.witnessing.errors import WitnessContradicts

logger = logging.getLogger(__name__)

LONGEST_REST: Final = timedelta(hours=1)
SHARD: Final = ", shard "
LOOK_SECONDS: Final = 0.25
_ALARMING: Final = (AnchorContradicts, WitnessContradicts)


@dataclass(frozen=True, slots=True)
class Task:
    """Something to ask of a voucher: `ask` in a thread, then `keep` what it gave."""

    voucher: str
    kind: str
    ask: Callable[[], Any]
    keep: Callable[[Any], None]


@dataclass(slots=True)
class _Rest:
    failures: int = 0
    until: datetime | None = None


class Crew:
    """Threads for so many vouchers; use from one thread."""

    def __init__(self, count: int, *, rest_seconds: float, stop: Event) -> None:
        self._pool = ThreadPoolExecutor(max(count, 1), thread_name_prefix="voucher")
        self._first_rest = timedelta(seconds=rest_seconds)
        self._stop = stop
        self._running: dict[str, tuple[Task, Future[Any]]] = {}
        self._rests: dict[str, _Rest] = {}

    def run(self, tasks: Sequence[Task], *, at: datetime, seconds: float) -> None:
        """Ask, and wait so long for answers; later ones are kept by a later call.

        Raises django.db.Error when they cannot be kept.
        """
        for task in tasks:
            if task.voucher not in self._running and not self._rests_at(task, at):
                future = self._pool.submit(_ask, task)
                self._running[task.voucher] = (task, future)
        end = monotonic() + seconds
        self._harvest(at=at)
        while self._running and monotonic() < end and not self._stop.is_set():
            futures = [future for _, future in self._running.values()]
            wait(futures, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            self._harvest(at=at)

    def close(self) -> None:
        """Ask nothing more; what is under way ends by its own bounds."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _rests_at(self, task: Task, at: datetime) -> bool:
        rest = self._rests.get(task.voucher)
        return rest is not None and rest.until is not None and at < rest.until

    def _harvest(self, *, at: datetime) -> None:
        done = [task for task, future in self._running.values() if future.done()]
        for task in done:
            _, future = self._running.pop(task.voucher)
            self._settle(task, future, at=at)

    def _settle(self, task: Task, future: "Future[Any]", *, at: datetime) -> None:
        error = future.exception()
        if isinstance(error, Error):
            raise error  # our database failed, not the voucher
        if error is None:
            task.keep(future.result())
            self._rests.pop(task.voucher, None)
            succeeded(task.voucher, task.kind, at=at)
            return
        rest = self._rests.setdefault(task.voucher, _Rest())
        rest.until = at + min(self._first_rest * 2**rest.failures, LONGEST_REST)
        rest.failures = min(rest.failures + 1, 20)
        failed(task.voucher, task.kind, error, at=at)


def forget_others(names: Collection[str]) -> None:
    """Drop the health of vouchers that are asked no more; names without a shard."""
    for row in VoucherHealth.objects.all():
        if row.name.rpartition(SHARD)[0] not in names:
            row.delete()


def succeeded(name: str, kind: str, *, at: datetime) -> None:
    """Note that a voucher does well."""
    fields = {"kind": kind, "succeeded_at": at, "failing_since": None}
    VoucherHealth.objects.update_or_create(name=name, defaults=fields)


def failed(name: str, kind: str, error: BaseException, *, at: datetime) -> None:
    """Note that a voucher failed, and since when it does."""
    code = error.code if isinstance(error, AuditError) else type(error).__name__
    if isinstance(error, _ALARMING):
        # Somebody has seen another log of this name: people must look at once.
        logger.critical("The log is contradicted", extra={"alarm": code, "stage": kind})
    else:
        logger.warning("A voucher failed", extra={"code": code, "stage": kind})
    row = VoucherHealth.objects.filter(name=name).first()
    since = row.failing_since if row and row.failing_since else at
    fields = {
        "kind": kind, "failing_since": since, "failed_at": at, "failure_code": code
    }  # fmt: skip
    VoucherHealth.objects.update_or_create(name=name, defaults=fields)


def _ask(task: Task) -> Any:
    try:
        return task.ask()
    finally:
        connection.close()  # a proof may have opened one for this thread
