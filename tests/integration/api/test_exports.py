"""Evidence packages over REST: two people, one key one package, each step recorded."""

import io
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.utils import timezone

from audit import ledger, queries
from audit.errors import LedgerUnavailable
from audit.exports import previewing
from audit.exports.building import build_slice
from audit.exports.records import State
from audit.sequencing import sequencer
from audit.signing.desk import SigningDesk
from audit.signing.files import SignerFiles
from audit.tasks import workshop
from clinrag.access.roles import Permission, Role
from tests.integration.answering.clinic import QUESTION
from tests.integration.api.conftest import check_problem

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


@pytest.fixture
def signer(clinic: Any, tmp_path: Any, settings: Any) -> Callable[[], None]:
    settings.CLINRAG_SIGNER_DIR = tmp_path / "signer"
    settings.CLINRAG_EXPORT_DIR = tmp_path / "exports"
    files = SignerFiles(tmp_path / "signer")
    files.create_key("clinrag.test/ledger")

    def sign() -> None:
        sequencer.drain(at=timezone.now())
        SigningDesk(files).sign_new(at=timezone.now())

    return sign


@pytest.fixture
def ada(make_person: Callable[..., Any]) -> Any:
    return make_person("ada", Role.COMPLIANCE_OFFICER)


@pytest.fixture
def bob(make_person: Callable[..., Any]) -> Any:
    return make_person("bob", Role.COMPLIANCE_OFFICER)


def recorded(kind: str) -> list[dict[str, Any]]:
    sequencer.drain(at=timezone.now())
    return [dict(one.fields) for one in queries.entries(limit=50, types=[kind])]


def asked_for(person: Any, answer_id: str, **options: Any) -> Any:
    body = {
        "kind": "answer",
        "scope": {"answer_id": answer_id},
        "reason": "Asked for by the court",
        **options.pop("body", {}),
    }
    return person.post("exports", body, **options)


def build(export_id: str) -> None:
    while (
        build_slice(UUID(export_id), workshop(), at=timezone.now(), at_most=100)
        is State.BUILDING
    ):
        pass


