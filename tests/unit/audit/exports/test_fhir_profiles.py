"""The rules of the FHIR profiles that our resources claim, each with its source.

Read from the profiles' own sources (FHIR Shorthand) and written here as checks of our
own: IHE ITI Basic Audit Log Patterns, `PatientQuery.fsh` (IHE.BasicAudit.Query), and
HL7 AI Transparency on FHIR, `AIProvenance.fsh`, `AIDevice.fsh` and `Tagging.fsh`. Each
rule is shown to bite: spoiled, the resource breaks it.

What this is not: validation by the profiles' packages, which are not here. Not checked
are bindings against expanded value sets, `mustSupport` beyond presence, FHIRPath
invariants, and slices found by profile other than by following the reference in the
Bundle. `fhir.resources` checks structure and types by R4B, in which these resources are
as in R4. The ballot of AI Transparency moves; the rules are those of its sources as
read in November 2026. A question about one person would be IHE.BasicAudit.PatientQuery,
which wants a reference to the Patient: the ledger names none, so that is not claimed.
"""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from fhir.resources.R4B.device import Device
from fhir.resources.R4B.documentreference import DocumentReference
from fhir.resources.R4B.provenance import Provenance

from audit.exports import fhir
from tests.unit.audit.exports.records import LOST, REFUSED, RELEASED

ORIGIN = "clinrag.test/ledger"
BALP = "IHE ITI BALP, PatientQuery.fsh, IHE.BasicAudit.Query"
PROVENANCE = "HL7 AI Transparency, AIProvenance.fsh, AI-Provenance"
DEVICE = "HL7 AI Transparency, AIDevice.fsh, AI-Device"
LABEL = "HL7 AI Transparency, Tagging.fsh, the whole resource"

HL7 = "http://terminology.hl7.org/CodeSystem"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
XREQUEST = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
AI_KIND = "http://hl7.org/fhir/uv/aitransparency/CodeSystem/AIdeviceTypeCS"
AIAST = (f"{HL7}/v3-ObservationValue", "AIAST")
CLIENT, SERVER = (DCM, "110153"), (DCM, "110152")
USER = (f"{HL7}/v3-ParticipationType", "IRCP")
QUERY, TRANSACTION = (f"{HL7}/audit-entity-type", "2"), (XREQUEST, "XrequestId")
AI = (AI_KIND, "Artificial-Intelligence")

Resource = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """What a profile says, whether a resource does, and one that does not.

    `holds` gets the resource and the Bundle's resources by their addresses.
    """

    source: str
    says: str
    holds: Callable[[Resource, dict[str, Resource]], bool]
    spoil: Callable[[Resource], object]


def is_code(coding: Resource, wanted: tuple[str, str]) -> bool:
    return (coding.get("system"), coding.get("code")) == wanted


def has_code(concept: Resource | None, wanted: tuple[str, str]) -> bool:
    return any(is_code(one, wanted) for one in (concept or {}).get("coding", ()))


def agents(event: Resource, kind: tuple[str, str]) -> list[Resource]:
    return [one for one in event.get("agent", ()) if has_code(one.get("type"), kind)]


def entities(event: Resource, kind: tuple[str, str]) -> list[Resource]:
    return [
        one for one in event.get("entity", ()) if is_code(one.get("type", {}), kind)
    ]


def each(
    found: list[Resource], *, has: tuple[str, ...] = (), lacks: tuple[str, ...] = ()
):
    """One at least, with these elements and without those."""
    return bool(found) and all(
        set(has) <= set(one) and not set(lacks) & set(one) for one in found
    )


def drop(resource: Resource, name: str) -> None:
    resource.pop(name)


def of_agent(kind: tuple[str, str], change: Callable[[Resource], object]):
    return lambda event: change(agents(event, kind)[0])


def of_entity(kind: tuple[str, str], change: Callable[[Resource], object]):
    return lambda event: change(entities(event, kind)[0])


def network_rules(name: str, kind: tuple[str, str]) -> Iterator[Rule]:
    """Of a machine: one, who it is, how it is reached, and no storage medium."""
    yield Rule(
        BALP,
        f"agent[{name}] 1..1",
        lambda event, _: len(agents(event, kind)) == 1,
        lambda event: event["agent"].append(copy.deepcopy(agents(event, kind)[0])),
    )
    for element in ("who", "network"):
        yield Rule(
            BALP,
            f"agent[{name}].{element} 1..1",
            lambda event, _, e=element: each(agents(event, kind), has=(e,)),
            of_agent(kind, lambda agent, e=element: drop(agent, e)),
        )
    yield Rule(
        BALP,
        f"agent[{name}].media 0..0",
        lambda event, _: each(agents(event, kind), lacks=("media",)),
        of_agent(kind, lambda agent: agent.update(media={"code": "disc"})),
    )


