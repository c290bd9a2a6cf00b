"""Findings as JSON and back.

Promises: what is decoded equals what was encoded; only strings, integers, booleans,
lists and objects are written, so that canonical JSON can be hashed: a share is told in
thousandths.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from clinrag.answering.foresight.types import (
    Conflict,
    Effect,
    GoldenOutcome,
    PassageCounts,
    Place,
    TouchedAnswer,
)

THOUSAND = 1000
Finding = PassageCounts | TouchedAnswer | Conflict | GoldenOutcome | Place


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a report found."""

    passages: PassageCounts | None
    answers: tuple[TouchedAnswer, ...]
    conflicts: tuple[Conflict, ...]
    golden: tuple[GoldenOutcome, ...]
    limits: dict[str, Any]


def encoded(finding: Finding) -> dict[str, Any]:
    """A finding's fields."""
    return {one.name: _plain(getattr(finding, one.name)) for one in fields(finding)}


def _plain(value: object) -> object:
    if isinstance(value, UUID | Effect):
        return str(value)
    if isinstance(value, float):
        return round(value * THOUSAND)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return encoded(value) if isinstance(value, Place) else value


def decoded(findings: Mapping[str, Any]) -> Findings:
    """The findings as far as they are there."""
    passages = findings.get("passages")
    return Findings(
        passages=PassageCounts(**passages) if passages else None,
        answers=tuple(_answer(one) for one in findings.get("answers", ())),
        conflicts=tuple(_conflict(one) for one in findings.get("conflicts", ())),
        golden=tuple(_golden(one) for one in findings.get("golden", ())),
        limits=dict(findings.get("limits", {})),
    )


def _answer(told: Mapping[str, Any]) -> TouchedAnswer:
    return TouchedAnswer(
        answer_id=UUID(told["answer_id"]),
        effect=Effect(told["effect"]),
        is_of_document=told["is_of_document"],
        lost=tuple(UUID(one) for one in told["lost"]),
        come=tuple(UUID(one) for one in told["come"]),
        numbers_lost=tuple(told["numbers_lost"]),
        numbers_come=tuple(told["numbers_come"]),
    )


def _conflict(told: Mapping[str, Any]) -> Conflict:
    return Conflict(
        kind=told["kind"],
        ours=_place(told["ours"]),
        theirs=_place(told["theirs"]),
        our_words=told["our_words"],
        their_words=told["their_words"],
        likeness=told["likeness"] / THOUSAND,
    )


def _place(told: Mapping[str, Any]) -> Place:
    return Place(
        UUID(told["version_id"]), UUID(told["chunk_id"]), told["start"], told["end"]
    )


def _golden(told: Mapping[str, Any]) -> GoldenOutcome:
    return GoldenOutcome(**{**told, "question_id": UUID(told["question_id"])})
