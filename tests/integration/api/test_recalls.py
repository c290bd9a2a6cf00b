"""Impact, standing, recalls and webhooks over REST."""

import csv
import io
import json
from html import escape, unescape
from typing import Any

import pytest
from django.utils import timezone

from audit.notes import Verifier
from audit.sequencing import sequencer
from clinrag.access.roles import Permission, Role
from clinrag.answering import tasks
from clinrag.answering.impact.certificates import Certificate, verify
from clinrag.answering.impact.issuing import entry_bodies
from clinrag.answering.recalls.deliveries import deliver_due
from tests.integration.api.conftest import check_problem

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def asked(clinic: Any, make_app: Any, make_person: Any, monkeypatch: Any) -> Any:
    """An answer by the ward's app, and the people who look after it."""
    monkeypatch.setattr(tasks, "deliver_soon", lambda: None)
    ward, officer = make_app("ask"), make_person("ada", Role.COMPLIANCE_OFFICER)
    answer = ward.ask(unit="icu-3").json()
    version = answer["citations"][0]["version_id"]
    return ward, officer, answer, version


def opened(person: Any, version: str, **options: Any) -> Any:
    body = {"version_id": version, "reason": "A dose is wrong.", "severity": "major"}
    return person.post("recalls", body | options)


def test_impact_is_listed_counted_and_downloaded(asked: Any) -> None:
    _ward, officer, answer, version = asked
    items = officer.get(f"versions/{version}/impact").json()["items"]
    assert [one["answer_id"] for one in items] == [answer["id"]]
    told = (items[0]["use"], items[0]["unit"], items[0]["app"], items[0]["standing"])
    assert told == ("cited", "icu-3", "Ward app", "current")
    counts = officer.get(f"versions/{version}/impact/counts").json()
    assert (counts["answers"], counts["by_unit"]) == (
        1,
        [{"name": "icu-3", "answers": 1}],
    )
    for form in ("csv", "jsonl"):
        response = officer.get(f"versions/{version}/impact.{form}")
        text = b"".join(response.streaming_content).decode()
        rows = (
            list(csv.DictReader(io.StringIO(text)))
            if form == "csv"
            else [json.loads(line) for line in text.splitlines()]
        )
        assert [row["answer_id"] for row in rows] == [answer["id"]]


def test_impact_is_filtered_and_held_to_a_part(asked: Any) -> None:
    _ward, officer, answer, version = asked

    def listed(**query: Any) -> list[str]:
        items = officer.get(f"versions/{version}/impact", query).json()["items"]
        return [one["answer_id"] for one in items]

    cited = answer["citations"][0]
    assert listed(unit="icu-3", use="cited", app="Ward app") == [answer["id"]]
    assert listed(unit="icu-4") == []
    assert listed(section=cited["section_path"]) == [answer["id"]]
    assert listed(passage=cited["chunk_id"]) == [answer["id"]]
    assert listed(of="change") == []
    wrong = officer.get(f"versions/{version}/impact", {"section": ["Nowhere"]})
    check_problem(wrong, 422, "impact_invalid")
    wrong = officer.get(f"versions/{version}/impact", {"cursor": "x"})
    check_problem(wrong, 400, "invalid_cursor")


def test_impact_is_refused_to_an_app(asked: Any) -> None:
    ward, officer, _answer, version = asked
    for path in ("impact", "impact/counts", "impact.csv", "non-use"):
        check_problem(ward.get(f"versions/{version}/{path}"), 403, "permission_missing")
        assert officer.get(f"versions/{version}/{path}").status_code in {200, 409}


def test_standing_follows_a_recall(asked: Any, make_app: Any) -> None:
    ward, officer, answer, version = asked
    path = f"answers/{answer['id']}/standing"
    assert ward.get(path).json()["standing"] == "current"
    made = opened(officer, version).json()
    found = ward.get(path).json()
    assert (found["standing"], found["recall_ids"]) == ("under_recall", [made["id"]])
    before = ward.get(path, {"at": answer["created_at"]}).json()
    assert before["standing"] == "current"
    other = make_app("ask", name="Other app")
    check_problem(other.get(path), 404, "unknown_answer")


def test_recall_is_seen_and_acknowledged_by_the_app_it_concerns(
    asked: Any, make_app: Any
) -> None:
    ward, officer, answer, version = asked
    made = opened(officer, version)
    assert made.status_code == 201
    path = f"recalls/{made.json()['id']}"
    assert made["Location"] == f"/api/v1/{path}"
    other = make_app("ask", name="Other app")
    check_problem(other.get(path), 404, "recall_unknown")
    check_problem(other.post(f"{path}/acknowledgement"), 404, "recall_unknown")
    assert other.get("recalls").json()["items"] == []
    assert [one["id"] for one in ward.get("recalls").json()["items"]] == [
        made.json()["id"]
    ]
    answers = ward.get(f"{path}/answers").json()["items"]
    assert [one["answer_id"] for one in answers] == [answer["id"]]
    done = ward.post(f"{path}/acknowledgement").json()
    assert done["notices"][0]["acknowledged_by_name"] == "Ward app"
    again = ward.post(f"{path}/acknowledgement")
    check_problem(again, 409, "notice_acknowledged")
    note = {"note": "Corrected."}
    unsaid = officer.post(f"{path}/closing", note, If_Match=None)
    check_problem(unsaid, 428, "precondition_required")
    stale = officer.post(f"{path}/closing", note, If_Match=made["ETag"])
    check_problem(stale, 412, "precondition_failed")
    seen = officer.get(path)["ETag"]
    closed = officer.post(f"{path}/closing", note, If_Match=seen).json()
    assert closed["closed_by_name"] == "ada"
    check_problem(officer.post(f"{path}/closing", note), 409, "recall_closed")


