"""The real scheduler and a real worker: a file put in a folder comes up for review."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from ingestion import actions, queries
from tests.conftest import REPOSITORY
from tests.factories.people import MANAGER
from tests.integration.ingestion_lifecycle.conftest import GUIDELINE
from tests.integration.ingestion_lifecycle.running import kill_group, until

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


@pytest.fixture
def beat(valkey, tmp_path):
    """The schedule's ticks, sent by Celery's own scheduler."""
    started = []

    def start() -> None:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "clinrag.settings",
            "REDIS_URL": valkey.url,
        }
        started.append(
            subprocess.Popen(
                [
                    sys.executable, "-m", "celery", "-A", "clinrag", "beat",
                    "--schedule", str(tmp_path / "beat"), "--loglevel", "WARNING",
                ],
                cwd=REPOSITORY, env=environment, start_new_session=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        )  # fmt: skip

    yield start
    for process in started:
        kill_group(process)


@pytest.mark.long
def test_file_put_in_a_folder_comes_up_for_review(
    collection, worker, beat, settings, tmp_path
):
    folder = tmp_path / "watched"
    folder.mkdir()
    (folder / "g.md").write_text(GUIDELINE)
    settings.CLINRAG_SOURCE_FOLDERS = [str(folder)]
    actions.add_source(
        collection.id,
        kind="folder",
        name="Guidelines",
        address=str(folder),
        every_seconds=60,
        by=MANAGER,
        at=timezone.now() - timedelta(minutes=1),
    )
    worker(CLINRAG_SOURCE_FOLDERS=str(folder), CLINRAG_SOURCE_SETTLE_SECONDS="0")
    beat()

    def is_in_review() -> bool:
        tasks = queries.owner_tasks(MANAGER.id)
        found = [queries.version(one.version_id) for one in tasks]
        return [one.status for one in found] == ["in_review"]

    until(is_in_review, seconds=150)
