"""Starting the project's worker as a process, to be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import quote

import pytest
from django.db import connections

from clinrag.local.stack import QUEUES
from tests.conftest import REPOSITORY, ROLE_PASSWORD

APPLICATION = "tests.integration.ingestion_lifecycle.worker_app"


@pytest.fixture
def worker(postgres, valkey, settings):
    """Start the project's worker, with the application's rights."""
    names = [connections[alias].settings_dict["NAME"] for alias in ("default", "keys")]
    addresses = [
        f"postgresql://clinrag_app:{ROLE_PASSWORD}@/{name}"
        f"?host={quote(str(postgres.sockets))}"
        for name in names
    ]
    started = []

    def start(**changes: str) -> subprocess.Popen:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "clinrag.settings",
            "DATABASE_URL": addresses[0],
            "CLINRAG_KEYS_DATABASE_URL": addresses[1],
            "CLINRAG_STORAGE_DIR": str(settings.CLINRAG_STORAGE_DIR),
            "REDIS_URL": valkey.url,
            "LOST_AFTER": "1",
            **changes,
        }
        process = subprocess.Popen(
            [
                sys.executable, "-m", "celery", "-A", APPLICATION, "worker",
                "--queues", QUEUES, "--concurrency", "1",
                "--without-gossip", "--without-mingle", "--loglevel", "WARNING",
            ],
            cwd=REPOSITORY, env=environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        kill_group(process)


def kill_group(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(seen: Callable[[], object], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
