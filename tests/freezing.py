"""A PostgreSQL that is there and says nothing, as on a frozen virtual machine."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clinrag.local.postgres import PostgresCluster


@contextmanager
def frozen(cluster: PostgresCluster) -> Iterator[None]:
    """Stops the server's processes, and lets them go on however the block ends."""
    stopped: list[int] = []
    try:
        stopped += freeze(cluster)
        yield
    finally:
        thaw(stopped)


def freeze(cluster: PostgresCluster) -> list[int]:
    """Stops the postmaster, so that none is born, then its children; who they are."""
    file = cluster.home / "cluster" / "postmaster.pid"
    postmaster = int(file.read_text(encoding="ascii").splitlines()[0])
    os.kill(postmaster, signal.SIGSTOP)
    children = _children(postmaster)
    for pid in children:
        os.kill(pid, signal.SIGSTOP)
    return [postmaster, *children]


def thaw(pids: list[int]) -> None:
    for pid in reversed(pids):
        os.kill(pid, signal.SIGCONT)


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(after_name[1]) == parent:
            found.append(int(stat.parent.name))
    return found
