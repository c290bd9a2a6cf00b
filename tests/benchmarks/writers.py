"""Writers as processes of their own: threads would share one interpreter's lock.

A database that commits many transactions at once is not seen by 16 threads of one
Python process: they wait for each other, and every contender looks like the slowest.
"""

import multiprocessing as processes
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from django.db import connections

Job = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Writers:
    """Processes that wait to be told what to write, and for how long."""

    lines: tuple[Connection, ...]

    def rate(self, job: str, *, seconds: float, pause: float = 0.0) -> float:
        """Commits a second of all together; `pause` in seconds after each."""
        return len(self.results(job, seconds=seconds, pause=pause)) / seconds

    def results(self, job: str, *, seconds: float, pause: float) -> list:
        """What each call of the job returned."""
        begin = time.time() + 0.3
        for line in self.lines:
            line.send((job, begin, begin + seconds, pause))
        return [one for line in self.lines for one in line.recv()]


@contextmanager
def writing(count: int, jobs: dict[str, Job]) -> Iterator[Writers]:
    """This many writers, forked from here, each with connections of its own."""
    for connection in connections.all():
        connection.close()
    context = processes.get_context("fork")
    started: list[BaseProcess] = []
    lines: list[Connection] = []
    for _ in range(count):
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, jobs), daemon=True)
        process.start()
        started.append(process)
        lines.append(ours)
    try:
        yield Writers(tuple(lines))
    finally:
        for line in lines:
            line.send(None)
        for process in started:
            process.join(timeout=10)


def _serve(line: Connection, jobs: dict[str, Job]) -> None:
    while (told := line.recv()) is not None:
        name, begin, end, pause = told
        job, found = jobs[name], []
        time.sleep(max(0.0, begin - time.time()))
        while time.time() < end:
            found.append(job())
            if pause:
                time.sleep(pause)
        line.send(found)
