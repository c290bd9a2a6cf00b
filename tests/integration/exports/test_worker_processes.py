"""Real workers, killed while they build: the package is complete all the same.

Killed between two pages, before its end is written, and when its file already stands
under its name and nothing says so yet.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote
from zipfile import ZipFile

import pytest
from django.db import connections, transaction

from audit import tasks
from audit.exports import records
from audit.exports.records import State
from audit.models import Entry, Export
from tests.conftest import REPOSITORY, ROLE_PASSWORD
from tests.integration.audit.conftest import ORIGIN

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

APPLICATION = "tests.integration.exports.worker_app"
PLAIN = 700


@pytest.fixture
def worker(postgres, valkey, settings, office, tmp_path):
    """Start the project's worker, with the application's rights."""
    settings.CLINRAG_EXPORT_DIR = office.workshop.folder
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
            "CLINRAG_EXPORT_DIR": str(office.workshop.folder),
            "CLINRAG_SIGNER_DIR": str(settings.CLINRAG_SIGNER_DIR),
            "CLINRAG_DEPLOYMENT_KEY_FILE": str(settings.CLINRAG_DEPLOYMENT_KEY_FILE),
            "CLINRAG_LOG_ORIGIN": ORIGIN,
            "REDIS_URL": valkey.url,
            "LOST_AFTER": "1",
            "STOPPED": str(tmp_path / "stopped"),
            **changes,
        }
        process = subprocess.Popen(
            [
                sys.executable, "-m", "celery", "-A", APPLICATION, "worker",
                "--queues", "default,ledger.slow", "--concurrency", "1",
                "--without-gossip", "--without-mingle", "--loglevel", "WARNING",
            ],
            cwd=REPOSITORY, env=environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        kill_all(process)


def kill_all(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_who_builds(process: subprocess.Popen) -> None:
    """Only the process in the pool: its parent lives and gives the task on."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    for child in children.split():
        os.kill(int(child), signal.SIGKILL)


def until(seen: Callable[[], object], *, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def look_for_lost_until_built(export) -> None:
    """Send the clock's task as beat does, until the package is no longer being built."""

    def ended() -> bool:
        tasks.resume_stalled_exports.apply_async(expires=1)
        time.sleep(0.9)
        return records.by_id(export.id).state is not State.BUILDING

    until(ended)


@pytest.mark.parametrize(
    ("stop_at", "kill"),
    [
        ("page:3", kill_all),
        pytest.param("page:3", kill_who_builds, marks=pytest.mark.long),
        pytest.param("close:1", kill_all, marks=pytest.mark.long),
        pytest.param("finish:1", kill_all, marks=pytest.mark.long),
    ],
)
def test_package_is_complete_when_its_worker_is_killed(
    office, worker, tmp_path, stop_at, kill
):
    for _ in range(3):
        office.answer()
    office.log.fill(PLAIN)
    wanted = Entry.objects.count()
    export = office.start("entries", "disclosed", first="0", last=str(wanted - 1))
    first = worker(STOP_AT=stop_at)
    with transaction.atomic():
        tasks.enqueue(export.id)
    until((tmp_path / "stopped").exists)
    before = Export.objects.get(pk=export.id)
    assert before.state == State.BUILDING
    assert office.workshop.draft(export.id).exists() or stop_at == "finish:1"
    assert office.file(export).exists() == (stop_at == "finish:1")
    told = records.by_id(export.id)
    assert 0 < told.looked_at < told.to_look_at == wanted

    kill(first)
    if kill is kill_all:
        worker()
    look_for_lost_until_built(export)

    check_complete(office, records.by_id(export.id), wanted)


def check_complete(office, built, wanted):
    """All of it, under its name alone, as the entry of its end tells it."""
    assert (built.state, built.failure_code) == (State.BUILT, "")
    file = office.file(built)
    assert [one.name for one in office.workshop.folder.iterdir()] == [file.name]
    assert file.stat().st_mode & 0o077 == 0
    assert sha256(file.read_bytes()).hexdigest() == built.sha256
    with ZipFile(file) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        raw = archive.read("manifest.json")
    manifest = json.loads(raw)
    assert sha256(raw).hexdigest() == built.manifest_sha256
    assert sorted(names) == sorted({*manifest["files"], "manifest.json"})
    indices = [one["index"] for one in manifest["entries"]]
    assert indices == list(range(wanted))
    assert built.entries_done == wanted
    checked = office.verify(file, "--manifest-sha256", built.manifest_sha256)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    office.log.sequence()
    assert Entry.objects.filter(type="export.built").count() == 1
    assert Entry.objects.filter(type="content.disclosed").exists()
