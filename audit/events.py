"""What can happen: event types, and one frozen payload class for each.

Fields hold strings, integers, booleans, None, and tuples or frozen dataclasses of
those. Scores are strings, ids are strings, times are ISO 8601 strings. No field may
hold what a patient or a clinician wrote: that goes into sealed content. Adding a
field or a class is allowed; changing or removing one is not, since old entries stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import ClassVar, Final


class EventType(StrEnum):
    """The names entries carry; past tense, grouped by subject."""

    QUERY_RECEIVED = "query.received"
    ANSWER_RELEASED = "answer.released"
    ANSWER_REFUSED = "answer.refused"
    ANSWER_FAILED = "answer.failed"
    ANSWER_LOST = "answer.lost"
    COLLECTION_CREATED = "collection.created"
    DOCUMENT_REGISTERED = "document.registered"
    VERSION_RECEIVED = "version.received"
    VERSION_IN_REVIEW = "version.in_review"
    VERSION_FAILED = "version.failed"
    VERSION_RETRIED = "version.retried"
    VERSION_REVIEWED = "version.reviewed"
    VERSION_ACTIVATED = "version.activated"
    VERSION_SUPERSEDED = "version.superseded"
    VERSION_WITHDRAWN = "version.withdrawn"
    CONTENT_DISCLOSED = "content.disclosed"
    KEY_ISSUED = "access.key_issued"
    KEY_REVOKED = "access.key_revoked"
    USER_CREATED = "access.user_created"
    COLLECTION_GRANTED = "access.collection_granted"
    SIGN_IN_SUCCEEDED = "access.sign_in_succeeded"
    SIGN_IN_FAILED = "access.sign_in_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened; `sentence` tells it to a reader."""

    type: ClassVar[EventType]
    sentence: ClassVar[str]


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
    """A question arrived; committed before anything is retrieved for it."""

    type = EventType.QUERY_RECEIVED
    sentence = "{app} asked a question for {purpose}"
    answer_id: str
    app: str
    purpose: str
    collections: tuple[str, ...]
    as_of: str
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryEnded(Event):
    """What the terminal entries with a result share: the evidence for it.

    `corpus_position` is the id of the last entry that changed which text is in
    force. `parameters` are the model's, as pairs.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionCreated(Event):
    """A collection of documents was opened."""

    type = EventType.COLLECTION_CREATED
    sentence = "Collection {slug} was created"
    collection_id: str
    slug: str
    name: str
    specialty: str
    language: str
    audience: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRegistered(Event):
    """A document was registered, before any version of it."""

    type = EventType.DOCUMENT_REGISTERED
    sentence = "Document “{title}” was registered"
    document_id: str
    collection_id: str
    title: str
    publisher: str
    citation: str
    url: str
    licence: str
    language: str
    review_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionEvent(Event):
    """What all entries about a version share."""

    document_id: str
    version_id: str
    content_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionReceived(VersionEvent):
    """The bytes of an edition were stored."""

    type = EventType.VERSION_RECEIVED
    sentence = "Version {label} was received"
    label: str
    byte_size: int
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionReady(VersionEvent):
    """An edition was parsed, chunked and embedded, and waits for its reviewer."""

    type = EventType.VERSION_IN_REVIEW
    sentence = "A version of {chunk_count} chunks is ready for review"
    text_sha256: str
    chunk_count: int
    parser: str
    chunker: str
    embedder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFailed(VersionEvent):
    """An edition could not be processed."""

    type = EventType.VERSION_FAILED
    sentence = "A version failed: {code}"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRetried(VersionEvent):
    """A failed edition is processed once more."""

    type = EventType.VERSION_RETRIED
    sentence = "A version that failed with {code} is tried again"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionReviewed(VersionEvent):
    """A second person decided; `meaning` is what the signature stands for."""

    type = EventType.VERSION_REVIEWED
    sentence = "A version was reviewed: {decision}"
    review_id: str
    decision: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionActivated(VersionEvent):
    """An edition comes into force from a given time."""

    type = EventType.VERSION_ACTIVATED
    sentence = "A version comes into force from {in_force_from}"
    in_force_from: str
    in_force_to: str | None = None
    supersedes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSuperseded(VersionEvent):
    """An edition ends because another takes its place."""

    type = EventType.VERSION_SUPERSEDED
    sentence = "A version was superseded, in force until {in_force_to}"
    superseded_by: str
    in_force_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionWithdrawn(VersionEvent):
    """An edition was taken out of force."""

    type = EventType.VERSION_WITHDRAWN
    sentence = "A version was withdrawn: {reason}"
    reason: str
    in_force_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentDisclosed(Event):
    """Someone read sealed content; committed before the content was opened."""

    type = EventType.CONTENT_DISCLOSED
    sentence = "Sealed content was read for {purpose} through {surface}"
    answer_ids: tuple[str, ...]
    purpose: str
    surface: str
    entry_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyIssued(Event):
    """An API key was issued."""

    type = EventType.KEY_ISSUED
    sentence = "API key “{name}” was issued"
    key_id: str
    name: str
    scopes: tuple[str, ...]
    collections: tuple[str, ...] = ()
    expires_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked(Event):
    """An API key was revoked."""

    type = EventType.KEY_REVOKED
    sentence = "API key “{name}” was revoked"
    key_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionGranted(Event):
    """A collection was opened to one account or key."""

    type = EventType.COLLECTION_GRANTED
    sentence = "A collection was opened to {holder_id}"
    collection_id: str
    holder_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated(Event):
    """An account was created."""

    type = EventType.USER_CREATED
    sentence = "Account {username} was created"
    user_id: str
    username: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSucceeded(Event):
    """Someone signed in."""

    type = EventType.SIGN_IN_SUCCEEDED
    sentence = "{username} signed in"
    user_id: str
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(Event):
    """Someone failed to sign in.

    `user_id` only if the account exists: what was typed as a name may be a password.
    """

    type = EventType.SIGN_IN_FAILED
    sentence = "A sign-in failed: {reason}"
    reason: str
    user_id: str | None = None


_CLASSES: Final[tuple[type[Event], ...]] = (
    QueryReceived, AnswerReleased, AnswerRefused, AnswerFailed, AnswerLost,
    CollectionCreated, DocumentRegistered, VersionReceived, VersionReady,
    VersionFailed, VersionRetried, VersionReviewed, VersionActivated,
    VersionSuperseded, VersionWithdrawn, ContentDisclosed, KeyIssued, KeyRevoked,
    CollectionGranted, UserCreated, SignInSucceeded, SignInFailed,
)  # fmt: skip
EVENT_CLASSES: Final = {event_class.type: event_class for event_class in _CLASSES}

TERMINAL_TYPES: Final = frozenset(
    {
        EventType.ANSWER_RELEASED,
        EventType.ANSWER_REFUSED,
        EventType.ANSWER_FAILED,
        EventType.ANSWER_LOST,
    }
)


def encode_fields(event: Event) -> dict[str, object]:
    """Turn an event's fields into what canonical JSON can hold."""
    return {part.name: _plain(getattr(event, part.name)) for part in fields(event)}


def _plain(value: object) -> object:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, RetrievedChunk):
        return encode_chunk(value)
    return value


def encode_chunk(chunk: RetrievedChunk) -> dict[str, object]:
    return {name: getattr(chunk, name) for name in RetrievedChunk.__slots__}


class _Told(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def sentence(event_type: str, told: Mapping[str, object]) -> str:
    """Tell an entry to a reader; an unknown type is told by its name."""
    try:
        template = EVENT_CLASSES[EventType(event_type)].sentence
    except ValueError:
        return event_type
    known = {name: value for name, value in told.items() if value is not None}
    return template.format_map(_Told(known))
