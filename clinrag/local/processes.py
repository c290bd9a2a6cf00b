"""Child processes that never outlive this one, whatever ends it."""

import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

WATCHDOG = Path(__file__).with_name("watchdog.py")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a child runs as; `None` for who we are."""

    uid: int
    gid: int


STAY = Identity(-1, -1)


@dataclass(frozen=True, slots=True)
class ProcessPlan:
    """One program: its name in messages, its command, where it writes its log."""

    name: str
    command: tuple[str, ...]
    log: Path
    environment: dict[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: int = 15
    identity: Identity | None = None
    folder: Path | None = None
    server: bool = False  # others use it: it stops after them
    scratch: Path | None = None  # an empty folder by then, removed after the stop


class Child:
    """A running program behind its watchdog."""

    def __init__(self, plan: ProcessPlan) -> None:
        self.plan = plan
        self.started_at = time.monotonic()
        self._watchdog = _spawn(plan)

    @property
    def pid(self) -> int:
        """The watchdog's; its end is the program's end."""
        return self._watchdog.pid

    def ended(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._watchdog.poll()

    def ask_to_stop(self) -> None:
        """Closing the pipe is the request; the watchdog does the rest."""
        if self._watchdog.stdin and not self._watchdog.stdin.closed:
            self._watchdog.stdin.close()

    def wait(self) -> int:
        return self._watchdog.wait()


def _spawn(plan: ProcessPlan) -> "subprocess.Popen[bytes]":
    plan.log.parent.mkdir(parents=True, exist_ok=True)
    who = plan.identity or STAY
    orders = (int(plan.stop_signal), plan.grace_seconds, who.uid, who.gid)
    watchdog = (sys.executable, "-I", "-S", str(WATCHDOG))
    with plan.log.open("ab") as log:
        return subprocess.Popen(
            [*watchdog, *map(str, orders), *plan.command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=plan.environment,
            cwd=plan.folder,
        )
