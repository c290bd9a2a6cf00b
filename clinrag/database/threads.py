"""Work with the databases for code that runs on an event loop.

Promises: no more pieces of work at a time than there are threads, so never more
connections; and none is held between two pieces, however long the code waits there.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


class Threads:
    """A number of threads, started as they are needed; `at_once` is the number."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="databases")

    async def run(self, work: Callable[[], T]) -> T:
        """What the work returns or raises; it goes on when nobody waits any more."""
        loop = asyncio.get_running_loop()
        context = copy_context()
        return await loop.run_in_executor(
            self._pool, lambda: context.run(_giving_back, work)
        )

    def stop(self) -> None:
        """Begin nothing more: Python would else end only after all that waits."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def give_connections_back() -> None:
    """Close this thread's connections, or hand them to their pools.

    One in a transaction stays: closing it would end what its owner has begun.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def _giving_back(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        give_connections_back()
