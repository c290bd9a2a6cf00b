"""A question on record, and the answer to it, worked out on the event loop.

Promises: it is answered and recorded whether or not anybody still waits; a client that
left before all was sent is on record too. What needs the databases runs in `threads`;
nothing of it is held while a model works. A process that is told to stop brings it to
an end first (`finish_all`). Knows nothing of HTTP.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Self, TypeVar

from django.conf import settings
from django.utils import timezone

from audit.errors import AuditError
from clinrag.answering.errors import AnswerInterrupted
from clinrag.answering.pipeline import adraft, prepare
from clinrag.answering.recording import record_undelivered
from clinrag.answering.run import Run
from clinrag.answering.types import AnswerResult
from clinrag.api.asking import Asking, conclude
from clinrag.database.threads import Threads

logger = logging.getLogger(__name__)
T = TypeVar("T")
NOTHING = "nothing"

FINISHED_WITHIN_SECONDS = 10.0
RECORDED_WITHIN_SECONDS = 5.0

_detached: set[asyncio.Task[Any]] = set()
_drafting: set[asyncio.Task[None]] = set()


@cache
def threads() -> Threads:
    """Those of this process in which questions are prepared and ended."""
    return Threads(settings.CLINRAG_ASKING_THREADS)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Two tasks: one is done when all before the model is, the other at the end."""

    run: Run
    prepared: asyncio.Task[None]
    answered: asyncio.Task[AnswerResult]

    @classmethod
    def begin(cls, asking: Asking) -> Self:
        """Work the answer out from here on, by itself."""
        prepared = _detach(threads().run(partial(prepare, asking.run)))
        return cls(asking.run, prepared, _detach(_answer(asking, prepared)))

    def left(self, *, sent: str) -> None:
        """Note, once the answer has its own end, that the client was gone before."""
        _detach(self._record_left(sent))

    async def _record_left(self, sent: str) -> None:
        await asyncio.wait({self.answered})
        run = self.run
        note = partial(
            record_undelivered, run.id, sent=sent, by=run.by, at=timezone.now()
        )
        try:
            await threads().run(note)
        except AuditError as error:
            told = {"answer_id": str(run.id), "code": error.code}
            logger.warning("a client that left is not on record", extra=told)


async def finish_all(
    *, seconds: float = FINISHED_WITHIN_SECONDS, more: float = RECORDED_WITHIN_SECONDS
) -> None:
    """Wait for all that is under way, whoever waits for it.

    Where a model still thinks after so many `seconds`, that is recorded as a failure,
    for which there are some `more`. What is open then is left to the sweeper.
    """
    await _all_done(seconds)
    for drafting in tuple(_drafting):
        drafting.cancel()
    await _all_done(more)


async def end() -> None:
    """The last that a process does: finish what can be, and begin nothing more."""
    await finish_all()
    threads().stop()


async def _all_done(seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while _detached:
                await asyncio.wait(set(_detached))


async def _answer(asking: Asking, prepared: asyncio.Task[None]) -> AnswerResult:
    await prepared
    await _drafted(asking.run)
    return await threads().run(partial(conclude, asking))


async def _drafted(run: Run) -> None:
    """Wait for the model, unless the process has to end before."""
    drafting = asyncio.ensure_future(adraft(run, off_loop=threads().run))
    _drafting.add(drafting)
    drafting.add_done_callback(_drafting.discard)
    await asyncio.wait({drafting})
    if drafting.cancelled():
        run.fault = AnswerInterrupted()
    else:
        drafting.result()


def _detach(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Let it go on by itself; the loop alone would forget a task nobody holds."""
    task = asyncio.ensure_future(work)
    _detached.add(task)
    task.add_done_callback(_detached.discard)
    task.add_done_callback(_fetch_exception)
    return task


def _fetch_exception(task: asyncio.Task[Any]) -> None:
    """Or asyncio would log it when nobody waits, with all of its words."""
    if not task.cancelled():
        task.exception()
