"""Keeps the processes of one machine running, and stops them all when told to.

The only place that starts, watches and stops them, embedded servers as well. One
that ends is started again after a pause that doubles up to half a minute. Those
that use the servers stop first, together, and the servers last. If the supervisor
itself is killed, every watchdog notices and stops its own.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from clinrag.local.errors import ServerDidNotStart
from clinrag.local.processes import Child, ProcessPlan

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_AFTER_SECONDS = 60.0
POLL_SECONDS = 0.02


@dataclass(slots=True)
class Post:
    """A plan, who follows it now, and when somebody else takes over."""

    plan: ProcessPlan
    child: Child
    pause: float = 0.0
    due: float | None = None

    def has_ended(self) -> bool:
        return self.child.ended() is not None

    def choose_pause(self) -> None:
        steady = time.monotonic() - self.child.started_at > STEADY_AFTER_SECONDS
        longer = FIRST_PAUSE_SECONDS if steady or not self.pause else self.pause * 2
        self.pause = min(longer, LONGEST_PAUSE_SECONDS)
        self.due = time.monotonic() + self.pause

    def start_again(self) -> None:
        self.child = Child(self.plan)
        self.due = None


class Supervisor:
    """The running processes, in the order they were started."""

    def __init__(self) -> None:
        self._posts: dict[str, Post] = {}

    def start(self, plan: ProcessPlan) -> None:
        self._posts[plan.name] = Post(plan, Child(plan))

    def start_server(
        self, plan: ProcessPlan, *, answers: Callable[[], bool], seconds: float
    ) -> None:
        """Start it and wait until it answers. Raises ServerDidNotStart.

        One that ends meanwhile is started again: those of a killed server may still
        be on their way out.
        """
        self.start(plan)
        deadline = time.monotonic() + seconds
        while not answers():
            if time.monotonic() > deadline:
                raise ServerDidNotStart(f"{plan.name}: see {plan.log}")
            self.tend()
            time.sleep(POLL_SECONDS)

    def replace(self, plan: ProcessPlan) -> None:
        """Stop what has this name, and start what follows the new plan."""
        post = self._posts.pop(plan.name)
        post.child.ask_to_stop()
        post.child.wait()
        self.start(plan)

    def names(self) -> list[str]:
        return list(self._posts)

    def log_of(self, name: str) -> Path:
        return self._posts[name].plan.log

    def pid_of(self, name: str) -> int:
        """The watchdog's."""
        return self._posts[name].child.pid

    def tend(self) -> list[str]:
        """Start again what ended and is due; returns the names started again."""
        restarted = []
        for name, post in self._posts.items():
            if not post.has_ended():
                continue
            if post.due is None:
                post.choose_pause()
            elif time.monotonic() >= post.due:
                post.start_again()
                restarted.append(name)
        return restarted

    def stop(self) -> None:
        """Ask all that are no servers, wait for them, then the servers likewise."""
        for server in (False, True):
            posts = [p for p in self._posts.values() if p.plan.server is server]
            for post in posts:
                post.child.ask_to_stop()
            for post in posts:
                post.child.wait()
                _remove_scratch(post.plan)
        self._posts.clear()


def _remove_scratch(plan: ProcessPlan) -> None:
    """Not by the watchdog: one that outlived a killed supervisor may be late."""
    if plan.scratch:
        with suppress(OSError):  # something is in it still: the next start reuses it
            plan.scratch.rmdir()
