"""One place starts, watches and stops: back-off, order, what a stop leaves behind."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinrag.local.errors import ServerDidNotStart
from clinrag.local.processes import ProcessPlan
from clinrag.local.supervisor import FIRST_PAUSE_SECONDS, Supervisor

LIVES = "import signal, time; print('up', flush=True); time.sleep(600)"
ENDS = "print('up', flush=True)"
# Says when it stops; a shell of its own, so that it can be slow about it.
TELLS = """
import pathlib, signal, sys, time
def stop(*_):
    time.sleep(float(sys.argv[1]))
    with pathlib.Path(sys.argv[2]).open("a") as told:
        told.write(sys.argv[3] + " ")
    sys.exit()
signal.signal(signal.SIGTERM, stop)
print("up", flush=True)
time.sleep(600)
"""


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    supervisor.stop()


def plan_of(
    folder: Path,
    *program: str,
    name: str = "one",
    server: bool = False,
    scratch: Path | None = None,
) -> ProcessPlan:
    return ProcessPlan(
        name=name,
        command=(sys.executable, "-c", *program),
        log=folder / f"{name}.log",
        environment={},
        server=server,
        scratch=scratch,
    )


def starts_of(plan: ProcessPlan) -> int:
    return plan.log.read_text().count("up") if plan.log.exists() else 0


def tend_for(supervisor: Supervisor, seconds: float) -> list[str]:
    deadline = time.monotonic() + seconds
    restarted = []
    while time.monotonic() < deadline:
        restarted += supervisor.tend()
        time.sleep(0.01)
    return restarted


def test_program_is_started_again_with_longer_pauses_when_it_keeps_ending(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, ENDS)
    supervisor.start(plan)
    # at 0.5 and 0.5 + 1.0 of the first pause's length, plus the time it lives
    assert tend_for(supervisor, FIRST_PAUSE_SECONDS * 4) in (["one"], ["one", "one"])
    assert starts_of(plan) <= 3


def test_program_is_left_alone_when_it_lives(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(plan_of(tmp_path, LIVES))
    assert tend_for(supervisor, FIRST_PAUSE_SECONDS * 2) == []


def test_program_ends_when_its_watchdog_was_killed(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, TELLS, "0", str(tmp_path / "told"), "one")
    supervisor.start_server(plan, answers=lambda: starts_of(plan) == 1, seconds=20)
    os.kill(supervisor.pid_of("one"), signal.SIGKILL)
    deadline = time.monotonic() + 20
    while not (tmp_path / "told").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (tmp_path / "told").read_text() == "one "


def test_servers_stop_last_when_those_that_use_them_are_slow(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    told = str(tmp_path / "told")
    plans = [
        plan_of(tmp_path, TELLS, "0", told, "server", name="server", server=True),
        plan_of(tmp_path, TELLS, "0.5", told, "slow", name="slow"),
        plan_of(tmp_path, TELLS, "0", told, "quick", name="quick"),
    ]
    for plan in plans:
        supervisor.start_server(plan, answers=lambda p=plan: starts_of(p), seconds=20)  # type: ignore[misc]
    supervisor.stop()
    assert Path(told).read_text().split() == ["quick", "slow", "server"]
    assert supervisor.names() == []


@pytest.mark.parametrize("left", [None, "a file"])
def test_scratch_folder_is_removed_when_it_is_empty(
    supervisor: Supervisor, tmp_path: Path, left: str | None
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    if left:
        (scratch / left).touch()
    supervisor.start(plan_of(tmp_path, LIVES, scratch=scratch))
    supervisor.stop()
    assert scratch.exists() is bool(left)


def test_server_is_refused_when_it_never_answers(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, LIVES)
    with pytest.raises(ServerDidNotStart, match=r"one\.log"):
        supervisor.start_server(plan, answers=lambda: False, seconds=0.2)
    assert supervisor.names() == ["one"]  # and `stop` stops it
