"""Two people who end, mend or begin one index in the same moment."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from ingestion import actions, queries
from ingestion.actions.leases import MOST_ATTEMPTS
from ingestion.errors import (
    BuildIncomplete,
    BuildNotOpen,
    BuildUnderWay,
    IngestionError,
    NothingToRetry,
)
from ingestion.models import OPEN, Collection, WorkPart
from tests.factories.people import MANAGER
from tests.integration.ingestion_lifecycle.conftest import T0
from tests.integration.ingestion_lifecycle.recorded import recorded
from tests.integration.ingestion_lifecycle.test_builds import build_all, newer, start

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["newer"]
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
SECONDS = 20.0


@pytest.fixture
def at_once(collection):
    """Let acts on one build meet: each has begun before any of them may go on."""

    def at_once(*names: str, build_id) -> list[type[IngestionError] | None]:
        with ThreadPoolExecutor(len(names)) as pool:
            with transaction.atomic():
                Collection.objects.select_for_update(no_key=True).get(pk=collection.id)
                begun = [pool.submit(_ended, acting(one, build_id)) for one in names]
                _wait_for(len(names))
            return [one.result(SECONDS) for one in begun]

    def acting(name: str, build_id) -> Callable[[], object]:
        if name == "start":
            return lambda: start(collection)
        act = getattr(actions, name)
        return lambda: act(build_id, by=MANAGER, at=T0)

    return at_once


def _ended(act: Callable[[], object]) -> type[IngestionError] | None:
    try:
        act()
    except IngestionError as error:
        return type(error)
    finally:
        connection.close()
    return None


def _wait_for(count: int) -> None:
    until = time.monotonic() + SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            if cursor.fetchone()[0] >= count:
                return
            time.sleep(0.02)
    pytest.fail("they do not wait for each other")


def entries(kind: str) -> int:
    return sum(one["type"] == f"index.{kind}" for one in recorded())


def failed_build(collection):
    build_id = start(collection)
    (part_id,) = actions.build_parts(build_id)
    WorkPart.objects.filter(pk=part_id).update(attempts=MOST_ATTEMPTS)
    actions.build_part(part_id, at_most=9)
    return build_id


def test_what_failed_is_tried_again_once_and_stops_when_the_build_does(
    in_force, collection, newer, at_once
):
    in_force()
    build_id = failed_build(collection)

    ended = at_once("retry_build", "retry_build", build_id=build_id)
    assert set(ended) == {None, NothingToRetry}
    assert entries("build_retried") == len(actions.build_parts(build_id)) == 1

    WorkPart.objects.update(attempts=MOST_ATTEMPTS)
    actions.build_part(*actions.build_parts(build_id), at_most=9)
    ended = at_once("switch_build", "retry_build", build_id=build_id)
    assert ended == [BuildIncomplete, None]
    assert (queries.build(build_id).state, entries("switched")) == ("building", 0)

    ended = at_once("start", "abandon_build", build_id=build_id)
    assert ended[1] is None
    if ended[0] is BuildUnderWay:
        start(collection)
    assert queries.build(build_id).state == "abandoned"
    assert entries("build_started") == 2


def test_nothing_is_left_open_when_a_build_is_abandoned_and_retried_at_once(
    in_force, collection, newer, at_once
):
    in_force()
    build_id = failed_build(collection)

    ended = at_once("abandon_build", "retry_build", build_id=build_id)

    assert ended[0] is None
    assert ended[1] in {None, BuildNotOpen}
    assert entries("build_retried") == (ended[1] is None)
    assert queries.build(build_id).state == "abandoned"
    assert not WorkPart.objects.filter(stage="rebuild", state__in=OPEN).exists()


def test_one_way_is_gone_when_a_complete_build_is_ended_twice_at_once(
    in_force, collection, newer, at_once
):
    in_force()
    build_id = start(collection)
    build_all(build_id)
    # What failed is there all the same: it was embedded before its worker died.
    WorkPart.objects.filter(stage="rebuild").update(
        state="failed", failure_code="processing_gave_up"
    )

    ended = at_once("switch_build", "retry_build", build_id=build_id)
    assert ended[0] is None
    assert ended[1] in {None, BuildNotOpen}
    assert queries.build(build_id).state == "switched"
    assert not WorkPart.objects.filter(stage="rebuild", state__in=OPEN).exists()

    ended = at_once("revert_build", "revert_build", build_id=build_id)
    assert set(ended) == {None, BuildNotOpen}
    assert entries("switched") == 2  # there, and back once

    again = start(collection)
    actions.switch_build(again, by=MANAGER, at=T0)
    ended = at_once("revert_build", "drop_vectors", build_id=again)
    assert set(ended) == {None, BuildNotOpen}
    assert entries("vectors_dropped") == (ended[1] is None)
