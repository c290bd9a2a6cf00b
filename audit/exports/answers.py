"""An answer as its two entries tell it: what was asked of what, and how it ended.

Promises plain values out of entries' bytes, with nothing that is sealed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from audit.actors import Actor
from audit.events import EventType
from audit.queries import EntryView


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that was retrieved, by ids and hash."""

    chunk_id: str
    content_sha256: str
    version_id: str
    rank: int
    score: str
    in_prompt: bool
    cited: bool


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """What the ledger says about an answer.

    `outcome` is `lost` for a question that nobody answered. Times are those of the
    entries; `digests` hold what the sealed texts are committed to.
    """

    answer_id: str
    query_entry_id: UUID
    entry_id: UUID
    asked_at: datetime
    ended_at: datetime
    asked_by: Actor
    ended_by: Actor
    app: str
    purpose: str
    collections: tuple[str, ...]
    as_of: str
    type: str
    outcome: str
    reason: str | None
    model: str
    model_revision: str | None
    parameters: tuple[tuple[str, str], ...]
    template: str
    template_sha256: str
    prompt_sha256: str | None
    policy: str
    corpus_position: str | None
    passages: tuple[Passage, ...]
    query_leaf: bytes
    leaf: bytes

    @classmethod
    def read(cls, asked: EntryView, ended: EntryView) -> Self:
        """From the entry that opened a question and the one that closed it."""
        told, found = asked.fields, ended.fields
        return cls(
            answer_id=told["answer_id"],
            query_entry_id=asked.id,
            entry_id=ended.id,
            asked_at=asked.at,
            ended_at=ended.at,
            asked_by=asked.actor,
            ended_by=ended.actor,
            app=told["app"],
            purpose=told["purpose"],
            collections=tuple(told["collections"]),
            as_of=told["as_of"],
            type=ended.type,
            outcome=found.get("outcome", "lost"),
            reason=found.get("reason"),
            model=found.get("model", ""),
            model_revision=found.get("model_revision"),
            parameters=_pairs(found.get("parameters", ())),
            template=found.get("template", ""),
            template_sha256=found.get("template_sha256", ""),
            prompt_sha256=found.get("prompt_sha256"),
            policy=told["policy"],
            corpus_position=found.get("corpus_position"),
            passages=tuple(map(_passage, found.get("retrieved", ()))),
            query_leaf=asked.leaf_hash,
            leaf=ended.leaf_hash,
        )

    @property
    def was_released(self) -> bool:
        return self.type == EventType.ANSWER_RELEASED.value

    @property
    def versions(self) -> tuple[str, ...]:
        """The editions that text was retrieved from, each once, best rank first."""
        return tuple(dict.fromkeys(passage.version_id for passage in self.passages))


def _passage(found: Mapping[str, Any]) -> Passage:
    return Passage(
        chunk_id=found["chunk_id"],
        content_sha256=found["content_sha256"],
        version_id=found["version_id"],
        rank=found["rank"],
        score=found["score"],
        in_prompt=found.get("in_prompt", False),
        cited=found.get("cited", False),
    )


def _pairs(found: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in found)
