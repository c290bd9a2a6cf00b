"""The embedded servers live as long as their starter, and no longer."""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from clinrag.local import postgres
from clinrag.local.errors import AlreadyRunning, OtherMajorVersion
from clinrag.local.layout import open_data_directory
from clinrag.local.postgres import PostgresCluster
from clinrag.local.valkey import ValkeyServer

STARTER = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from clinrag.local.postgres import PostgresCluster
    cluster = PostgresCluster(Path(sys.argv[1]))
    cluster.start()
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


def test_cluster_keeps_its_data_when_started_again(folder: Path) -> None:
    cluster = PostgresCluster(folder)
    cluster.start()
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    cluster.stop()
    assert not answers(cluster.url("postgres"))

    again = PostgresCluster(folder)
    again.start()
    with psycopg.connect(again.url("postgres")) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    again.stop()


@pytest.mark.skipif(os.getuid() != 0, reason="only root drops to somebody else")
def test_cluster_finds_another_place_when_others_may_not_enter_this_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = folder.parent / "else where"
    elsewhere.mkdir(mode=0o755)
    monkeypatch.setattr(postgres, "ROOT_HOME", elsewhere)
    monkeypatch.setattr(postgres, "_everyone_may_enter", lambda _: False)
    cluster = PostgresCluster(folder, name="mine")
    cluster.start()
    assert answers(cluster.url("postgres"))
    cluster.stop()
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


def test_cluster_starts_when_server_and_watchdog_were_killed(folder: Path) -> None:
    cluster = PostgresCluster(folder)
    cluster.start()
    postmaster = int((cluster.home / "cluster/postmaster.pid").read_text().split()[0])
    assert cluster._child is not None
    os.kill(cluster._child.pid, signal.SIGKILL)  # the watchdog
    os.kill(postmaster, signal.SIGKILL)

    again = PostgresCluster(folder)
    again.start()
    assert answers(again.url("postgres"))
    again.stop()


def test_cluster_takes_over_when_only_the_watchdog_was_killed(folder: Path) -> None:
    cluster = PostgresCluster(folder)
    cluster.start()
    assert cluster._child is not None
    os.kill(cluster._child.pid, signal.SIGKILL)

    again = PostgresCluster(folder)
    again.start()
    assert answers(again.url("postgres"))
    again.stop()
    assert not answers(again.url("postgres"))


def test_cluster_is_revived_when_its_server_was_killed(folder: Path) -> None:
    cluster = PostgresCluster(folder)
    cluster.start()
    assert not cluster.revive()
    postmaster = int((cluster.home / "cluster/postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)

    url = cluster.url("postgres")
    assert wait_until(lambda: not cluster.revive() and answers(url))
    cluster.stop()


def test_cluster_is_refused_when_another_major_version_made_it(folder: Path) -> None:
    cluster = PostgresCluster(folder)
    cluster.start()
    cluster.stop()
    (cluster.home / "cluster/PG_VERSION").write_text("12\n")

    with pytest.raises(OtherMajorVersion):
        PostgresCluster(folder).start()


def test_wrong_password_is_refused(folder: Path) -> None:
    cluster = PostgresCluster(folder)
    cluster.start()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(cluster.url("postgres", password="wrong")).close()
    cluster.stop()


def test_queued_message_survives_a_restart_of_valkey(tmp_path: Path) -> None:
    import redis

    server = ValkeyServer(tmp_path / "val key")
    server.start()
    redis.Redis.from_url(server.url).rpush("queue", "task")
    server.stop()

    again = ValkeyServer(tmp_path / "val key")
    again.start()
    assert redis.Redis.from_url(again.url).lpop("queue") == b"task"
    again.stop()


def test_data_directory_is_refused_when_in_use(tmp_path: Path) -> None:
    _, lock = open_data_directory(tmp_path / "data")
    with pytest.raises(AlreadyRunning):
        open_data_directory(tmp_path / "data")
    lock.close()
    open_data_directory(tmp_path / "data")[1].close()
