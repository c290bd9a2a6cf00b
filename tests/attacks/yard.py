"""A deployment as `deploy/` describes it, to be killed, filled, paused and restored.

One cluster of its own, with the durable settings of a deployment, for all tests that
need it; the tables belong to `clinrag_owner`, each process runs with its own role. Each
test gets fresh copies of the two databases, fresh keys and a fresh signer.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from audit.signing.files import SignerFiles
from clinrag.local import databases
from clinrag.local.errors import ServerDidNotStart
from clinrag.local.layout import open_data_directory
from clinrag.local.postgres import PostgresCluster
from clinrag.local.supervisor import Supervisor
from tests.conftest import REPOSITORY

ORIGIN = "clinrag.test/ledger"
ANCHOR = "clinrag_anchor"
ROLES = (
    databases.OWNER,
    databases.APP,
    databases.SEQUENCER,
    databases.SIGNER,
    ANCHOR,
)


def wait_until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing happened in time"
        time.sleep(0.02)


class Forker:
    """The parent of processes of one role; see `forker.py`."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as errors:
            self._program = subprocess.Popen(
                [sys.executable, "-m", "tests.attacks.forker"],
                cwd=REPOSITORY, env=environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip

    def order(self, do: str, **words: Any) -> dict[str, int]:
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(json.dumps({"do": do, **words}) + "\n")
        self._program.stdin.flush()
        reply: dict[str, int] = json.loads(self._program.stdout.readline())
        return reply

    def close(self) -> None:
        assert self._program.stdin is not None
        self._program.stdin.close()
        self._program.kill()
        self._program.wait()
        assert self._program.stdout is not None
        self._program.stdout.close()


@dataclass
class Process:
    """A running process of the deployment."""

    forker: Forker
    pid: int
    log: Path
    is_over: bool = False

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """With SIGKILL, as the out-of-memory killer does."""
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        self.is_over = True
        return self.forker.order("wait", pid=self.pid)["code"]

    def said(self) -> list[dict[str, Any]]:
        """What it has logged; lines that are no JSON are given as they are."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [_line(line) for line in lines]


def _line(line: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:
        return {"level": "none", "event": line}
    return found


class Yard:
    """The cluster, the two databases to copy from, and the forkers."""

    def __init__(self, folder: Path, supervisor: Supervisor) -> None:
        self.folder, self.supervisor = folder, supervisor
        self.cluster = PostgresCluster(
            folder / "postgres", name=f"attacks-{secrets.token_hex(4)}"
        )
        self.cluster.start(supervisor)
        self.data, self._lock = open_data_directory(folder / "data")
        databases.prepare_databases(self.cluster, self.data)
        self._sql("postgres", f"ALTER ROLE {ANCHOR} PASSWORD '{self.secret(ANCHOR)}'")
        self._forkers: dict[str, Forker] = {}
        for role in (databases.APP, databases.SEQUENCER, databases.SIGNER):
            self.forker(role)
        self._migrate()

    @property
    def binaries(self) -> Path:
        return self.cluster._programs

    def secret(self, role: str) -> str:
        return self.data.secret(role)

    def forker(self, role: str) -> Forker:
        if role not in self._forkers:
            log = self.folder / f"forker-{role}.log"
            self._forkers[role] = Forker(self._environment(role), log)
        return self._forkers[role]

    def copy_databases(self) -> dict[str, str]:
        tag = secrets.token_hex(4)
        names = {"default": f"records_{tag}", "keys": f"keys_{tag}"}
        for alias, template in (("default", "clinrag"), ("keys", "clinrag_keys")):
            self._sql(
                "postgres",
                f"CREATE DATABASE {names[alias]} TEMPLATE {template}"
                f" OWNER {databases.OWNER} STRATEGY file_copy",
            )
        return names

    def create(self, name: str) -> None:
        """An empty database, to restore into."""
        self._sql(
            "postgres",
            f"CREATE DATABASE {name} TEMPLATE template0 OWNER {databases.OWNER}",
        )

    def drop(self, names: dict[str, str]) -> None:
        for name in names.values():
            self._sql("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def postmaster(self) -> int:
        file = self.cluster.home / "cluster" / "postmaster.pid"
        return int(file.read_text(encoding="ascii").splitlines()[0])

    def kill_postmaster(self) -> None:
        """And wait until it is gone; there may be none any more."""
        with suppress(ProcessLookupError, FileNotFoundError):
            pid = self.postmaster()
            while True:
                os.kill(pid, signal.SIGKILL)
                time.sleep(0.01)

    def kill_everything(self) -> None:
        """The postmaster and all it has started, as a power cut does."""
        self.kill_postmaster()
        home = self.cluster.home / "cluster"
        for place in Path("/proc").glob("[0-9]*/cwd"):
            with suppress(OSError):
                if place.readlink() == home:
                    os.kill(int(place.parent.name), signal.SIGKILL)

    def start_postmaster(self) -> None:
        try:
            self.cluster.start(self.supervisor)
        except ServerDidNotStart as failure:
            log = (self.cluster.home / "postgres.log").read_text()
            raise AssertionError(log[-2000:]) from failure

    def close(self) -> None:
        for forker in self._forkers.values():
            forker.close()
        self.supervisor.stop()
        self._lock.close()
        shutil.rmtree(self.cluster.home, ignore_errors=True)

    def _migrate(self) -> None:
        forker = self.forker(databases.OWNER)
        process = Process(
            forker,
            forker.order(
                "start", log=str(self.folder / "migrate.log"), work="manage",
                databases={}, given=["prepare_local"], known={},
            )["pid"],
            self.folder / "migrate.log",
        )  # fmt: skip
        assert process.wait() == 0, process.said()
        self._forkers.pop(databases.OWNER).close()

    def _environment(self, role: str) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CLINRAG_", "DATABASE_", "DJANGO_"))
        }
        return (
            kept
            | {
                "CLINRAG_DATA_DIR": str(self.data.root),
                "CLINRAG_SECRET_KEY": "only-for-tests-" * 5,
                "CLINRAG_LOG_ORIGIN": ORIGIN,
                "CLINRAG_HTTPS": "0",
                "DJANGO_SETTINGS_MODULE": "clinrag.settings",
                "CLINRAG_PROCESS": "service",
                "PYTHONUNBUFFERED": "1",
                "OMP_NUM_THREADS": "1",
            }
            | databases.addresses(self.cluster, self.data, role=role)
        )

    def _sql(self, database: str, statement: str) -> None:
        with psycopg.connect(self.cluster.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())


@dataclass
class Site:
    """One ledger in the yard: its databases, its signer, its processes."""

    yard: Yard
    folder: Path
    names: dict[str, str]
    _started: list[Process] = field(default_factory=list)

    @property
    def files(self) -> SignerFiles:
        return SignerFiles(self.folder / "signer")

    @property
    def vkey(self) -> str:
        return self.files.read_key().verifier.vkey

    @contextmanager
    def connect(
        self, role: str = "", *, database: str = "default"
    ) -> Iterator[psycopg.Connection]:
        """As the superuser, or as a role; each statement is its own transaction."""
        name = self.names[database]
        url = (
            self.yard.cluster.url(name, user=role, password=self.yard.secret(role))
            if role
            else self.yard.cluster.url(name)
        )
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def number(self, statement: str) -> int:
        return int(self.rows(statement)[0][0])

    def start(
        self,
        work: str,
        *given: str,
        role: str,
        signer: Path | None = None,
        **options: Any,
    ) -> Process:
        log = self.folder / f"{role}-{len(self._started)}.log"
        forker = self.yard.forker(role)
        reply = forker.order(
            "start", log=str(log), work=work, databases=self.names,
            known={
                "CLINRAG_SIGNER_DIR": str(signer or self.folder / "signer"),
                "CLINRAG_DEPLOYMENT_KEY_FILE": str(self.folder / "deployment.key"),
            },
            given=options or list(given),
        )  # fmt: skip
        process = Process(forker, reply["pid"], log)
        self._started.append(process)
        return process

    def sequencer(self) -> Process:
        return self.start("manage", "run_sequencer", role=databases.SEQUENCER)

    def signer(self, *options: str) -> Process:
        return self.start("manage", "run_signer", *options, role=databases.SIGNER)

    def start_signer_of(self, directory: Path) -> Process:
        """A signer over another directory than the site's."""
        return self.start("manage", "run_signer", role=databases.SIGNER,
                          signer=directory)  # fmt: skip

    def writer(self, told: str = "told", **options: Any) -> Process:
        path = str(self.folder / told)
        return self.start("write", role=databases.APP, told=path, **options)

    def sweep(self) -> None:
        """Questions that no writer will end any more are ended, as lost."""
        wait_until(lambda: not self.number("SELECT count(*) FROM audit_inboxentry"), 60)
        assert self.start("sweep", role=databases.APP).wait() == 0

    def verify(self, *, held: str | None = None) -> dict[str, Any]:
        """`manage.py verify_ledger --json`, with the application's rights."""
        words = ["verify_ledger", "--json", "--vkey", self.vkey]
        if held is not None:
            (self.folder / "held").write_text(held)
            words += ["--checkpoint", str(self.folder / "held")]
        process = self.start("manage", *words, role=databases.APP)
        process.wait()
        found = process.said()[-1]
        assert "ok" in found, found
        return found

    def size(self) -> int:
        return self.number("SELECT coalesce(max(size), 0) FROM audit_head")

    def signed(self) -> int:
        return self.number("SELECT coalesce(max(size), 0) FROM audit_checkpoint")

    def note(self) -> str:
        """The newest checkpoint, as an outsider takes it home."""
        (note,) = self.rows("SELECT note FROM audit_checkpoint ORDER BY size DESC")[0]
        return str(note)

    def settle(self) -> None:
        """With sequencer and signer running: until everything written is signed."""
        wait_until(lambda: not self.number("SELECT count(*) FROM audit_inboxentry"), 60)
        size = self.size()
        wait_until(lambda: self.signed() >= size, 60)

    def fill(self, count: int) -> None:
        """This many transactions kept, sequenced and signed; nothing runs afterwards."""
        self.writer(count=count, roll_back=0.0).wait()
        processes = [self.sequencer(), self.signer()]
        self.settle()
        for process in processes:
            assert process.stop() == 0

    def told(self) -> list[list[str]]:
        """What writers told of what became of each transaction."""
        paths = sorted(self.folder.glob("told*"))
        texts = [path.read_text() for path in paths]
        return [line.split() for text in texts for line in text.splitlines()]

    def alarms(self) -> list[tuple[Any, ...]]:
        """In the database, and what any process of this site logged as critical."""
        stored = self.rows("SELECT kind, detail FROM audit_alarm")
        logged = [
            (line.get("event"), line.get("alarm"))
            for process in self._started
            for line in process.said()
            if line.get("level") == "critical"
        ]
        return [*stored, *logged]

    def close(self) -> None:
        for process in self._started:
            if not process.is_over:
                process.signal(signal.SIGCONT)
                process.kill()
        self.yard.drop(self.names)
