"""The demonstration as a person starts it, killed once and resumed.

One long test: it is the way from an empty folder to a verified ledger, and its parts
cannot be had apart.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def data_directory() -> Iterator[Path]:
    """With a space in its path, and open to the unprivileged user of PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="clinrag demo ") as base:
        Path(base).chmod(0o755)
        yield Path(base) / "da ta"
        assert processes_of(Path(base)) == []


def start(data_directory: Path) -> "subprocess.Popen[str]":
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CLINRAG_", "DATABASE_", "REDIS_", "DJANGO_"))
    }
    return subprocess.Popen(
        [sys.executable, "-m", "clinrag.local", "--once"],
        cwd=REPOSITORY,
        env={**environment, "CLINRAG_DATA_DIR": str(data_directory)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
    )


def read_until(demo: "subprocess.Popen[str]", words: str) -> str:
    """Progress is written without an end of line: read character by character."""
    assert demo.stdout is not None
    said = ""
    while words not in said:
        character = demo.stdout.read(1)
        assert character, said
        said += character
    return said


def processes_of(folder: Path) -> list[int]:
    """Processes whose command line or environment names the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                about = (entry / "cmdline").read_bytes() + (
                    entry / "environ"
                ).read_bytes()
            except OSError:
                continue
            if str(folder).encode() in about:
                found.append(int(entry.name))
    return found


def wait_until_gone(folder: Path, *, seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not processes_of(folder):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.timeout(900)
def test_demo_resumes_after_a_kill_and_ends_well(
    data_directory: Path,
) -> None:
    killed = start(data_directory)
    read_until(killed, "first editions …")
    time.sleep(3)
    killed.kill()
    killed.communicate()
    assert wait_until_gone(data_directory)

    demo = start(data_directory)
    said, _ = demo.communicate()

    summary = json.loads(said.strip().splitlines()[-1])
    assert summary["shortfalls"] == []
    assert demo.returncode == 0
    assert (summary["verified"], summary["proof_verified"]) == (True, True)
    assert [found["outcome"] for found in summary["questions"]] == [
        "answered",
        "answered",
        "answered",
        "answered",
        "no_evidence",
        "answered",
        "answered",
    ]
    assert summary["edition"]["decision"]["foresight"] == "fresh"
    assert summary["recall"]["recall"]["message"]["signed"]
    assert summary["recall"]["certificate"]["verified"]
    entries = summary["entries"]

    again = start(data_directory)
    said, _ = again.communicate()
    summary = json.loads(said.strip().splitlines()[-1])
    assert again.returncode == 0
    assert summary["entries"] - entries <= len(summary["questions"])  # read again
    assert wait_until_gone(data_directory)
