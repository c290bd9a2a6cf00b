"""An answer to describe."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from audit.actors import Actor, ActorKind
from audit.exports.answers import AnswerRecord, Passage

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
APP = Actor(ActorKind.APP, "key:3f2a", "Ward app", "api_key", on_behalf_of="u-17")
SERVER = Actor(ActorKind.SYSTEM, "task:answering", "Answering", "task")


def uid(number: int) -> UUID:
    return UUID(int=(7 << 76) | number)


def passage(rank: int, **changes: Any) -> Passage:
    made = Passage(
        chunk_id=str(uid(100 + rank)),
        content_sha256="ab" * 32,
        version_id=str(uid(200 + rank % 2)),
        rank=rank,
        score="0.75",
        in_prompt=True,
        cited=rank == 1,
    )
    return replace(made, **changes)


RELEASED = AnswerRecord(
    answer_id=str(uid(1)),
    query_entry_id=uid(2),
    entry_id=uid(3),
    asked_at=AT,
    ended_at=AT + timedelta(seconds=2),
    asked_by=APP,
    ended_by=SERVER,
    app="Ward app",
    purpose="treatment",
    collections=("cardiology",),
    as_of="2026-11-23T05:00:00Z",
    type="answer.released",
    outcome="answered",
    reason=None,
    model="qwen 2.5 7b",
    model_revision="r7",
    parameters=(("temperature", "0"), ("seed", "")),
    template="answer/1",
    template_sha256="cd" * 32,
    prompt_sha256="ef" * 32,
    policy="default/1",
    corpus_position=str(uid(9)),
    passages=(passage(1), passage(2), passage(3)),
    query_leaf=b"\x01" * 32,
    leaf=b"\x02" * 32,
)
LOST = replace(
    RELEASED,
    type="answer.lost",
    outcome="lost",
    asked_by=Actor(ActorKind.PERSON, "user:7", "Ada Ärztin", "session"),
    model="",
    model_revision=None,
    parameters=(),
    template="",
    template_sha256="",
    prompt_sha256=None,
    corpus_position=None,
    passages=(),
)
REFUSED = replace(
    RELEASED, type="answer.refused", outcome="no_evidence", reason="nothing_found"
)
