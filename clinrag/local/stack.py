"""The whole of ClinRAG on one machine: servers, databases, processes.

Each embedded part gives way to a real server when its variable is set:
`DATABASE_URL` (with the addresses of the other roles, see
`clinrag.local.addresses`), `REDIS_URL`, `CLINRAG_MODEL_URL`,
`CLINRAG_EMBEDDING_URL`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from clinrag.local import databases
from clinrag.local.addresses import (
    RECORDS_URL,
    VOUCHING,
    check_addresses,
    environment_of,
    wants_anchoring,
)
from clinrag.local.errors import ServerDidNotStart
from clinrag.local.layout import DataDirectory, write_private
from clinrag.local.model import LocalModel
from clinrag.local.postgres import PostgresCluster
from clinrag.local.processes import ProcessPlan
from clinrag.local.receiver import LOOPBACK
from clinrag.local.supervisor import Supervisor
from clinrag.local.valkey import ValkeyServer, free_port, port_is_free

PROJECT = Path(__file__).resolve().parents[2]
USUAL_PORT = 8000
QUEUES = "default,ingest.watch,ingest.parse,ingest.ocr,ingest.embed,ledger.slow"


class Stack:
    """Servers and processes over one data directory."""

    def __init__(self, data: DataDirectory) -> None:
        self._data = data
        self._cluster: PostgresCluster | None = None
        self._valkey: ValkeyServer | None = None
        self._model: LocalModel | None = None
        self.supervisor = Supervisor()
        self.port = _choose_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_servers(self) -> None:
        """PostgreSQL and Valkey, unless the environment names real ones.

        Raises AddressMissing, OtherMajorVersion, UnsafeDirectory, ServerDidNotStart.
        """
        if RECORDS_URL in os.environ:
            check_addresses(os.environ)
        else:
            # Started anew after its data directory was removed, it must not find
            # the old cluster: hence a name that goes with the directory.
            name = self._data.secret("installation")[:12]
            self._cluster = PostgresCluster(self._data.root / "postgres", name=name)
            self._cluster.start(self.supervisor)
            databases.prepare_databases(self._cluster, self._data)
        if "REDIS_URL" not in os.environ:
            self._valkey = ValkeyServer(self._data.root / "valkey")
            self._valkey.start(self.supervisor)
        (self._data.root / "static").mkdir(exist_ok=True)
        self._write_environment_file()

    def prepare(self) -> None:
        """Migrations and rights, as the owner of the tables."""
        self.manage("prepare_local", role=databases.OWNER)

    def start_processes(self) -> None:
        for plan in self._plans():
            self.supervisor.start(plan)

    def add_model(self) -> None:
        """A language model beside, which the web server asks from now on."""
        self._model = LocalModel(self._data)
        self._model.start(self.supervisor)
        self.supervisor.replace(self._web_plan())

    def tend(self) -> list[str]:
        """Start again what ended; returns sentences about it."""
        return [
            f"{name} ended and was started again; see {self.supervisor.log_of(name)}"
            for name in self.supervisor.tend()
        ]

    def stop(self) -> None:
        self.supervisor.stop()

    def run_as_superuser(
        self, statements: str, *, database: str = databases.RECORDS
    ) -> None:
        """In an embedded database; for benchmarks and repairs."""
        if self._cluster is None:
            raise ServerDidNotStart("There is no embedded PostgreSQL.")
        url = self._cluster.url(database)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statements.encode())

    def manage(self, *arguments: str, role: str = databases.APP) -> str:
        """Run a `manage.py` command; its standard output. Raises ServerDidNotStart."""
        done = subprocess.run(
            [sys.executable, str(PROJECT / "manage.py"), *arguments],
            check=False,
            env=self.environment(role),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip())[-2000:]
            raise ServerDidNotStart(f"manage.py {arguments[0]}: {said}")
        return done.stdout

    def manage_json(self, *arguments: str) -> dict[str, Any]:
        """The JSON object a command prints as its last line."""
        printed = self.manage(*arguments).strip().splitlines()
        found: dict[str, Any] = json.loads(printed[-1])
        return found

    def environment(self, role: str = databases.APP) -> dict[str, str]:
        """Everything a process of ours needs; what the operator set wins."""
        ours = {
            "CLINRAG_DATA_DIR": str(self._data.root),
            "CLINRAG_SECRET_KEY": self._data.secret("django") * 2,
            "CLINRAG_HTTPS": "0",
            # Where the demonstration's clinical app is told of a recall.
            "CLINRAG_WEBHOOK_HOSTS": LOOPBACK,
            "DJANGO_SETTINGS_MODULE": "clinrag.settings",
            "OMP_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",
            # `prepare` has run them; here they load every view of the web server.
            "CELERY_SKIP_CHECKS": "1",
            "PYTHONUNBUFFERED": "1",
        }
        if self._cluster:
            ours |= databases.addresses(self._cluster, self._data, role=role)
        if self._valkey:
            ours["REDIS_URL"] = self._valkey.url
        embedded = RECORDS_URL not in os.environ
        return ours | (
            dict(os.environ) if embedded else environment_of(role, os.environ)
        )

    def _write_environment_file(self) -> None:
        inherited = os.environ.items()
        lines = [
            f"{name}={value}"
            for name, value in self.environment().items()
            if (name in VOUCHING or (name, value) not in inherited)
            and name != "CLINRAG_DATA_DIR"
        ]
        write_private(self._data.environment_file, "\n".join(lines) + "\n")

    def _plans(self) -> list[ProcessPlan]:
        manage = (sys.executable, str(PROJECT / "manage.py"))
        plans = [
            self._plan("signer", (*manage, "run_signer"), databases.SIGNER),
            self._plan("sequencer", (*manage, "run_sequencer"), databases.SEQUENCER),
            self._plan("worker", self._worker_command(), databases.APP),
            self._plan("beat", self._beat_command(), databases.APP),
            self._web_plan(),
        ]
        if wants_anchoring(os.environ):
            command = (*manage, "run_anchoring")
            plans.append(self._plan("anchoring", command, databases.ANCHOR))
        return plans

    def _web_plan(self) -> ProcessPlan:
        return self._plan("web", self._web_command(), databases.APP)

    def _plan(self, name: str, command: tuple[str, ...], role: str) -> ProcessPlan:
        environment = self.environment(role)
        if name == "web":
            environment.setdefault("CLINRAG_DATABASE_POOL_SIZE", "20")
            environment |= self._model.settings if self._model else {}
        return ProcessPlan(
            name=name,
            command=command,
            log=self._data.logs / f"{name}.log",
            environment=environment,
            folder=PROJECT,
        )

    def _beat_command(self) -> tuple[str, ...]:
        """A process of its own: inside a worker nobody would start it again."""
        schedule = self._data.root / "beat-schedule"
        return (
            sys.executable, "-m", "celery", "-A", "clinrag", "beat",
            "--schedule", str(schedule), "--loglevel", "INFO", "--pidfile=",
        )  # fmt: skip

    def _worker_command(self) -> tuple[str, ...]:
        return (
            sys.executable, "-m", "celery", "-A", "clinrag", "worker",
            "--queues", QUEUES, "--concurrency", "1", "--loglevel", "INFO",
            "--without-gossip", "--without-mingle",
        )  # fmt: skip

    def _web_command(self) -> tuple[str, ...]:
        return (
            sys.executable, "-m", "uvicorn", "clinrag.asgi:application",
            "--host", "127.0.0.1", "--port", str(self.port), "--no-access-log",
            # Or it would believe whoever is on this machine about addresses.
            "--no-proxy-headers", "--no-server-header",
            "--timeout-graceful-shutdown", "10",
        )  # fmt: skip


def _choose_port() -> int:
    """The one asked for; else the usual one if nobody has it; else any."""
    asked = os.environ.get("CLINRAG_PORT")
    if asked:
        return int(asked)
    return USUAL_PORT if port_is_free(USUAL_PORT) else free_port()
