"""An answer's provenance as FHIR R4: a Bundle that stands alone.

Promises what an AuditEvent of a query says by IHE's Basic Audit Log Patterns 1.1.3, and
a Provenance by HL7's AI Transparency on FHIR 1.0.0-ballot: a document labelled `AIAST`,
made by a Device that is an AI. Nothing sealed is in it: for the question stands the
entry that seals it. Where a profile wants what the ledger does not record, such as
network addresses, it says so with HL7's data-absent-reason. Pure.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from audit.actors import Actor, ActorKind
from audit.exports.answers import AnswerRecord
from audit.purposes import PURPOSES

MEDIA_TYPE: Final = "application/fhir+json"
_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"
_BALP: Final = "https://profiles.ihe.net/ITI/BALP"
_AI: Final = "http://hl7.org/fhir/uv/aitransparency"
_DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_URI: Final = "urn:ietf:rfc:3986"
_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_UNRECORDED: Final = {"extension": [{"url": _ABSENT, "valueCode": "unknown"}]}
_AIAST: Final = {
    "system": f"{_TERMINOLOGY}/v3-ObservationValue",
    "code": "AIAST",
    "display": "Artificial Intelligence asserted",
}
_KIND_OF_DEVICE: Final = {
    "system": f"{_AI}/CodeSystem/AIdeviceTypeCS",
    "code": "Artificial-Intelligence",
}
_TREATMENT: Final = "TREAT"

Resource = dict[str, Any]


def bundle(answer: AnswerRecord, *, origin: str) -> Resource:
    """Everything below as one Bundle; `origin` is the log's name."""
    parts = {"audit": audit_event(answer, origin=origin)}
    if answer.was_released:
        parts["device"] = device(answer)
        parts["document"] = document(answer, origin=origin)
        parts["provenance"] = provenance(answer, origin=origin)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": _instant(answer.ended_at),
        "identifier": {"system": _URI, "value": f"urn:uuid:{answer.answer_id}"},
        "entry": [
            {"fullUrl": _url(answer, name), "resource": resource}
            for name, resource in parts.items()
        ],
    }


def audit_event(answer: AnswerRecord, *, origin: str) -> Resource:
    """That somebody asked, and how it ended."""
    failed = answer.type in {"answer.failed", "answer.lost"}
    found: Resource = {
        "resourceType": "AuditEvent",
        "type": _coding(f"{_TERMINOLOGY}/audit-event-type", "rest"),
        "subtype": [_coding("http://hl7.org/fhir/restful-interaction", "search")],
        "action": "E",
        "period": {
            "start": _instant(answer.asked_at),
            "end": _instant(answer.ended_at),
        },
        "recorded": _instant(answer.asked_at),
        "outcome": "8" if failed else "0",
        "outcomeDesc": answer.outcome,
        "agent": _agents(answer, origin),
        "source": {"observer": _named(f"urn:clinrag:log:{origin}", origin)},
        "entity": _entities(answer),
    }
    if not failed:
        profile = f"{_BALP}/StructureDefinition/IHE.BasicAudit.Query"
        found["meta"] = {"profile": [profile]}
    return found


def device(answer: AnswerRecord) -> Resource:
    """The model that wrote the answer."""
    found: Resource = {
        "resourceType": "Device",
        "meta": {"profile": [f"{_AI}/StructureDefinition/AI-Device"]},
        "identifier": [{"system": "urn:clinrag:model", "value": answer.model}],
        "deviceName": [{"name": answer.model, "type": "model-name"}],
        "type": {"coding": [_KIND_OF_DEVICE]},
        "property": [_property(name, value) for name, value in answer.parameters],
    }
    if answer.model_revision:
        found["version"] = [{"value": answer.model_revision}]
    if not answer.parameters:
        del found["property"]
    return found


def document(answer: AnswerRecord, *, origin: str) -> Resource:
    """The answer, without its words."""
    return {
        "resourceType": "DocumentReference",
        "meta": {"security": [_AIAST]},
        "identifier": [{"system": _URI, "value": f"urn:uuid:{answer.answer_id}"}],
        "status": "current",
        "date": _instant(answer.ended_at),
        "description": f"Answer recorded in {origin} as entry {answer.entry_id}",
        "content": [
            {
                "attachment": {
                    "contentType": "application/json",
                    "title": "Sealed answer",
                    "creation": _instant(answer.ended_at),
                }
            }
        ],
    }


