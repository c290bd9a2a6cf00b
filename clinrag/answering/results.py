"""Putting a result together, and storing it as text that can be read back.

Promises: pure; `result_from_text(result_to_text(r), ...)` equals r, and
reads what was stored before there were formats. The stored text
leaves out the entry's id and leaf hash: it is sealed before they exist.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from clinrag.answering.types import (
    AnswerField,
    AnswerResult,
    Citation,
    Claim,
    Confidence,
    ContextCitation,
    Disagreement,
    Flag,
    Outcome,
    Verdict,
)

_AFTERWARDS = ("entry_id", "leaf_hash")


def distinct_citations(claims: tuple[Claim, ...]) -> tuple[Citation, ...]:
    """The citations of all claims, each number once, in order."""
    by_number = {c.number: c for claim in claims for c in claim.citations}
    return tuple(by_number[number] for number in sorted(by_number))


def result_to_text(result: AnswerResult) -> str:
    """Compact JSON of everything but what its own entry adds."""
    fields = asdict(result)
    for name in _AFTERWARDS:
        del fields[name]
    return json.dumps(fields, default=_plain, ensure_ascii=False, separators=(",", ":"))


def result_from_text(text: str, *, entry_id: UUID, leaf_hash: str) -> AnswerResult:
    """The result as it was sent; raises KeyError or ValueError if it is no result."""
    fields = json.loads(text)
    level = fields["confidence"]
    return AnswerResult(
        **{
            **fields,
            "id": UUID(fields["id"]),
            "outcome": Outcome(fields["outcome"]),
            "claims": tuple(_claim(item) for item in fields["claims"]),
            "citations": tuple(_citation(item) for item in fields["citations"]),
            "confidence": None if level is None else Confidence(level),
            "confidence_reasons": tuple(fields["confidence_reasons"]),
            "notices": tuple(fields["notices"]),
            "fields": tuple(_field(item) for item in fields.get("fields", ())),
            "flags": tuple(_flag(item) for item in fields.get("flags", ())),
            "conflicts": tuple(
                _disagreement(item) for item in fields.get("conflicts", ())
            ),
            "as_of": datetime.fromisoformat(fields["as_of"]),
            "created_at": datetime.fromisoformat(fields["created_at"]),
            "entry_id": entry_id,
            "leaf_hash": leaf_hash,
        }
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError


def _claim(item: Mapping[str, Any]) -> Claim:
    return Claim(
        text=item["text"],
        verdict=Verdict(item["verdict"]),
        citations=tuple(_citation(citation) for citation in item["citations"]),
        field=item.get("field", "claims"),
        context_citations=tuple(
            ContextCitation(**one) for one in item.get("context_citations", ())
        ),
    )


def _field(item: Mapping[str, Any]) -> AnswerField:
    return AnswerField(**{**item, "claims": tuple(item["claims"])})


def _flag(item: Mapping[str, Any]) -> Flag:
    return Flag(**{**item, "claims": tuple(item["claims"])})


def _disagreement(item: Mapping[str, Any]) -> Disagreement:
    first, second = item["citations"]
    return Disagreement(**{**item, "citations": (first, second)})


def _citation(item: Mapping[str, Any]) -> Citation:
    since = item["in_force_from"]
    return Citation(
        **{
            **item,
            "document_id": UUID(item["document_id"]),
            "version_id": UUID(item["version_id"]),
            "chunk_id": UUID(item["chunk_id"]),
            "section_path": tuple(item["section_path"]),
            "in_force_from": None if since is None else datetime.fromisoformat(since),
        }
    )
