"""The machine's work over HTTP: watched, stopped, sent through again; a new index."""

import pytest

from ingestion import actions, queries, tasks
from tests.factories.people import AUTHOR
from tests.integration.api.conftest import check_problem
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
