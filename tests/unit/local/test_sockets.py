"""Folders of sockets that nobody uses are removed, and no other."""

import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from clinrag.local.sockets import UNTOUCHED_SECONDS, remove_stale

PREFIX = f"clinrag-{os.getuid()}-"
NAME = PREFIX + "0123456789"
OLD = time.time() - UNTOUCHED_SECONDS - 60
SOCKET = ".s.PGSQL.5432"


@pytest.fixture
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("t")


def dead_process() -> int:
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


def left_behind(parent: Path, name: str = NAME, *, pid: int | None = None) -> Path:
    """As a killed server leaves it: a socket that nobody serves, and its lock."""
    folder = parent / name
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / SOCKET))
    (folder / f"{SOCKET}.lock").write_text(f"{pid or dead_process()}\n/data\n")
    age(folder)
    return folder


def age(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        os.utime(path, (OLD, OLD))


def removed(parent: Path) -> list[str]:
    found = remove_stale(parent, PREFIX, owners={os.getuid()})
    assert not any(folder.exists() for folder in found)
    return [folder.name for folder in found]


def test_folder_is_removed_when_its_process_is_gone(parent: Path) -> None:
    left_behind(parent)
    (parent / (PREFIX + "abcdef0123")).mkdir()
    os.utime(parent / (PREFIX + "abcdef0123"), (OLD, OLD))
    assert removed(parent) == [NAME, PREFIX + "abcdef0123"]
    assert removed(parent) == []


@pytest.mark.parametrize(
    "name", [f"clinrag-{os.getuid() + 1}-0123456789", NAME + "0", "clinrag-test-0123"]
)
def test_folder_is_kept_when_its_name_is_another(parent: Path, name: str) -> None:
    left_behind(parent), left_behind(parent, name)
    assert removed(parent) == [NAME]


def test_folder_is_kept_when_somebody_else_owns_it(parent: Path) -> None:
    left_behind(parent)
    assert remove_stale(parent, PREFIX, owners={os.getuid() + 1}) == []
    assert removed(parent) == [NAME]


def test_folder_is_kept_when_its_process_lives(parent: Path) -> None:
    folder = left_behind(parent, pid=os.getpid())
    assert removed(parent) == []
    assert (folder / SOCKET).exists()


def test_folder_is_kept_when_a_server_answers(parent: Path) -> None:
    folder = left_behind(parent)
    (folder / SOCKET).unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / SOCKET))
        server.listen()
        age(folder)
        assert removed(parent) == []
    assert removed(parent) == [NAME]


def test_folder_is_kept_when_it_was_in_use_lately(parent: Path) -> None:
    folder = left_behind(parent)
    os.utime(folder / SOCKET)
    assert removed(parent) == []
    age(folder)
    assert removed(parent) == [NAME]


@pytest.mark.parametrize("name", ["notes.txt", ".s.PGSQL.x"])
def test_folder_is_kept_when_something_else_is_in_it(parent: Path, name: str) -> None:
    folder = left_behind(parent)
    (folder / name).write_text("kept")
    age(folder)
    assert removed(parent) == []
    assert (folder / name).read_text() == "kept"


def test_link_is_not_followed_when_it_has_the_name(parent: Path) -> None:
    elsewhere = left_behind(parent, "elsewhere")
    (parent / NAME).symlink_to(elsewhere)
    assert removed(parent) == []
    assert (elsewhere / SOCKET).exists()
