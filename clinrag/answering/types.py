"""The values that travel into and out of answering.

Promises: frozen, complete, free of Django. Does not decide anything.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID


class Outcome(StrEnum):
    """How a question ended, in words a program may branch on."""

    ANSWERED = "answered"
    NO_EVIDENCE = "no_evidence"
    NOT_GROUNDED = "not_grounded"
    OUT_OF_SCOPE = "out_of_scope"
    IDENTIFIERS_FOUND = "identifiers_found"
    INJECTION_SUSPECTED = "injection_suspected"
    MODEL_FAILED = "model_failed"


class AnswerState(StrEnum):
    """Where an answer is in its life; every state but OPEN has one entry."""

    OPEN = "open"
    RELEASED = "released"
    REFUSED = "refused"
    FAILED = "failed"
    LOST = "lost"


class Verdict(StrEnum):
    """What the check of one claim against its cited text found."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"
    NOT_FACTUAL = "not_factual"


class Confidence(StrEnum):
    """How far an answer may be leant on, by the rules in `confidence`."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, of which collections, as of when and for which purpose.

    `as_of` None means the moment of asking; with `known_at` the answer rests on what
    was recorded then, which the corpus position of its record names. `limit` is a
    number of passages. `subject` is an opaque reference of the person it concerns: what
    is sealed can be erased by it, and it is kept nowhere. `unit` is the asking ward's
    or department's short name, recorded in the clear; empty if an app tells none.
    `format` and `style` are names or labels; empty means the plain answer and the
    neutral style. `context` is an encounter, a note or a dialogue, that a format may be
    filled from; it is not searched for.
    """

    text: str
    collection_slugs: tuple[str, ...]
    as_of: datetime | None = None
    purpose: str = "care"
    app: str = ""
    idempotency_key: str | None = None
    limit: int = 8
    subject: str | None = None
    unit: str = ""
    known_at: datetime | None = None
    format: str = ""
    style: str = ""
    context: str = ""

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.subject,) if self.subject is not None else ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A span of one version's text: `text[char_start:char_end] == quote`."""

    number: int
    document_id: UUID
    document_title: str
    publisher: str
    version_id: UUID
    version_label: str
    chunk_id: UUID
    content_sha256: str
    char_start: int
    char_end: int
    page: int | None
    section_path: tuple[str, ...]
    quote: str
    standing: str
    in_force_from: datetime | None
    strength: str = ""
    certainty: str = ""
    ocr_confidence: float | None = None


@dataclass(frozen=True, slots=True)
class ContextCitation:
    """A span of the encounter the caller told, masked: `masked[start:end] == quote`."""

    number: int
    char_start: int
    char_end: int
    quote: str
    kind: str = "context"


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of an answer, what its check found, and what it rests on.

    It rests on approved documents or on the encounter, never on both; `field` is the
    part of the format it stands in.
    """

    text: str
    verdict: Verdict
    citations: tuple[Citation, ...]
    field: str = "claims"
    context_citations: tuple[ContextCitation, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerField:
    """A part of the document: the places of its claims, from 1, or why it is empty."""

    name: str
    title: str
    claims: tuple[int, ...]
    empty: str | None


@dataclass(frozen=True, slots=True)
class Flag:
    """A group of high-alert medicines that claims name, at their places from 1.

    `listed_in` names the list and its version.
    """

    code: str
    title: str
    listed_in: str
    claims: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two citations, by number, that may contradict each other.

    `kind` is "quantity", with the words of both, or "strength": one advises against
    what the other recommends.
    """

    kind: str
    citations: tuple[int, int]
    first_says: str
    second_says: str


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """What the asker gets; its entry was durable before this value existed.

    `leaf_hash` is hexadecimal. `text` is None unless the outcome is `answered`.
    `notices` are sentences the asker must see beside the answer. `format` and `style`
    are labels, empty in answers older than formats; `fields` stand in the format's own
    order, and `text` in that of the style.
    """

    id: UUID
    outcome: Outcome
    text: str | None
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    reason: str | None
    explanation: str | None
    confidence: Confidence | None
    confidence_reasons: tuple[str, ...]
    notices: tuple[str, ...]
    as_of: datetime
    corpus_position: str | None
    answerer: str
    fallback_used: bool
    entry_id: UUID
    leaf_hash: str
    disclaimer: str
    created_at: datetime
    format: str = ""
    style: str = ""
    media_type: str = "text/plain"
    fields: tuple[AnswerField, ...] = ()
    flags: tuple[Flag, ...] = ()
    conflicts: tuple[Disagreement, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerFilters:
    """Which answers to list; None leaves a filter open."""

    since: datetime | None = None
    until: datetime | None = None
    actor_id: str | None = None
    app: str | None = None
    collection_slug: str | None = None
    outcome: str | None = None
    state: str | None = None
    version_id: UUID | None = None

    @classmethod
    def everything(cls) -> Self:
        return cls()


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer as a list shows it: no question, no answer text.

    `outcome` is empty while the answer is open and when it was lost.
    """

    id: UUID
    state: AnswerState
    outcome: str
    reason: str | None
    app: str
    actor_id: str
    actor_name: str
    collections: tuple[str, ...]
    as_of: datetime
    answerer: str
    confidence: str
    fallback_used: bool
    citation_count: int
    query_entry_id: UUID
    entry_id: UUID | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """Part of the list of answers and the cursor that continues it."""

    rows: tuple[AnswerRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class RetrievedRow:
    """One retrieved passage: which, how it ranked, and what became of it.

    Scores are decimal strings as recorded in the ledger.
    """

    version_chunk_id: int
    chunk_id: UUID
    content_sha256: str
    version_id: UUID
    rank: int
    score: str
    vector_score: str | None
    lexical_score: str | None
    in_prompt: bool
    cited: bool


@dataclass(frozen=True, slots=True)
class CitationRow:
    """One stored citation: where the quote stands, without the quote."""

    number: int
    claim_position: int
    verdict: Verdict
    document_id: UUID
    version_id: UUID
    chunk_id: UUID
    content_sha256: str
    char_start: int
    char_end: int
    page: int | None


@dataclass(frozen=True, slots=True)
class AnswerView:
    """Everything known of an answer that is not sealed."""

    row: AnswerRow
    purpose: str
    corpus_position: str | None
    policy: str
    template: str
    template_sha256: str
    prompt_sha256: str | None
    model_revision: str | None
    parameters: tuple[tuple[str, str], ...]
    timings_ms: tuple[tuple[str, int], ...]
    leaf_hash: str | None
    format: str
    format_sha256: str
    style: str
    style_sha256: str
    retrieved: tuple[RetrievedRow, ...]
    citations: tuple[CitationRow, ...]


@dataclass(frozen=True, slots=True)
class SealedAnswer:
    """What was sealed about an answer, opened; reading it was recorded first.

    `context` is the encounter as it was told, if there was one, and `masked_context` as
    it was shown. `prompt` is the exact bytes sent, as text: a JSON array of messages.
    `result` is None unless the answer was released or refused.
    """

    question: str
    masked_question: str
    expanded_question: str | None  # as searched, abbreviations written out
    prompt: str | None
    model_output: str | None
    result: AnswerResult | None
    context: str | None = None
    masked_context: str | None = None