def provenance(answer: AnswerRecord, *, origin: str) -> Resource:
    """Who and what the answer came from."""
    return {
        "resourceType": "Provenance",
        "meta": {"profile": [f"{_AI}/StructureDefinition/AI-Provenance"]},
        "target": [{"reference": _url(answer, "document")}],
        "occurredPeriod": {
            "start": _instant(answer.asked_at),
            "end": _instant(answer.ended_at),
        },
        "recorded": _instant(answer.ended_at),
        "policy": [f"urn:clinrag:policy:{answer.policy}"],
        "reason": [{"coding": [_AIAST]}],
        "activity": {"coding": [_coding(f"{_TERMINOLOGY}/v3-DataOperation", "CREATE")]},
        "agent": [
            _participant("author", {"reference": _url(answer, "device")})
            | {"role": [{"coding": [_KIND_OF_DEVICE]}]},
            _participant("enterer", _who(answer.asked_by)),
        ],
        "entity": [
            *(_source(f"urn:uuid:{version}") for version in answer.versions),
            _source(f"urn:uuid:{answer.query_entry_id}", "The question, sealed"),
            _source(f"urn:sha256:{answer.leaf.hex()}", f"Leaf of {origin}"),
        ],
    }


def _agents(answer: AnswerRecord, origin: str) -> list[Resource]:
    asker = answer.asked_by
    client = {
        "type": {"coding": [_coding(_DCM, "110153", "Source Role ID")]},
        "who": _named(f"urn:clinrag:app:{answer.app}", answer.app or asker.name),
        "requestor": False,
        "network": _UNRECORDED,
    }
    server = {
        "type": {"coding": [_coding(_DCM, "110152", "Destination Role ID")]},
        "who": _named(f"urn:clinrag:log:{origin}", origin),
        "requestor": False,
        "network": _UNRECORDED,
    }
    user = {
        "type": {
            "coding": [_coding(f"{_TERMINOLOGY}/v3-ParticipationType", "IRCP")],
        },
        "who": _who(asker),
        "name": asker.name or asker.id,
        "requestor": True,
        "purposeOfUse": [
            {
                "coding": [
                    _coding(f"{_TERMINOLOGY}/v3-ActReason", _use(answer.purpose))
                ],
                "text": answer.purpose or "unknown",
            }
        ],
    }
    return [client, server, user]


def _entities(answer: AnswerRecord) -> list[Resource]:
    query = {"collections": list(answer.collections), "as_of": answer.as_of}
    asked = json.dumps(query | {"question": "sealed"}, sort_keys=True)
    return [
        {
            "type": _coding(f"{_BALP}/CodeSystem/BasicAuditEntityType", "XrequestId"),
            "what": {"identifier": {"value": str(answer.query_entry_id)}},
        },
        {
            "type": _coding(f"{_TERMINOLOGY}/audit-entity-type", "2", "System Object"),
            "role": _coding(f"{_TERMINOLOGY}/object-role", "24", "Query"),
            "query": base64.b64encode(asked.encode()).decode(),
        },
    ]


def _who(actor: Actor) -> Resource:
    if actor.on_behalf_of:
        return _named(f"urn:clinrag:end-user:{actor.on_behalf_of}", actor.name)
    kind = "Practitioner" if actor.kind is ActorKind.PERSON else "Device"
    return {"type": kind} | _named(f"urn:clinrag:{actor.id}", actor.name)


def _named(identifier: str, name: str) -> Resource:
    found: Resource = {"identifier": {"system": _URI, "value": _plain(identifier)}}
    return found | ({"display": name} if name else {})


def _participant(role: str, who: Resource) -> Resource:
    system = f"{_TERMINOLOGY}/provenance-participant-type"
    return {"type": {"coding": [_coding(system, role)]}, "who": who}


def _source(identifier: str, display: str = "") -> Resource:
    return {"role": "source", "what": _named(identifier, display)}


def _property(name: str, value: str) -> Resource:
    return {"type": {"text": name}, "valueCode": [{"text": value or "none"}]}


def _coding(system: str, code: str, display: str = "") -> dict[str, str]:
    return {"system": system, "code": code} | ({"display": display} if display else {})


def _use(purpose: str) -> str:
    known = PURPOSES.get(purpose)
    return known.of_use if known else _TREATMENT


def _url(answer: AnswerRecord, part: str) -> str:
    return f"urn:uuid:{uuid5(UUID(answer.answer_id), part)}"


def _plain(identifier: str) -> str:
    return identifier.replace(" ", "_")


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def operation_outcome(*, code: str, detail: str) -> Mapping[str, Any]:
    """A refusal, as FHIR tells it; `code` is ours and stable."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "error",
                "code": _ISSUES.get(code, "processing"),
                "details": {"coding": [_coding("urn:clinrag:problem", code)]},
                "diagnostics": detail,
            }
        ],
    }


_ISSUES: Final = {
    "unknown_answer": "not-found",
    "entry_unknown": "not-found",
    "key_missing": "login",
    "key_unknown": "login",
    "key_revoked": "login",
    "key_expired": "login",
    "permission_missing": "forbidden",
    "rate_exceeded": "throttled",
    "answer_not_ready": "transient",
    "answer_erased": "deleted",
}
