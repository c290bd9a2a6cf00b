"""Real workers, killed in the middle of a stage: the version is finished all the same."""

import subprocess
import time

import pytest
from django.db import transaction

from ingestion import actions, queries, tasks
from ingestion.errors import BuildIncomplete
from ingestion.models import ChunkEmbedding, WorkPart
from ingestion.queries import ReadingRules
from tests.factories.people import MANAGER
from tests.integration.ingestion_lifecycle.conftest import T0
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


@pytest.mark.parametrize(
    "kill", [subprocess.Popen.kill, pytest.param(kill_group, marks=pytest.mark.long)]
)
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


@pytest.mark.long
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


@pytest.mark.long
def test_build_tells_of_a_text_that_kills_its_worker_and_is_tried_again(
    in_force, collection, worker
):
    version = in_force()
    rules = ReadingRules(chunk_tokens=64)
    actions.set_reading_rules(collection.id, rules=rules, by=MANAGER, at=T0)
    build_id = actions.start_build(collection.id, by=MANAGER, at=T0)
    deadly = worker(DEADLY_BUILDER="1")
    send_build(build_id)
    until(lambda: looked_for_lost() and queries.build(build_id).failures)

    (failure,) = queries.build(build_id).failures
    assert (failure.version_id, failure.code) == (version.id, "processing_gave_up")
    assert deadly.poll() is None
    with pytest.raises(BuildIncomplete):
        actions.switch_build(build_id, by=MANAGER, at=T0)
    kill_group(deadly)
    worker()
    actions.retry_build(build_id, by=MANAGER, at=T0)
    send_build(build_id)
    until(lambda: looked_for_lost() and not actions.build_parts(build_id))

    assert queries.build(build_id).failures == ()
    actions.switch_build(build_id, by=MANAGER, at=T0)


def send_build(build_id) -> None:
    with transaction.atomic():
        tasks.enqueue_build(build_id)


def looked_for_lost() -> bool:
    tasks.resume_stalled_versions.apply_async(expires=1)
    time.sleep(0.9)
    return True
