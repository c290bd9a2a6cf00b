"""A real witness over a directory of its own, and a log for it to follow."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.witnessing import policy
from audit.witnessing.server import ServerLimits, WitnessServer
from audit.witnessing.state import WitnessFiles
from audit.witnessing.submissions import Submission
from audit.witnessing.witness import Reply, Witness
from tests.logs import SmallLog

LIMITS = ServerLimits(connections=4, silence_seconds=0.5, request_seconds=1.0)


@dataclass
class World:
    """A log, and a witness that follows it."""

    log: SmallLog
    files: WitnessFiles

    def follow(self, *vkeys: str) -> Witness:
        self.files.logs_path.write_text("".join(f"{vkey}\n" for vkey in vkeys))
        return self.open()

    def open(self) -> Witness:
        """As after a restart: from the directory alone."""
        logs = self.files.read_logs()
        return Witness(self.files, logs=logs, now=lambda: datetime.now(UTC))

    def submission(self, old: int, new: int, *, log: SmallLog | None = None) -> bytes:
        log = log or self.log
        return Submission(old, log.proof(old, new), log.note(new)).to_bytes()

    def add(self, old: int, new: int, *, log: SmallLog | None = None) -> Reply:
        return self.open().add_checkpoint(self.submission(old, new, log=log))


@pytest.fixture
def world(tmp_path: Path) -> World:
    files = WitnessFiles(tmp_path / "witness")
    files.create_key("witness.example/real")
    world = World(SmallLog(), files)
    world.follow(world.log.vkey)
    return world


@pytest.fixture
def server(world: World) -> Iterator[WitnessServer]:
    server = WitnessServer(("127.0.0.1", 0), world.open(), limits=LIMITS)
    stop = threading.Event()
    thread = threading.Thread(target=server.run, args=(stop,))
    thread.start()
    yield server
    stop.set()
    thread.join()


@pytest.fixture
def known(world: World, server: WitnessServer) -> policy.Witness:
    """The real witness, as a policy names it."""
    return policy.Witness("real", world.files.read_key().verifier, server.url)