def ai_agents(made: Resource, among: dict[str, Resource]) -> list[Resource]:
    """Those whose `who` leads to an AI-Device, as the slice's discriminator says."""
    return [
        one
        for one in made.get("agent", ())
        if has_code(among.get(one["who"].get("reference"), {}).get("type"), AI)
    ]


QUERY_RULES = [
    Rule(
        BALP,
        "meta.profile claims it",
        lambda event, _: (
            event.get("meta", {}).get("profile")
            == [
                "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.Query"
            ]
        ),
        lambda event: drop(event, "meta"),
    ),
    Rule(
        BALP,
        "type = rest",
        lambda event, _: is_code(event["type"], (f"{HL7}/audit-event-type", "rest")),
        lambda event: event["type"].update(code="security"),
    ),
    Rule(
        BALP,
        "subtype 1.., one of search, search-type, search-system",
        lambda event, _: any(
            is_code(one, ("http://hl7.org/fhir/restful-interaction", code))
            for one in event.get("subtype", ())
            for code in ("search", "search-type", "search-system")
        ),
        lambda event: event["subtype"].clear(),
    ),
    Rule(
        BALP,
        "action = E",
        lambda event, _: event.get("action") == "E",
        lambda event: event.update(action="R"),
    ),
    Rule(
        BALP,
        "recorded 1..1",
        lambda event, _: bool(event.get("recorded")),
        lambda event: drop(event, "recorded"),
    ),
    Rule(
        BALP,
        "outcome = 0: failures are told otherwise",
        lambda event, _: event.get("outcome") == "0",
        lambda event: event.update(outcome="8"),
    ),
    Rule(
        BALP,
        "agent 2..",
        lambda event, _: len(event.get("agent", ())) >= 2,
        lambda event: event["agent"].clear(),
    ),
    *network_rules("client", CLIENT),
    *network_rules("server", SERVER),
    Rule(
        BALP,
        "agent[user] 0..1",
        lambda event, _: len(agents(event, USER)) <= 1,
        lambda event: event["agent"].append(copy.deepcopy(agents(event, USER)[0])),
    ),
    Rule(
        BALP,
        "agent[user].who 1..1",
        lambda event, _: each(agents(event, USER), has=("who",)),
        of_agent(USER, lambda agent: drop(agent, "who")),
    ),
    Rule(
        BALP,
        "agent[user].requestor = true, and of no other",
        lambda event, _: (
            [one for one in event["agent"] if one["requestor"]] == agents(event, USER)
        ),
        of_agent(USER, lambda agent: agent.update(requestor=False)),
    ),
    Rule(
        BALP,
        "agent[user].media 0..0, network 0..0: a person is no device",
        lambda event, _: each(agents(event, USER), lacks=("media", "network")),
        of_agent(USER, lambda agent: agent.update(network={"address": "10.0.0.1"})),
    ),
    Rule(
        BALP,
        "agent[user].name, purposeOfUse MS: there, since they are known",
        lambda event, _: each(agents(event, USER), has=("name", "purposeOfUse")),
        of_agent(USER, lambda agent: drop(agent, "purposeOfUse")),
    ),
    Rule(
        BALP,
        "source MS: which agent recorded it",
        lambda event, _: "observer" in event.get("source", {}),
        lambda event: drop(event, "source"),
    ),
    Rule(
        BALP,
        "entity[transaction] 0..1, what.identifier.value 1..1",
        lambda event, _: (
            len(entities(event, TRANSACTION)) == 1
            and bool(entities(event, TRANSACTION)[0]["what"]["identifier"].get("value"))
        ),
        of_entity(TRANSACTION, lambda one: one["what"]["identifier"].clear()),
    ),
    Rule(
        BALP,
        "entity[query] 1..1",
        lambda event, _: len(entities(event, QUERY)) == 1,
        lambda event: event["entity"].clear(),
    ),
    Rule(
        BALP,
        "entity[query].role = 24 Query",
        lambda event, _: is_code(
            entities(event, QUERY)[0].get("role", {}), (f"{HL7}/object-role", "24")
        ),
        of_entity(QUERY, lambda one: one["role"].update(code="1")),
    ),
    Rule(
        BALP,
        "entity[query].query 1..1",
        lambda event, _: each(entities(event, QUERY), has=("query",)),
        of_entity(QUERY, lambda one: drop(one, "query")),
    ),
    Rule(
        BALP,
        "entity[query].what, lifecycle, detail 0..0",
        lambda event, _: each(
            entities(event, QUERY), lacks=("what", "lifecycle", "detail")
        ),
        of_entity(QUERY, lambda one: one.update(what={"display": "x"})),
    ),
]
PROVENANCE_RULES = [
    Rule(
        PROVENANCE,
        "target 1..*",
        lambda made, among: (
            bool(made.get("target"))
            and all(one["reference"] in among for one in made["target"])
        ),
        lambda made: made["target"].clear(),
    ),
    Rule(
        PROVENANCE,
        "occurred[x] 0..1 MS: there, since it is known",
        lambda made, _: "occurredPeriod" in made and "occurredDateTime" not in made,
        lambda made: drop(made, "occurredPeriod"),
    ),
    Rule(
        PROVENANCE,
        "reason[AIReason] 1..1 = AIAST",
        lambda made, _: sum(has_code(one, AIAST) for one in made["reason"]) == 1,
        lambda made: made["reason"][0]["coding"][0].update(code="TREAT"),
    ),
    Rule(
        PROVENANCE,
        "agent[AIagent] 1..*, who an AI-Device",
        lambda made, among: bool(ai_agents(made, among)),
        lambda made: made["agent"][0]["who"].update(reference="urn:uuid:nobody"),
    ),
    Rule(
        PROVENANCE,
        "agent[AIagent].type 1..1",
        lambda made, among: each(ai_agents(made, among), has=("type",)),
        lambda made: drop(made["agent"][0], "type"),
    ),
    Rule(
        PROVENANCE,
        "agent[AIagent].role = Artificial-Intelligence, exactly",
        lambda made, among: (
            [one["role"] for one in ai_agents(made, among)]
            == [[{"coding": [{"system": AI[0], "code": AI[1]}]}]]
        ),
        lambda made: made["agent"][0]["role"][0].update(text="an AI"),
    ),
    Rule(
        PROVENANCE,
        "agent[Humanagent].type 1..1, as of every agent here",
        lambda made, _: each(made["agent"], has=("type", "who")),
        lambda made: drop(made["agent"][1], "type"),
    ),
    Rule(
        PROVENANCE,
        "entity.what MS, role of R4's value set",
        lambda made, _: (
            each(made["entity"], has=("what", "role"))
            and {one["role"] for one in made["entity"]}
            <= {"derivation", "revision", "quotation", "source", "removal"}
        ),
        lambda made: drop(made["entity"][0], "what"),
    ),
]
DEVICE_RULES = [
    Rule(
        DEVICE,
        "type 1..1 = Artificial-Intelligence",
        lambda made, _: has_code(made.get("type"), AI),
        lambda made: drop(made, "type"),
    ),
    Rule(
        DEVICE,
        "identifier, deviceName, version MS: there, since they are known",
        lambda made, _: {"identifier", "deviceName", "version"} <= set(made),
        lambda made: drop(made, "version"),
    ),
]
LABEL_RULES = [
    Rule(
        LABEL,
        "meta.security AIAST on what an AI made",
        lambda made, _: any(is_code(one, AIAST) for one in made["meta"]["security"]),
        lambda made: made["meta"]["security"].clear(),
    ),
]
RULES = {
    "AuditEvent": (AuditEvent, QUERY_RULES),
    "Provenance": (Provenance, PROVENANCE_RULES),
    "Device": (Device, DEVICE_RULES),
    "DocumentReference": (DocumentReference, LABEL_RULES),
}
ROWS = [(kind, rule) for kind, (_, rules) in RULES.items() for rule in rules]


