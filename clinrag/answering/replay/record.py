"""What the ledger and its seals hold of one answer.

Promises: read from the entries, not from the tables beside them, which somebody could
have changed; that it is read is on record before anything is opened. Will not: repair
what is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit import disclosure
from audit import queries as ledger
from audit.actors import Actor
from audit.queries import EntryView
from clinrag.answering.queries import answer_view, opened_answer, sealed_entries
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
    entries older than that it is kept. `format` and `style` are a label and a SHA-256,
    empty in entries older than formats.
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
    format: tuple[str, str]
    style: tuple[str, str]

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
    found = _found(answer_id)
    if found.asked is None or found.ended is None:
        raise NothingToReplay
    if not found.is_whole:
        raise RecordPruned
    opened = _opened([found], reading)
    if not opened:
        raise ReplayErased
    return opened[0]


def read_records(answer_ids: Sequence[UUID], reading: Reading) -> list[Recorded]:
    """Several records after one reading; those that cannot be run again are left out.

    Raises UnknownAnswer, and what `disclosure.read_sealed` raises. Not to be called
    inside a transaction.
    """
    found = [one for one in map(_found, answer_ids) if one.is_whole]
    return _opened(found, reading) if found else []


@dataclass(frozen=True, slots=True)
class _Found:
    """An answer and its two entries, before anything is opened."""

    view: AnswerView
    asked: EntryView | None = None
    ended: EntryView | None = None

    @property
    def is_whole(self) -> bool:
        both = self.asked, self.ended
        return all(one is not None and one.is_readable for one in both)


def _found(answer_id: UUID) -> _Found:
    view = answer_view(answer_id)
    row = view.row
    if row.state not in ENDED or row.entry_id is None:
        return _Found(view)
    return _Found(view, ledger.entry(row.query_entry_id), ledger.entry(row.entry_id))


def _opened(found: Sequence[_Found], reading: Reading) -> list[Recorded]:
    """Those whose words are still there, after one entry about the reading."""
    entries = {one.view.row.id: sealed_entries(one.view.row) for one in found}
    texts = disclosure.read_sealed(
        [entry for both in entries.values() for entry in both],
        by=reading.by,
        at=reading.at,
        purpose=reading.purpose,
        surface=reading.surface,
        subject_ids=tuple(map(str, entries)),
        reason=reading.reason,
    )
    return [
        _recorded(one, _sealed(one.view.row.id, entries[one.view.row.id], texts))
        for one in found
        if all(entry in texts for entry in entries[one.view.row.id])
    ]


def _sealed(
    answer_id: UUID, entries: Sequence[UUID], texts: Mapping[UUID, dict[str, str]]
) -> SealedAnswer:
    ended = texts[entries[1]] if entries[1:] else {}
    return opened_answer(answer_id, texts[entries[0]], ended)


def _recorded(found: _Found, sealed: SealedAnswer) -> Recorded:
    asked = found.asked.fields if found.asked else {}
    ended = found.ended.fields if found.ended else {}
    return Recorded(
        view=found.view,
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
        format=_named(ended, "format"),
        style=_named(ended, "style"),
    )


def _named(ended: Mapping[str, Any], what: str) -> tuple[str, str]:
    return ended.get(what) or "", ended.get(f"{what}_sha256") or ""


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