def test_package_is_asked_for_agreed_to_built_and_taken(app, ada, bob, signer):
    answer = app.ask().json()
    signer()
    asked = asked_for(ada, answer["id"], body={"content": "disclosed"})
    assert asked.status_code == 201
    export = asked.json()
    assert (export["state"], export["authorization"]["state"]) == (
        "requested",
        "pending",
    )
    where = asked["Location"]
    check_problem(ada.post(f"{where}/build"), 403, "not_authorized")
    check_problem(ada.post(f"{where}/approval"), 403, "approver_is_requester")
    assert bob.post(f"{where}/approval").json()["authorization"]["state"] == "approved"
    check_problem(ada.get(f"{where}/file"), 409, "export_not_ready")
    begun = ada.post(f"{where}/build")
    assert (begun.status_code, begun["Location"]) == (202, where)
    build(export["id"])
    assert ada.get(where).json()["state"] == "built"
    taken = ada.get(f"{where}/file")
    assert recorded("export.downloaded")[0]["surface"] == "api"
    data = b"".join(taken.streaming_content)
    assert len(data) == int(taken["Content-Length"])
    with ZipFile(io.BytesIO(data)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["about"]["approved_by"]["name"] == "bob"
    assert ada.get("exports").json()["items"][0]["downloads"] == 1


def test_same_key_asks_for_one_package(app, ada, signer):
    answer = app.ask().json()
    signer()
    first = asked_for(ada, answer["id"], Idempotency_Key="k1")
    again = asked_for(ada, answer["id"], Idempotency_Key="k1")
    assert first.json()["id"] == again.json()["id"]
    other = asked_for(
        ada, answer["id"], Idempotency_Key="k1", body={"content": "masked"}
    )
    check_problem(other, 422, "idempotency_key_reused")
    assert len(recorded("authorization.requested")) == 1


def test_same_key_may_try_again_when_the_first_attempt_was_refused(
    app, ada, signer, monkeypatch
):
    answer_id = app.ask(QUESTION).json()["id"]
    key = {"Idempotency_Key": "k2"}

    def away(*_arguments, **_options):
        raise LedgerUnavailable

    with monkeypatch.context() as while_away:
        while_away.setattr(ledger, "append", away)
        refused = asked_for(ada, answer_id, **key)
    assert refused.status_code == 503
    assert asked_for(ada, answer_id, **key).status_code == 201
    assert len(recorded("authorization.requested")) == 1


def test_package_is_refused_and_cancelled(app, ada, bob, signer):
    answer = app.ask().json()
    signer()
    one = asked_for(ada, answer["id"])["Location"]
    refused = bob.post(f"{one}/refusal", {"reason": "Not needed"})
    assert refused.json()["authorization"]["state"] == "refused"
    check_problem(ada.post(f"{one}/build"), 403, "not_authorized")
    assert ada.post(f"{one}/cancellation").json()["state"] == "cancelled"
    check_problem(ada.post(f"{one}/cancellation"), 409, "export_state_wrong")


def test_only_a_person_with_the_permission_asks(
    app, make_app, ada, signer, make_person
):
    answer = app.ask().json()
    signer()
    check_problem(asked_for(app, answer["id"]), 403, "permission_missing")
    exporter = make_app(Permission.EXPORT_LEDGER, name="Exporter")
    check_problem(asked_for(exporter, answer["id"]), 403, "decider_is_not_a_person")
    assert asked_for(ada, answer["id"]).status_code == 201


def test_bad_requests_are_told_by_their_codes(ada, signer):
    missing = f"exports/{'0' * 8}-0000-7000-8000-000000000000"
    check_problem(ada.get(missing), 404, "export_unknown")
    body = {"kind": "answer", "scope": {"answer_id": "7"}, "reason": "x"}
    check_problem(ada.post("exports", body), 422, "export_invalid")
    body = {"kind": "subject", "scope": {"subject": "nobody"}, "reason": "x"}
    check_problem(ada.post("exports", body), 422, "export_empty")
    check_problem(ada.post("exports", {"kind": "all"}), 422, "fields_invalid")


def test_answer_is_opened_in_an_emergency_recorded_first_and_reviewed(
    app, make_person, ada, clinic
):
    answer = app.ask().json()
    clinician = make_person("cyd", Role.CLINICIAN)
    path = f"answers/{answer['id']}"
    check_problem(clinician.get(path), 404, "unknown_answer")
    check_problem(clinician.post(f"{path}/emergency", {}), 422, "fields_invalid")
    opened = clinician.post(f"{path}/emergency", {"reason": "Arrest in room 4"})
    assert opened.status_code == 201
    assert opened.json()["text"] == answer["text"]
    (read,) = recorded("content.disclosed")
    (broken,) = recorded("content.break_glass")
    assert read["purpose"] == "break_glass"
    assert read["entry_ids"] == broken["entry_ids"]
    assert clinician.get(path).status_code == 200
    listed = ada.get("emergencies", {"state": "unreviewed"}).json()["items"]
    assert [one["opened_by_name"] for one in listed] == ["cyd"]
    review = f"emergencies/{listed[0]['id']}/review"
    judged = {"finding": "justified", "note": "She was in arrest"}
    assert ada.post(review, judged).json()["finding"] == "justified"
    check_problem(ada.post(review, judged), 409, "break_glass_reviewed")


def test_application_opens_nothing_in_an_emergency(app, make_app, clinic):
    answer = app.ask().json()
    other = make_app(name="Other app")
    refused = other.post(f"answers/{answer['id']}/emergency", {"reason": "x"})
    check_problem(refused, 403, "reader_is_not_a_person")


def test_disclosures_of_a_person_equal_a_list_made_by_hand(app, ada, clinic):
    his = [app.ask(subject="mrn-1").json(), app.ask(subject="mrn-1").json()]
    other = app.ask(subject="mrn-2").json()
    since = timezone.now()
    app.get(f"answers/{his[0]['id']}")
    app.get(f"answers/{other['id']}")
    app.get(f"answers/{his[1]['id']}")
    app.get(f"answers/{his[0]['id']}")
    until = timezone.now()
    app.get(f"answers/{his[0]['id']}")
    sequencer.drain(at=timezone.now())
    by_hand = [
        (str(one.id), one.actor.id)
        for one in queries.entries_after(-1, limit=500, types=["content.disclosed"])
        if since <= one.at < until
        and one.fields["answer_ids"][0] in {his[0]["id"], his[1]["id"]}
    ]
    assert len(by_hand) == 3
    body = {
        "subject": "mrn-1",
        "since": since.isoformat(),
        "until": until.isoformat(),
    }
    told = ada.post("ledger/disclosures", body).json()["items"]
    assert [(one["entry_id"], one["actor_id"]) for one in told] == by_hand
    check_problem(app.post("ledger/disclosures", body), 403, "permission_missing")


@pytest.mark.parametrize("path", ["ledger/entries", "answers"])
def test_lists_are_streamed_and_hold_nothing_sealed(app, ada, clinic, path):
    app.ask()
    sequencer.drain(at=timezone.now())
    table = ada.get(f"{path}.csv")
    assert table["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in table["Content-Disposition"]
    lines = b"".join(table.streaming_content).decode().splitlines()
    objects = b"".join(ada.get(f"{path}.jsonl").streaming_content).decode()
    read = [json.loads(line) for line in objects.splitlines()]
    assert len(lines) == len(read) + 1 > 1
    assert QUESTION not in objects
    assert QUESTION not in "".join(lines)
    assert recorded("content.disclosed") == []
    check_problem(app.get(f"{path}.csv"), 403, "permission_missing")


def test_entries_can_be_taken_from_a_place_on_and_of_one_type(app, ada, clinic):
    app.ask()
    sequencer.drain(at=timezone.now())
    some = ada.get("ledger/entries.jsonl", {"type": "query.received"})
    read = [json.loads(line) for line in b"".join(some.streaming_content).splitlines()]
    assert [one["entry"]["type"] for one in read] == ["query.received"]
    index = read[0]["index"]
    after = ada.get("ledger/entries.jsonl", {"after": index, "until": index + 1})
    lines = b"".join(after.streaming_content).splitlines()
    assert [json.loads(line)["index"] for line in lines] == [index + 1]


def test_provenance_is_told_as_the_client_asks(app, make_app, clinic):
    answer = app.ask().json()
    path = f"answers/{answer['id']}/provenance"
    told = app.get(path)
    assert told["Content-Type"] == "application/json"
    assert f"uuid:{answer['id']}" in told.json()["entity"]
    bundle = app.get(path, Accept="application/fhir+json")
    assert bundle["Content-Type"] == "application/fhir+json"
    assert bundle.json()["resourceType"] == "Bundle"
    assert "Accept" in bundle["Vary"]
    stranger = make_app(name="Other app")
    check_problem(stranger.get(path), 404, "unknown_answer")
    refused = stranger.get(path, Accept="application/fhir+json")
    assert refused.status_code == 404
    assert refused["Content-Type"] == "application/fhir+json"
    outcome = refused.json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"][0]["code"] == "not-found"
    assert settings.CLINRAG_LOG_ORIGIN in json.dumps(bundle.json())


def test_preview_counts_records_nothing_and_refuses_what_no_package_can_hold(
    app, make_app, ada, signer, monkeypatch
):
    app.ask()
    signer()
    body = {"kind": "entries", "scope": {"first": "0", "last": "500"}}
    told = ada.post("exports/preview", body).json()
    assert told["complete"] is True
    assert told["entries"] == sum(one["number"] for one in told["types"]) > 2
    assert recorded("authorization.requested") == []
    monkeypatch.setattr(previewing, "ENTRIES_AT_MOST", told["entries"] - 1)
    check_problem(ada.post("exports/preview", body), 422, "export_too_large")
    asking = body | {"reason": "Asked for by the court"}
    check_problem(ada.post("exports", asking), 422, "export_too_large")
    person = {"kind": "subject", "scope": {"subject": "nobody"}}
    check_problem(ada.post("exports/preview", person), 422, "export_empty")
    check_problem(app.post("exports/preview", body), 403, "permission_missing")
