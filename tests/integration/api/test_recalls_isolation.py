"""Recalls of texts and apps that are none of the caller's business."""

from typing import Any

import pytest
from django.utils import timezone

from clinrag.access.actions import grant_collection
from clinrag.access.models import User
from clinrag.access.roles import Role
from clinrag.answering import tasks
from ingestion.models import Collection
from tests.integration.api.conftest import OPERATOR, check_problem
from tests.integration.api.test_recalls import opened

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def recall(clinic: Any, make_app: Any, make_person: Any, monkeypatch: Any) -> Any:
    """The path of a recall that concerns the ward's app, and the app."""
    for module in ("clinrag.api.views.recalls", "clinrag.web.views.recalls"):
        monkeypatch.setattr(f"{module}.deliver_soon", lambda: None)
    monkeypatch.setattr(tasks, "deliver_soon", lambda: None)
    ward, officer = make_app("ask"), make_person("ada", Role.COMPLIANCE_OFFICER)
    version = ward.ask(unit="icu-3").json()["citations"][0]["version_id"]
    return f"recalls/{opened(officer, version).json()['id']}", ward, version


def test_person_who_bears_an_apps_name_is_not_the_app(
    recall: Any, make_person: Any
) -> None:
    path, ward, _version = recall
    double = make_person("cora", Role.CLINICIAN)
    User.objects.filter(username="cora").update(first_name="Ward", last_name="app")
    assert User.objects.get(username="cora").display_name == "Ward app"
    for call in (double.get, double.post):
        name = path if call == double.get else f"{path}/acknowledgement"
        check_problem(call(name), 404, "recall_unknown")
    check_problem(double.get(f"{path}/answers"), 404, "recall_unknown")
    assert double.get("recalls").json()["items"] == []
    assert len(ward.get("recalls").json()["items"]) == 1
    assert ward.post(f"{path}/acknowledgement").status_code == 200


def test_recall_of_a_closed_collection_is_not_there(
    recall: Any, make_person: Any
) -> None:
    path, ward, version = recall
    Collection.objects.update(audience="granted")
    manager = make_person("mara", Role.KNOWLEDGE_MANAGER)
    auditor = make_person("otto", Role.COMPLIANCE_OFFICER)
    note = {"note": "Corrected."}
    check_problem(opened(manager, version), 404, "version_not_found")
    for name in (path, f"{path}/answers", f"{path}/deliveries"):
        check_problem(manager.get(name), 404, "recall_unknown")
        assert auditor.get(name).status_code == 200
    check_problem(manager.post(f"{path}/closing", note), 404, "recall_unknown")
    app = {"app": "Ward app"}
    check_problem(manager.post(f"{path}/acknowledgement", app), 404, "recall_unknown")
    assert manager.get("recalls").json()["items"] == []
    assert len(auditor.get("recalls").json()["items"]) == 1
    assert len(ward.get("recalls").json()["items"]) == 1
    closed = Collection.objects.get()
    grant_collection(closed.id, to=manager.holder, by=OPERATOR, at=timezone.now())
    assert len(manager.get("recalls").json()["items"]) == 1
    assert manager.post(f"{path}/closing", note).status_code == 200


def test_standing_tells_of_open_collections_alone(
    clinic: Any, recall: Any, make_person: Any
) -> None:
    path, ward, _version = recall
    auditor = make_person("otto", Role.COMPLIANCE_OFFICER)
    manager = make_person("mara", Role.KNOWLEDGE_MANAGER)
    answer = auditor.get(f"{path}/answers").json()["items"][0]["answer_id"]
    name = f"answers/{answer}/standing"
    whole = manager.get(name).json()
    assert whole["standing"] == "under_recall"
    assert whole["passages"]

    Collection.objects.update(audience="granted")

    check_problem(manager.get(name), 404, "unknown_answer")
    for whoever in (ward, auditor):
        assert len(whoever.get(name).json()["passages"]) == len(whole["passages"])
    closed = Collection.objects.get()
    grant_collection(closed.id, to=manager.holder, by=OPERATOR, at=timezone.now())
    assert len(manager.get(name).json()["passages"]) == len(whole["passages"])


def test_what_an_edition_no_longer_holds_is_not_called_back_from_there(
    recall: Any, make_person: Any
) -> None:
    _path, _ward, version = recall
    manager = make_person("mara", Role.KNOWLEDGE_MANAGER)
    name, opening = f"/versions/{version}/impact", f"/versions/{version}/recall"
    assert opening in manager.client.get(name).content.decode()
    gone = manager.client.get(name, {"part": "change"})
    assert gone.status_code == 200
    assert opening not in gone.content.decode()


def test_recall_pages_show_no_title_of_a_closed_collection(
    recall: Any, make_person: Any
) -> None:
    path, _ward, _version = recall
    manager = make_person("mara", Role.KNOWLEDGE_MANAGER)
    assert manager.client.get(f"/{path}").status_code == 200
    assert path.encode() in manager.client.get("/recalls").content
    Collection.objects.update(audience="granted")
    assert manager.client.get(f"/{path}").status_code == 404
    assert path.encode() not in manager.client.get("/recalls").content
    closing = manager.client.post(f"/{path}/close", {"note": "Corrected."})
    assert closing.status_code == 404


def test_non_use_over_rest_reads_no_more_than_a_request_may(
    recall: Any, make_person: Any, monkeypatch: Any
) -> None:
    _path, _ward, version = recall
    auditor = make_person("otto", Role.COMPLIANCE_OFFICER)
    asked = {"first": 0, "last": 2}
    monkeypatch.setattr("clinrag.api.views.impact.MOST_IN_A_REQUEST", 3)
    response = auditor.get(f"versions/{version}/non-use", asked)
    check_problem(response, 409, "range_not_proved")  # nothing is signed here
    response = auditor.get(f"versions/{version}/non-use", asked | {"last": 3})
    check_problem(response, 422, "range_too_long")
    page = auditor.client.get(f"/versions/{version}/non-use", asked)
    assert page.status_code == 200
