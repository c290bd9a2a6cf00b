"""An answer's provenance as PROV-JSON (W3C member submission of 24 April 2013).

Promises the answer as an entity that an activity generated from the question and the
passages it used, with the people and programs behind it. Nothing sealed is in it. Pure.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from audit.actors import Actor, ActorKind
from audit.exports.answers import AnswerRecord, Passage

MEDIA_TYPE: Final = "application/json"
PREFIXES: Final = {
    "clinrag": "urn:clinrag:",
    "uuid": "urn:uuid:",
    "prov": "http://www.w3.org/ns/prov#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_KINDS: Final = {
    ActorKind.PERSON: "prov:Person",
    ActorKind.APP: "prov:SoftwareAgent",
    ActorKind.SYSTEM: "prov:SoftwareAgent",
}

Members = dict[str, dict[str, Any]]


def document(answer: AnswerRecord, *, origin: str) -> dict[str, Members]:
    """The whole document; `origin` is the log's name."""
    names = _Names(answer)
    found: dict[str, Any] = {
        "prefix": dict(PREFIXES),
        "entity": _entities(answer, names, origin),
        "activity": {names.activity: _activity(answer)},
        "agent": _agents(answer, names),
        "used": _used(answer, names),
        "wasAssociatedWith": _associated(answer, names),
    }
    if answer.was_released:
        found |= _generated(answer, names)
    if answer.asked_by.on_behalf_of:
        found["actedOnBehalfOf"] = {
            "_:delegation": {
                "prov:delegate": names.asker,
                "prov:responsible": names.end_user,
            }
        }
    return found


class _Names:
    """The qualified names of what the document speaks of."""

    def __init__(self, answer: AnswerRecord) -> None:
        self.question = f"uuid:{answer.query_entry_id}"
        self.answer = f"uuid:{answer.answer_id}"
        self.activity = f"clinrag:answering-{answer.answer_id}"
        self.asker = _agent_name(answer.asked_by)
        self.system = _agent_name(answer.ended_by)
        self.model = f"clinrag:model-{_plain(answer.model)}"
        self.end_user = f"clinrag:end-user-{_plain(answer.asked_by.on_behalf_of or '')}"

    def passage(self, passage: Passage) -> str:
        return f"uuid:{passage.chunk_id}"


def _entities(answer: AnswerRecord, names: _Names, origin: str) -> Members:
    found: Members = {
        names.question: {
            "prov:type": "clinrag:Question",
            "clinrag:log": origin,
            "clinrag:leafHash": answer.query_leaf.hex(),
        }
    }
    for passage in answer.passages:
        found[names.passage(passage)] = {
            "prov:type": "clinrag:Passage",
            "clinrag:contentSha256": passage.content_sha256,
            "clinrag:version": f"urn:uuid:{passage.version_id}",
        }
    if answer.was_released:
        found[names.answer] = {
            "prov:type": "clinrag:Answer",
            "clinrag:entry": f"urn:uuid:{answer.entry_id}",
            "clinrag:log": origin,
            "clinrag:leafHash": answer.leaf.hex(),
        }
    return found


def _activity(answer: AnswerRecord) -> dict[str, Any]:
    told = {
        "prov:startTime": _time(answer.asked_at),
        "prov:endTime": _time(answer.ended_at),
        "prov:type": "clinrag:Answering",
        "clinrag:outcome": answer.outcome,
        "clinrag:reason": answer.reason,
        "clinrag:purpose": answer.purpose,
        "clinrag:policy": answer.policy,
        "clinrag:template": answer.template,
        "clinrag:templateSha256": answer.template_sha256,
        "clinrag:promptSha256": answer.prompt_sha256,
        "clinrag:corpusPosition": answer.corpus_position,
        "clinrag:asOf": answer.as_of,
    }
    return {name: value for name, value in told.items() if value}


def _agents(answer: AnswerRecord, names: _Names) -> Members:
    found: Members = {
        names.asker: _agent(answer.asked_by),
        names.system: _agent(answer.ended_by),
    }
    if answer.model:
        found[names.model] = {
            "prov:type": _typed("prov:SoftwareAgent"),
            "prov:label": answer.model,
        }
        if answer.model_revision:
            found[names.model]["clinrag:revision"] = answer.model_revision
    if answer.asked_by.on_behalf_of:
        found[names.end_user] = {"prov:type": _typed("prov:Person")}
    return found


def _agent(actor: Actor) -> dict[str, Any]:
    return {"prov:type": _typed(_KINDS[actor.kind]), "prov:label": actor.name}


def _used(answer: AnswerRecord, names: _Names) -> Members:
    found: Members = {
        "_:used-question": {
            "prov:activity": names.activity,
            "prov:entity": names.question,
        }
    }
    for passage in answer.passages:
        found[f"_:used-{passage.rank}"] = {
            "prov:activity": names.activity,
            "prov:entity": names.passage(passage),
            "clinrag:rank": passage.rank,
            "clinrag:score": passage.score,
            "clinrag:inPrompt": passage.in_prompt,
            "clinrag:cited": passage.cited,
        }
    return found


def _associated(answer: AnswerRecord, names: _Names) -> Members:
    agents = [names.asker, names.system] + ([names.model] if answer.model else [])
    return {
        f"_:associated-{number}": {
            "prov:activity": names.activity,
            "prov:agent": agent,
        }
        for number, agent in enumerate(dict.fromkeys(agents))
    }


def _generated(answer: AnswerRecord, names: _Names) -> dict[str, Members]:
    derived: Members = {
        f"_:derived-{passage.rank}": {
            "prov:generatedEntity": names.answer,
            "prov:usedEntity": names.passage(passage),
        }
        for passage in answer.passages
        if passage.cited
    }
    found: dict[str, Members] = {
        "wasGeneratedBy": {
            "_:generation": {
                "prov:entity": names.answer,
                "prov:activity": names.activity,
                "prov:time": _time(answer.ended_at),
            }
        },
        "wasAttributedTo": {
            "_:attribution": {"prov:entity": names.answer, "prov:agent": names.model}
        },
    }
    return found | ({"wasDerivedFrom": derived} if derived else {})


def _typed(name: str) -> Mapping[str, str]:
    return {"$": name, "type": "prov:QUALIFIED_NAME"}


def _agent_name(actor: Actor) -> str:
    return f"clinrag:{_plain(actor.id)}"


def _plain(name: str) -> str:
    """What may stand in the local part of a qualified name without escapes."""
    return "".join(one if one.isalnum() and one.isascii() else "-" for one in name)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