def test_recall_is_refused_without_the_permission_or_a_person(
    asked: Any, make_app: Any, make_person: Any
) -> None:
    ward, officer, _answer, version = asked
    check_problem(opened(ward, version), 403, "permission_missing")
    clinician = make_person("cora", Role.CLINICIAN)
    check_problem(opened(clinician, version), 403, "permission_missing")
    robot = make_app(Permission.RECALL, name="Robot")
    check_problem(opened(robot, version), 403, "recall_needs_a_person")
    assert opened(officer, version).status_code == 201
    check_problem(opened(officer, version, severity="huge"), 422, "fields_invalid")


def test_webhook_is_registered_once_for_a_key_and_its_secret_told_again(
    asked: Any, make_person: Any
) -> None:
    operator = make_person("otto", Role.OPERATOR)
    body = {"app": "Ward app", "url": "https://ward.example.org/hooks"}
    first = operator.post("webhooks", body, Idempotency_Key="w-1")
    again = operator.post("webhooks", body, Idempotency_Key="w-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    other = body | {"url": "https://ward.example.org/other"}
    reused = operator.post("webhooks", other, Idempotency_Key="w-1")
    check_problem(reused, 422, "idempotency_key_reused")
    assert len(operator.get("webhooks").json()["items"]) == 1
    operator.client.delete(f"/api/v1/webhooks/{first.json()['id']}")
    gone = operator.post("webhooks", body, Idempotency_Key="w-1")
    check_problem(gone, 404, "endpoint_unknown")


def test_webhook_is_registered_with_a_secret_told_once(
    asked: Any, make_person: Any
) -> None:
    _ward, officer, _answer, version = asked
    operator = make_person("otto", Role.OPERATOR)
    body = {"app": "Ward app", "url": "https://ward.example.org/hooks"}
    check_problem(officer.post("webhooks", body), 403, "permission_missing")
    made = operator.post("webhooks", body)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    (listed,) = officer.get("webhooks").json()["items"]
    assert "secret" not in listed
    private = body | {"url": "https://10.0.0.1/"}
    check_problem(operator.post("webhooks", private), 422, "address_refused")
    check_problem(operator.post("webhooks", body), 409, "endpoint_exists")
    recall = opened(officer, version).json()
    (waiting,) = officer.get(f"recalls/{recall['id']}/deliveries").json()["items"]
    assert (waiting["state"], waiting["app"]) == ("pending", "Ward app")
    replay = f"recalls/{recall['id']}/deliveries/{waiting['id']}/replay"
    check_problem(officer.post(replay), 409, "delivery_pending")
    gone = operator.client.delete(f"/api/v1/webhooks/{listed['id']}")
    assert gone.status_code == 204
    deliver_due(tasks.build_postman(timezone.now))
    assert officer.post(replay).status_code == 202


def test_non_use_is_downloaded_as_json_and_as_a_page_to_read(
    asked: Any, clinic: Any, make_app: Any
) -> None:
    _ward, officer, _answer, version = asked
    vkey = clinic.sign()
    verifier = Verifier.from_vkey(vkey)
    api = f"/api/v1/versions/{version}/non-use"
    wanted = {"first": 0, "last": 3}
    for path, extra in (
        (f"{api}.json", {}),
        (f"/versions/{version}/non-use", {"form": "json"}),
    ):
        file = officer.client.get(path, wanted | extra)
        assert file["Content-Disposition"].endswith(f'-{version}.json"')
        told = Certificate.from_json(file.content.decode())
        verify(told, entry_bodies(0, 3), verifiers={verifier.name: verifier})
    for path, extra in (
        (f"{api}.html", {}),
        (f"/versions/{version}/non-use", {"form": "html"}),
    ):
        page = officer.client.get(path, wanted | extra)
        assert page["Content-Type"] == "text/html; charset=utf-8"
        assert page["Content-Disposition"].endswith(f'-{version}.html"')
        text = page.content.decode()
        inside = text.partition('<pre id="certificate">\n')[2].partition("</pre>")[0]
        held = Certificate.from_json(unescape(inside))
        verify(held, entry_bodies(0, 3), verifiers={verifier.name: verifier})
        assert escape(held.statement) in text
        assert "<script" not in text
        assert "src=" not in text
    check_problem(officer.get(f"{api}.html"), 409, "version_was_used")
    other = make_app("ask", name="Other app")
    check_problem(other.get(f"{api}.json"), 403, "permission_missing")


def test_non_use_is_certified_unless_the_version_was_used(
    asked: Any, clinic: Any
) -> None:
    _ward, officer, _answer, version = asked
    path = f"versions/{version}/non-use"
    clinic.sign()
    check_problem(officer.get(path), 409, "version_was_used")
    made = officer.get(path, {"first": 0, "last": 3}).json()
    assert (made["format"], made["first"], made["last"]) == ("clinrag-non-use/1", 0, 3)
    beyond = officer.get(path, {"first": 0, "last": 10_000})
    check_problem(beyond, 409, "range_not_proved")
    sequencer.drain(at=timezone.now())
