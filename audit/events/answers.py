"""What happens between a question and its one end."""

from dataclasses import dataclass

from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievedChunk:
    """A chunk that retrieval returned, by id and hash, never its text."""

    chunk_id: str
    content_sha256: str
    version_id: str
    rank: int
    score: str
    vector_score: str | None = None
    lexical_score: str | None = None
    in_prompt: bool = False
    cited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryReceived(Event):
    """A question arrived; committed before anything is retrieved for it.

    `unit` is the asking ward's or department's short name, where the app gave it.
    """

    type = EventType.QUERY_RECEIVED
    sentence = "{app} asked a question for {purpose}"
    answer_id: str
    app: str
    purpose: str
    collections: tuple[str, ...]
    as_of: str
    policy: str
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryEnded(Event):
    """What the terminal entries with a result share: the evidence for it.

    `corpus_position` is the id of the last entry that changed which text is in
    force. `parameters` are the model's, and `search` tells how it was searched (by
    which embedder, how many of how many), both as pairs. `format` and `style` label
    what it was written as; None in entries older than formats.
    """

    query_entry_id: str
    answer_id: str
    outcome: str
    corpus_position: str | None = None
    retrieved: tuple[RetrievedChunk, ...] = ()
    template: str
    template_sha256: str
    prompt_sha256: str | None = None
    model: str
    model_revision: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    policy: str
    verdicts: tuple[str, ...] = ()
    reason: str | None = None
    search: tuple[tuple[str, str], ...] = ()
    format: str | None = None
    format_sha256: str | None = None
    style: str | None = None
    style_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerReleased(QueryEnded):
    """An answer left; committed before its first byte did."""

    type = EventType.ANSWER_RELEASED
    sentence = "An answer by {model} was released"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRefused(QueryEnded):
    """The question was not answered, by rule."""

    type = EventType.ANSWER_REFUSED
    sentence = "An answer was refused: {outcome}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFailed(QueryEnded):
    """The question was not answered, by fault."""

    type = EventType.ANSWER_FAILED
    sentence = "An answer failed: {reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLost(Event):
    """A question whose process died; closed afterwards by the sweeper."""

    type = EventType.ANSWER_LOST
    sentence = "A question was left without an answer and closed"
    query_entry_id: str
    answer_id: str
