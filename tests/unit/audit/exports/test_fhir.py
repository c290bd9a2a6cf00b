"""FHIR resources hold before an implementation that is not ours."""

import base64
import json

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.operationoutcome import OperationOutcome

from audit.exports import fhir
from tests.unit.audit.exports.records import LOST, REFUSED, RELEASED

ORIGIN = "clinrag.test/ledger"


def resources(answer):
    made = fhir.bundle(answer, origin=ORIGIN)
    read = Bundle.model_validate_json(json.dumps(made))
    assert len(read.entry) == len(made["entry"])
    return {one["resource"]["resourceType"]: one["resource"] for one in made["entry"]}


@pytest.mark.parametrize("answer", [RELEASED, REFUSED, LOST])
def test_bundle_is_read_by_fhir_resources(answer):
    resources(answer)


def test_released_answer_is_labelled_as_made_by_an_ai_and_names_its_sources():
    found = resources(RELEASED)
    assert set(found) == {"AuditEvent", "Device", "DocumentReference", "Provenance"}
    labels = found["DocumentReference"]["meta"]["security"]
    assert [label["code"] for label in labels] == ["AIAST"]
    made_by = found["Provenance"]
    assert made_by["reason"][0]["coding"][0]["code"] == "AIAST"
    urls = [one["fullUrl"] for one in fhir.bundle(RELEASED, origin=ORIGIN)["entry"]]
    assert made_by["agent"][0]["who"]["reference"] in urls
    assert made_by["target"][0]["reference"] in urls
    sources = [one["what"]["identifier"]["value"] for one in made_by["entity"]]
    assert sources[:2] == [f"urn:uuid:{version}" for version in RELEASED.versions]
    assert f"urn:sha256:{RELEASED.leaf.hex()}" in sources


def test_audit_event_follows_the_pattern_of_a_query():
    event = resources(RELEASED)["AuditEvent"]
    roles = [agent["type"]["coding"][0]["code"] for agent in event["agent"]]
    assert roles == ["110153", "110152", "IRCP"]
    assert all("network" in agent for agent in event["agent"][:2])
    assert event["agent"][2]["requestor"] is True
    use = event["agent"][2]["purposeOfUse"][0]["coding"][0]["code"]
    assert use == "TREAT"
    query = next(one for one in event["entity"] if "query" in one)
    asked = json.loads(base64.b64decode(query["query"]))
    assert asked["question"] == "sealed"
    assert event["meta"]["profile"][0].endswith("IHE.BasicAudit.Query")


def test_lost_answer_is_a_failure_and_claims_no_profile_of_a_success():
    found = resources(LOST)
    assert set(found) == {"AuditEvent"}
    assert found["AuditEvent"]["outcome"] == "8"
    assert "meta" not in found["AuditEvent"]


@pytest.mark.parametrize("code", ["unknown_answer", "never_heard_of"])
def test_refusal_is_an_operation_outcome(code):
    made = fhir.operation_outcome(code=code, detail="No.")
    OperationOutcome.model_validate_json(json.dumps(made))
    assert made["issue"][0]["details"]["coding"][0]["code"] == code
