"""What the ledger and its seals hold of one answer.

Promises: read from the entries, not from the tables beside them, which somebody could
have changed; that it is read is on record before anything is opened. Will not: repair
what is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit import queries as ledger
from audit.actors import Actor
from clinrag.answering.errors import AnswerErased
from clinrag.answering.queries import answer_view, sealed_answer
from clinrag.answering.replay.errors import (
    NothingToReplay,
    RecordPruned,
    ReplayErased,
)
from clinrag.answering.types import AnswerState, AnswerView, SealedAnswer

ENDED = frozenset({AnswerState.RELEASED, AnswerState.REFUSED, AnswerState.FAILED})


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads a record, when, for what, and through what."""

    by: Actor
    at: datetime
    purpose: str
    surface: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedPassage:
    """A passage as the entry names it; scores are decimal strings."""

    version_id: UUID
    chunk_id: UUID
    content_sha256: str
    score: str
    vector_score: str | None
    lexical_score: str | None
    in_prompt: bool

    @property
    def place(self) -> tuple[UUID, UUID]:
        return self.version_id, self.chunk_id


@dataclass(frozen=True, slots=True)
class Recorded:
    """An answer as its two entries and their sealed texts tell it.

    `search` says how it was searched ("embedder", "path", "limit", ...); it is empty in
    entries older than that it is kept.
    """

    view: AnswerView
    sealed: SealedAnswer
    as_of: datetime
    collections: tuple[str, ...]
    policy: str
    outcome: str
    reason: str | None
    corpus_position: str | None
    model: str
    parameters: tuple[tuple[str, str], ...]
    template: str
    template_sha256: str
    prompt_sha256: str | None
    verdicts: tuple[str, ...]
    passages: tuple[RecordedPassage, ...]
    search: Mapping[str, str]

    @property
    def asked_at(self) -> datetime:
        return self.view.row.created_at

    @property
    def ended_at(self) -> datetime:
        return self.view.row.finished_at or self.asked_at

    @property
    def was_searched(self) -> bool:
        return self.sealed.expanded_question is not None


def read_record(answer_id: UUID, reading: Reading) -> Recorded:
    """The record, after this reading is in it.

    Raises UnknownAnswer, NothingToReplay, RecordPruned, ReplayErased, and what
    `disclosure.read_sealed` raises. Not to be called inside a transaction.
    """
    view = answer_view(answer_id)
    if view.row.state not in ENDED or view.row.entry_id is None:
        raise NothingToReplay
    asked = ledger.entry(view.row.query_entry_id)
    ended = ledger.entry(view.row.entry_id)
    if not (asked.is_readable and ended.is_readable):
        raise RecordPruned
    sealed = _opened(answer_id, reading)
    return _recorded(view, sealed, asked.fields, ended.fields)


def _opened(answer_id: UUID, reading: Reading) -> SealedAnswer:
    try:
        return sealed_answer(
            answer_id,
            by=reading.by,
            at=reading.at,
            purpose=reading.purpose,
            surface=reading.surface,
            reason=reading.reason,
        )
    except AnswerErased:
        raise ReplayErased from None


def _recorded(
    view: AnswerView,
    sealed: SealedAnswer,
    asked: Mapping[str, Any],
    ended: Mapping[str, Any],
) -> Recorded:
    return Recorded(
        view=view,
        sealed=sealed,
        as_of=datetime.fromisoformat(asked["as_of"]),
        collections=tuple(asked["collections"]),
        policy=ended["policy"],
        outcome=ended["outcome"],
        reason=ended["reason"],
        corpus_position=ended["corpus_position"],
        model=ended["model"],
        parameters=tuple((name, value) for name, value in ended["parameters"]),
        template=ended["template"],
        template_sha256=ended["template_sha256"],
        prompt_sha256=ended["prompt_sha256"],
        verdicts=tuple(ended["verdicts"]),
        passages=tuple(_passage(one) for one in ended["retrieved"]),
        search=dict(ended.get("search", ())),
    )


def _passage(told: Mapping[str, Any]) -> RecordedPassage:
    return RecordedPassage(
        version_id=UUID(told["version_id"]),
        chunk_id=UUID(told["chunk_id"]),
        content_sha256=told["content_sha256"],
        score=told["score"],
        vector_score=told["vector_score"],
        lexical_score=told["lexical_score"],
        in_prompt=told["in_prompt"],
    )