def read(answer) -> tuple[dict[str, Resource], dict[str, Resource]]:
    """The Bundle's resources by kind, and by address."""
    entries = json.loads(json.dumps(fhir.bundle(answer, origin=ORIGIN)))["entry"]
    by_kind = {one["resource"]["resourceType"]: one["resource"] for one in entries}
    return by_kind, {one["fullUrl"]: one["resource"] for one in entries}


@pytest.mark.parametrize("answer", [RELEASED, REFUSED, LOST])
def test_each_resource_is_well_formed_for_an_implementation_that_is_not_ours(answer):
    for kind, resource in read(answer)[0].items():
        model, _ = RULES[kind]
        again = json.loads(model.model_validate(resource).model_dump_json())
        assert again["resourceType"] == kind


@pytest.mark.parametrize(
    ("kind", "rule"), ROWS, ids=lambda one: one.says if isinstance(one, Rule) else one
)
def test_resource_keeps_the_rule_of_its_profile(kind, rule):
    by_kind, by_address = read(RELEASED)
    resource = by_kind[kind]
    assert rule.holds(resource, by_address), f"{rule.source}: {rule.says}"
    rule.spoil(resource)
    assert not rule.holds(resource, by_address)


@pytest.mark.parametrize("rule", QUERY_RULES, ids=lambda rule: rule.says)
def test_refused_answer_keeps_the_rules_of_a_query_too(rule):
    by_kind, by_address = read(REFUSED)
    assert rule.holds(by_kind["AuditEvent"], by_address)
