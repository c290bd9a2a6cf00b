"""Real workers, killed in the middle of a stage: the version is finished all the same."""

import subprocess
import time

import pytest
from django.db import transaction

from ingestion import queries, tasks
from ingestion.models import ChunkEmbedding, WorkPart
from tests.integration.ingestion_lifecycle.running import kill_group, until
from tests.integration.ingestion_lifecycle.test_attempts import LONG_TEXT

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


def send(version_id) -> None:
    with transaction.atomic():
        tasks.enqueue(version_id)


def look_for_lost_until(status: str, version_id) -> None:
    """Send the clock's task as beat does, until the version stands there."""

    def arrived() -> bool:
        tasks.resume_stalled_versions.apply_async(expires=1)
        time.sleep(0.9)
        return queries.version(version_id).status == status

    until(arrived)


@pytest.mark.parametrize("kill", [subprocess.Popen.kill, kill_group])
def test_version_is_finished_when_the_worker_is_killed_while_it_reads(
    receive,
    worker,
    kill,
):
    version_id = receive().id
    first = worker(SLOW_READER="6")
    send(version_id)
    until(WorkPart.objects.filter(version=version_id, state="leased").exists)

    kill(first)
    worker()

    look_for_lost_until("in_review", version_id)


def test_version_is_finished_when_the_worker_is_killed_while_it_embeds(receive, worker):
    version_id = receive(LONG_TEXT).id
    first = worker(SLOW_EMBEDDER="2")
    send(version_id)
    until(ChunkEmbedding.objects.exists)

    kill_group(first)
    kept = ChunkEmbedding.objects.count()
    assert queries.version(version_id).status == "chunked"
    worker()

    look_for_lost_until("in_review", version_id)
    assert ChunkEmbedding.objects.count() > kept > 0


def test_version_fails_and_the_worker_lives_when_the_file_kills_its_reader(
    receive,
    worker,
):
    poison, good = receive(), receive(LONG_TEXT)
    living = worker(DEADLY_READER="1")
    send(poison.id)

    look_for_lost_until("failed", poison.id)

    assert queries.version(poison.id).failure_code == "processing_gave_up"
    assert queries.standing(poison.id, poison.received_at) == "draft"
    assert living.poll() is None
    send(good.id)  # the same worker still takes work
    until(WorkPart.objects.filter(version=good.id, attempts__gt=0).exists)
