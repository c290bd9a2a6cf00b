"""So many at a time, in the order they came.

Promises: holds across threads and across event loops; whoever waits blocks no thread,
and a place handed to somebody who had just stopped waiting goes to the next one.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager


class Places:
    """A number of places; take one with `async with places.one(seconds=…)`."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: deque[Future[None]] = deque()
        self._lock = threading.Lock()

    @asynccontextmanager
    async def one(self, *, seconds: float) -> AsyncIterator[None]:
        """Hold a place. Raises TimeoutError when none was free in time."""
        await self._take(seconds)
        try:
            yield
        finally:
            self._pass_on()

    async def _take(self, seconds: float) -> None:
        turn: Future[None] = Future()
        with self._lock:
            if self._free:
                self._free -= 1
                return
            self._waiting.append(turn)
        try:
            async with asyncio.timeout(seconds):
                await asyncio.wrap_future(turn)
        except BaseException:
            self._leave(turn)
            raise

    def _leave(self, turn: Future[None]) -> None:
        """Stop waiting; a place that came in the same moment is passed on."""
        if not turn.cancel() and not turn.cancelled():
            self._pass_on()

    def _pass_on(self) -> None:
        with self._lock:
            while self._waiting:
                turn = self._waiting.popleft()
                if turn.set_running_or_notify_cancel():
                    turn.set_result(None)
                    return
            self._free += 1
