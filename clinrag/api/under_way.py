"""A question on record, and the answer to it, worked out on the event loop.

Promises: it is answered and recorded whether or not anybody still waits; a client that
left before all was sent is on record too. What needs the databases runs in `threads`;
nothing of it is held while a model works. Knows nothing of HTTP.
"""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Self, TypeVar

from django.conf import settings
from django.utils import timezone

from audit.errors import AuditError
from clinrag.answering.pipeline import adraft, prepare
from clinrag.answering.recording import record_undelivered
from clinrag.answering.run import Run
from clinrag.answering.types import AnswerResult
from clinrag.api.asking import Asking, conclude
from clinrag.database.threads import Threads

logger = logging.getLogger(__name__)
T = TypeVar("T")
NOTHING = "nothing"

_detached: set[asyncio.Task[Any]] = set()


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


async def _answer(asking: Asking, prepared: asyncio.Task[None]) -> AnswerResult:
    await prepared
    await adraft(asking.run, off_loop=threads().run)
    return await threads().run(partial(conclude, asking))


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
