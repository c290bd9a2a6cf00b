"""What ends an index built beside the one in use is on record, and poison stops."""

import json
from io import StringIO
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from ingestion import actions, queries, tasks
from ingestion.actions.leases import MOST_ATTEMPTS
from ingestion.errors import BuildIncomplete, EmbeddingFailed, NothingToRetry
from ingestion.models import WorkPart
from tests.factories.people import MANAGER
from tests.integration.ingestion_lifecycle.conftest import T0
from tests.integration.ingestion_lifecycle.recorded import recorded
from tests.integration.ingestion_lifecycle.test_builds import (
    build_all,
    newer,
    search,
    start,
)

pytestmark = pytest.mark.django_db
__all__ = ["newer"]


def told() -> list[tuple[str, dict]]:
    kinds = ("index.",)
    return [
        (one["type"], one["fields"])
        for one in recorded()
        if one["type"].startswith(kinds)
    ]


def test_each_step_of_a_build_is_on_record(in_force, collection, newer):
    version = in_force()
    first = start(collection)
    actions.abandon_build(first, by=MANAGER, at=T0)
    second = start(collection)
    build_all(second)
    actions.switch_build(second, by=MANAGER, at=T0)
    actions.drop_vectors(second, by=MANAGER, at=T0)

    about = {"collection_id": str(collection.id)}
    assert [kind for kind, _ in told()] == [
        "index.build_started",
        "index.build_abandoned",
        "index.build_started",
        "index.switched",
        "index.vectors_dropped",
    ]
    assert told()[0][1] == {
        **about,
        "build_id": str(first),
        "embedder": "newer@2",
        "chunker": "",
        "versions": 1,
    }
    assert told()[1][1] == {
        **about,
        "build_id": str(first),
        "versions_done": 0,
        "versions": 1,
    }
    assert told()[4][1] == {
        **about,
        "build_id": str(second),
        "embedder": "fake@1",
        "vectors": 3,
    }
    assert {one["actor"]["id"] for one in recorded()[-5:]} == {MANAGER.id}
    assert queries.version(version.id).status == "in_force"


def test_poison_stops_after_some_attempts_and_is_tried_again(
    in_force, collection, embedder, newer
):
    version = in_force()
    build_id = start(collection)
    with pytest.raises(NothingToRetry):
        actions.retry_build(build_id, by=MANAGER, at=T0)
    (part_id,) = actions.build_parts(build_id)
    # Begun so often by workers that were killed with it.
    WorkPart.objects.filter(pk=part_id).update(attempts=MOST_ATTEMPTS)

    assert actions.build_part(part_id, at_most=9)

    (failure,) = queries.build(build_id).failures
    assert (failure.version_id, failure.code) == (version.id, "processing_gave_up")
    assert actions.build_parts(build_id) == []
    actions.plan_rest(build_id, at=T0)
    assert actions.build_parts(build_id) == []
    with pytest.raises(BuildIncomplete):
        actions.switch_build(build_id, by=MANAGER, at=T0)

    actions.retry_build(build_id, by=MANAGER, at=T0)
    assert queries.build(build_id).failures == ()
    assert told()[-1] == (
        "index.build_retried",
        {
            "collection_id": str(collection.id),
            "build_id": str(build_id),
            "version_ids": [str(version.id)],
        },
    )
    build_all(build_id)
    actions.switch_build(build_id, by=MANAGER, at=T0)
    assert search(collection, embedder).embedder == "newer@2"


def test_worker_tries_again_and_then_the_build_tells_of_it(
    in_force, collection, newer, monkeypatch
):
    in_force()
    build_id = start(collection)
    (part_id,) = actions.build_parts(build_id)

    begun = []

    def fails(*_arguments: object, **_options: object) -> bool:
        begun.append(queries.build(build_id).failures)
        raise EmbeddingFailed

    monkeypatch.setattr(actions, "build_part", fails)
    tasks.build_part.apply(args=(str(part_id),))

    assert begun == [()] * (1 + tasks.RETRIES)
    assert [one.code for one in queries.build(build_id).failures] == [
        EmbeddingFailed.code
    ]


def test_worker_lets_a_part_fail_at_once_when_trying_again_is_in_vain(
    in_force, collection, newer, monkeypatch
):
    in_force()
    build_id = start(collection)
    (part_id,) = actions.build_parts(build_id)

    def breaks(*_arguments: object, **_options: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(actions, "build_part", breaks)
    with pytest.raises(ZeroDivisionError):
        tasks.build_part.run(str(part_id))

    (failure,) = queries.build(build_id).failures
    assert failure.code == "processing_failed"


@pytest.fixture
def shell(db):
    get_user_model().objects.create_user(
        "alma", password="x" * 20, roles=["knowledge_manager"]
    )

    def shell(*arguments: str) -> dict:
        out = StringIO()
        command = ("build_index", "cardiology", "--by", "alma", "--json", *arguments)
        call_command(*command, stdout=out)
        return json.loads(out.getvalue())

    return shell


def test_index_is_built_switched_reverted_and_dropped_from_the_shell(
    shell, in_force, collection, embedder, newer
):
    in_force()
    built = shell("--embedder", "newer@2")
    assert (built["state"], built["versions"], built["passages"]) == (
        "building",
        "1 of 1",
        "3 of 3",
    )
    assert shell("--switch")["state"] == "switched"
    assert search(collection, embedder).embedder == "newer@2"
    assert shell("--revert")["state"] == "reverted"
    assert shell("--embedder", "newer@2")["versions"] == "0 of 0"  # all there
    assert shell("--switch")["state"] == "switched"
    assert shell("--drop")["state"] == "switched"
    with pytest.raises(CommandError, match="build_not_open"):
        shell("--drop")
    with pytest.raises(CommandError, match="build_not_open"):
        shell("--abandon")
    with pytest.raises(CommandError, match="one step"):
        shell("--switch", "--drop")


def test_shell_goes_on_past_a_text_that_fails_and_retries_it(
    shell, in_force, collection, newer, monkeypatch
):
    in_force()
    embed = newer.embed_passages
    monkeypatch.setattr(newer, "embed_passages", broken)
    built = shell("--embedder", "newer@2")
    version_id, code = built["failed"][0].split(": ")
    assert (UUID(version_id), code) == (
        queries.build(UUID(built["build_id"])).failures[0].version_id,
        EmbeddingFailed.code,
    )
    with pytest.raises(CommandError, match="build_incomplete"):
        shell("--switch")
    monkeypatch.setattr(newer, "embed_passages", embed)
    assert shell()["failed"]  # going on is not trying again
    assert shell("--retry")["failed"] == []
    assert shell("--switch")["state"] == "switched"


def broken(*_arguments: object, **_options: object) -> object:
    raise EmbeddingFailed
