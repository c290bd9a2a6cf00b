"""Keeps a handful of processes running, and stops them all when told to.

A process that ends is started again after a pause that doubles up to half a
minute. Stopping goes in reverse: those that write stop before those they write
to. If the supervisor itself is killed, every watchdog notices and stops its own.
"""

import time
from pathlib import Path

from clinrag.local.processes import Child, ProcessPlan

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
STEADY_AFTER_SECONDS = 60.0


class Supervisor:
    """The running children, in the order they were started."""

    def __init__(self) -> None:
        self._children: dict[str, Child] = {}
        self._pauses: dict[str, float] = {}
        self._due: dict[str, float] = {}

    def start(self, plan: ProcessPlan) -> None:
        self._children[plan.name] = Child(plan)

    def names(self) -> list[str]:
        return list(self._children)

    def log_of(self, name: str) -> Path:
        return self._children[name].plan.log

    def tend(self) -> list[str]:
        """Start again what ended and is due; returns the names started again."""
        restarted = []
        for name, child in self._children.items():
            if child.ended() is None:
                continue
            if name not in self._due:
                self._due[name] = time.monotonic() + self._next_pause(child)
            elif time.monotonic() >= self._due[name]:
                del self._due[name]
                self._children[name] = Child(child.plan)
                restarted.append(name)
        return restarted

    def stop(self) -> None:
        """Ask in reverse order, one after another, and wait for each."""
        for child in reversed(self._children.values()):
            child.stop()
        self._children.clear()

    def _next_pause(self, child: Child) -> float:
        name = child.plan.name
        steady = time.monotonic() - child.started_at > STEADY_AFTER_SECONDS
        before = 0.0 if steady else self._pauses.get(name, 0.0)
        pause = min(max(before * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        self._pauses[name] = pause
        return pause
