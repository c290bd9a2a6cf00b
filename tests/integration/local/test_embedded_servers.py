"""The embedded servers live as long as their starter, and no longer."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from clinrag.local import postgres
from clinrag.local.errors import AlreadyRunning, OtherMajorVersion, UnsafeDirectory
from clinrag.local.layout import open_data_directory
from clinrag.local.postgres import PostgresCluster, socket_folder
from clinrag.local.supervisor import Supervisor
from clinrag.local.valkey import ValkeyServer

STARTER = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from clinrag.local.postgres import PostgresCluster
    from clinrag.local.supervisor import Supervisor
    cluster = PostgresCluster(Path(sys.argv[1]))
    supervisor = Supervisor()
    cluster.start(supervisor)
    print(cluster.url("postgres"), flush=True)
    time.sleep(600)
    """
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a space in its path, and open to the unprivileged user.

    Not below pytest's own folder, which each new run closes to others.
    """
    with tempfile.TemporaryDirectory(prefix="clinrag test ") as base:
        Path(base).chmod(0o755)
        yield Path(base) / "post gres"
        # Of a starter that was killed; any other stop removes it.
        shutil.rmtree(
            socket_folder(Path(base) / "post gres/cluster"), ignore_errors=True
        )


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    supervisor.stop()


@pytest.fixture
def cluster(folder: Path, supervisor: Supervisor) -> PostgresCluster:
    cluster = PostgresCluster(folder)
    cluster.start(supervisor)
    return cluster


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def wait_until(condition, seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def message_of(server: ValkeyServer) -> object:
    try:
        return redis.Redis.from_url(server.url).lpop("queue")
    except redis.ConnectionError:
        return None


def postmaster_of(cluster: PostgresCluster) -> int:
    return int((cluster.home / "cluster/postmaster.pid").read_text().split()[0])


def test_cluster_keeps_its_data_when_started_again(
    cluster: PostgresCluster, supervisor: Supervisor
) -> None:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    supervisor.stop()
    assert not answers(cluster.url("postgres"))

    cluster.start(supervisor)
    with psycopg.connect(cluster.url("postgres")) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_socket_folder_is_removed_when_the_server_is_stopped(
    cluster: PostgresCluster, supervisor: Supervisor
) -> None:
    assert stat.S_IMODE(cluster.sockets.stat().st_mode) == 0o700
    supervisor.stop()
    assert not cluster.sockets.exists()


def test_socket_folder_is_refused_when_it_is_a_link(
    folder: Path, supervisor: Supervisor
) -> None:
    cluster = PostgresCluster(folder)
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    cluster.sockets.symlink_to(elsewhere)
    with pytest.raises(UnsafeDirectory):
        cluster.start(supervisor)
    cluster.sockets.unlink()
    cluster.start(supervisor)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_socket_folder_is_refused_when_it_belongs_to_somebody_else(
    folder: Path, supervisor: Supervisor
) -> None:
    cluster = PostgresCluster(folder)
    cluster.sockets.mkdir(mode=0o755)
    os.chown(cluster.sockets, 54321, 54321)
    with pytest.raises(UnsafeDirectory, match="somebody else"):
        cluster.start(supervisor)
    os.chown(cluster.sockets, 0, 0)
    cluster.start(supervisor)


@pytest.mark.skipif(os.getuid() != 0, reason="only root drops to somebody else")
def test_cluster_finds_another_place_when_others_may_not_enter_this_one(
    folder: Path, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = folder.parent / "else where"
    elsewhere.mkdir(mode=0o755)
    monkeypatch.setattr(postgres, "ROOT_HOME", elsewhere)
    monkeypatch.setattr(postgres, "_everyone_may_enter", lambda _: False)
    cluster = PostgresCluster(folder, name="mine")
    cluster.start(supervisor)
    assert answers(cluster.url("postgres"))
    assert cluster.home == elsewhere / "mine"
    assert not folder.exists()


def test_server_stops_when_its_starter_is_killed(folder: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    url = starter.stdout.readline().strip()
    assert answers(url)

    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    starter.stdout.close()

    assert wait_until(lambda: not answers(url))


def test_cluster_starts_when_server_and_watchdog_were_killed(
    cluster: PostgresCluster, supervisor: Supervisor
) -> None:
    postmaster = postmaster_of(cluster)
    os.kill(supervisor.pid_of("postgres"), signal.SIGKILL)
    os.kill(postmaster, signal.SIGKILL)

    cluster.start(supervisor)
    assert answers(cluster.url("postgres"))


def test_cluster_takes_over_when_only_the_watchdog_was_killed(
    cluster: PostgresCluster, supervisor: Supervisor
) -> None:
    os.kill(supervisor.pid_of("postgres"), signal.SIGKILL)

    cluster.start(supervisor)
    assert answers(cluster.url("postgres"))
    supervisor.stop()
    assert not answers(cluster.url("postgres"))


@pytest.mark.parametrize("killed", ["server", "watchdog"])
def test_cluster_is_started_again_when_it_was_killed(
    cluster: PostgresCluster, supervisor: Supervisor, killed: str
) -> None:
    assert supervisor.tend() == []
    victims = {
        "server": postmaster_of(cluster),
        "watchdog": supervisor.pid_of("postgres"),
    }
    os.kill(victims[killed], signal.SIGKILL)

    assert wait_until(lambda: supervisor.tend() == ["postgres"])
    url = cluster.url("postgres")
    assert wait_until(lambda: not supervisor.tend() and answers(url))
    assert postmaster_of(cluster) != victims["server"]


def test_cluster_is_refused_when_another_major_version_made_it(
    cluster: PostgresCluster, supervisor: Supervisor
) -> None:
    supervisor.stop()
    version = cluster.home / "cluster/PG_VERSION"
    made_by = version.read_text()
    version.write_text("12\n")
    with pytest.raises(OtherMajorVersion):
        cluster.start(supervisor)
    version.write_text(made_by)
    cluster.start(supervisor)


def test_wrong_password_is_refused(cluster: PostgresCluster) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(cluster.url("postgres", password="wrong")).close()


@pytest.mark.parametrize("stop", [signal.SIGKILL, None])
def test_queued_message_survives_a_restart_of_valkey(
    tmp_path: Path, supervisor: Supervisor, stop: signal.Signals | None
) -> None:
    server = ValkeyServer(tmp_path / "val key")
    server.start(supervisor)
    redis.Redis.from_url(server.url).rpush("queue", "task")
    if stop:
        os.kill(supervisor.pid_of("valkey"), stop)
        assert wait_until(lambda: supervisor.tend() == ["valkey"])
    else:
        supervisor.stop()
        server.start(supervisor)
    assert wait_until(lambda: message_of(server) == b"task")


def test_data_directory_is_refused_when_in_use(tmp_path: Path) -> None:
    _, lock = open_data_directory(tmp_path / "data")
    with pytest.raises(AlreadyRunning):
        open_data_directory(tmp_path / "data")
    lock.close()
    open_data_directory(tmp_path / "data")[1].close()
