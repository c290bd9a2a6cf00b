"""The machine's work over HTTP: watched, stopped, sent through again; a new index."""

from uuid import UUID

import pytest

from ingestion import actions, queries, tasks
from ingestion.embedding import identity_of
from ingestion.errors import ProcessingGaveUp
from tests.factories.embedder import CountingEmbedder
from tests.factories.people import AUTHOR
from tests.integration.api.conftest import App, check_problem
from tests.integration.ingestion_lifecycle.conftest import T0

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(make_person):
    return make_person("mona", "knowledge_manager")


@pytest.fixture
def clinician(make_person):
    return make_person("cleo", "clinician")


@pytest.fixture
def sent(monkeypatch):
    messages = []
    monkeypatch.setattr(tasks, "_send", lambda *message: messages.append(message))
    return messages


@pytest.fixture
def version(clinic):
    shelf = queries.collection_by_slug("pain")
    document = actions.register_document(shelf.id, title="Work", by=AUTHOR, at=T0)
    return actions.receive_version(
        document.id,
        filename="w.md",
        data=b"# Work\n\nRest.",
        label="",
        by=AUTHOR,
        at=T0,
    )


def test_version_is_watched_stopped_and_sent_through_again(
    manager, clinician, version, sent, django_capture_on_commit_callbacks
):
    address = f"versions/{version.id}"
    actions.parse_version(version.id, at=T0)
    work = manager.get(f"{address}/work").json()
    assert [one["stage"] for one in work["stages"]] == ["parse"]
    assert work["seconds_left"] == 0
    check_problem(clinician.get(f"{address}/work"), 403, "permission_missing")
    check_problem(
        manager.post(f"{address}/cancellation", {}), 428, "precondition_required"
    )

    stopped = manager.post(f"{address}/cancellation", {}, If_Match="*")
    assert stopped.json()["failure"]["code"] == "cancelled"
    again = manager.post(f"{address}/cancellation", {}, If_Match="*")
    check_problem(again, 409, "invalid_transition")

    with django_capture_on_commit_callbacks(execute=True):
        retried = manager.post(f"{address}/retry", {}, If_Match="*")
    assert (retried.status_code, retried.json()["status"]) == (202, "parsed")
    assert [str(one[1]) for one in sent] == [str(version.id)]


def test_index_is_not_built_when_there_is_none_to_build(manager, clinician, clinic):
    address = "collections/pain/index-builds"
    assert manager.get(address).json() == {"items": []}
    check_problem(manager.post(address, {}), 409, "nothing_to_build")
    wrong = manager.post(address, {"embedder": "nobody@1"})
    check_problem(wrong, 422, "embedder_unknown")
    check_problem(clinician.post(address, {}), 403, "permission_missing")
    nowhere = "index-builds/00000000-0000-4000-8000-000000000000/switch"
    check_problem(manager.post(nowhere, {}), 404, "build_not_found")


@pytest.fixture
def newer(clinic, monkeypatch) -> CountingEmbedder:
    """This process has a newer embedder beside the one in use."""
    used, newer = clinic.services.embedder, CountingEmbedder(name="newer", revision="2")
    have = {identity_of(used): used, identity_of(newer): newer}
    for module in ("builds", "rows"):
        monkeypatch.setattr(f"ingestion.actions.{module}.embedder_named", have.get)
    monkeypatch.setattr("ingestion.actions.build_rows.get_embedder", lambda: used)
    monkeypatch.setattr(tasks, "_send", lambda *_message: None)
    return newer


BUILDS = "collections/pain/index-builds"
WANTED = {"embedder": "newer@2"}


def build_all(address: str) -> None:
    """What the workers do."""
    for part_id in actions.build_parts(UUID(address.rpartition("/")[2])):
        while not actions.build_part(part_id, at_most=99):
            pass


def begin(manager: App) -> str:
    begun = manager.post(BUILDS, WANTED)
    assert begun.status_code == 202
    return begun["Location"]


def test_index_is_built_switched_to_and_what_it_replaced_is_dropped(
    manager, clinician, newer
):
    address = begin(manager)
    check_problem(manager.post(BUILDS, WANTED), 409, "build_under_way")
    check_problem(manager.post(f"{address}/switch"), 428, "precondition_required")
    seen = {"If_Match": manager.get(address)["ETag"]}
    early = manager.post(f"{address}/switch", **seen)
    check_problem(early, 409, "build_incomplete")
    check_problem(
        clinician.post(f"{address}/switch", **seen), 403, "permission_missing"
    )
    build_all(address)

    switched = manager.post(f"{address}/switch", **seen)

    assert (switched.status_code, switched.json()["state"]) == (200, "switched")
    late = manager.post(f"{address}/dropping", **seen)
    check_problem(late, 412, "precondition_failed")
    dropped = manager.post(f"{address}/dropping", If_Match=switched["ETag"])
    assert dropped.json()["dropped_at"]
    gone = manager.post(f"{address}/reversion", If_Match="*")
    check_problem(gone, 409, "build_not_open")
    assert manager.get(BUILDS).json()["items"] == [manager.get(address).json()]


def test_build_is_abandoned(manager, clinician, newer):
    address = begin(manager)
    step = f"{address}/abandonment"
    check_problem(clinician.post(step, If_Match="*"), 403, "permission_missing")
    assert manager.post(step, If_Match="*").json()["state"] == "abandoned"
    check_problem(manager.post(step, If_Match="*"), 409, "build_not_open")
    assert manager.get(address).json()["ended_at"]


def test_what_failed_in_a_build_is_told_and_tried_again(manager, newer):
    address = begin(manager)
    step = f"{address}/retry"
    check_problem(manager.post(step, If_Match="*"), 409, "nothing_to_retry")
    (part_id,) = actions.build_parts(UUID(address.rpartition("/")[2]))
    actions.fail_build_part(part_id, error=ProcessingGaveUp())
    told = manager.get(address)
    assert [one["code"] for one in told.json()["failures"]] == ["processing_gave_up"]

    again = manager.post(step, If_Match=told["ETag"])

    assert (again.status_code, again.json()["failures"]) == (202, [])
    build_all(address)
    assert manager.post(f"{address}/switch", If_Match="*").status_code == 200


def test_build_is_begun_once_when_asked_twice(manager, newer):
    first = manager.post(BUILDS, WANTED, Idempotency_Key="build 1")
    again = manager.post(BUILDS, WANTED, Idempotency_Key="build 1")
    assert (again.status_code, again.json()) == (202, first.json())
    assert again["Idempotency-Replayed"] == "true"
    other = manager.post(BUILDS, {}, Idempotency_Key="build 1")
    check_problem(other, 422, "idempotency_key_reused")
    assert len(manager.get(BUILDS).json()["items"]) == 1
