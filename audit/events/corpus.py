"""What happens to collections, documents and their versions."""

from dataclasses import dataclass

from audit.events.shape import Event
from audit.events.types import EventType


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
class CollectionRulesSet(Event):
    """How files of a collection are read and cut from here on; null for the usual."""

    type = EventType.COLLECTION_RULES_SET
    sentence = "How files of collection {slug} are read and cut was set"
    collection_id: str
    slug: str
    chunk_tokens: int | None
    chunk_min_tokens: int | None
    tracked_changes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionPolicySet(Event):
    """How strictly questions to a collection are answered from here on.

    `loosens` tells that some term is less strict than what held before; then there is
    a reason. Older entries tell neither.
    """

    type = EventType.COLLECTION_POLICY_SET
    sentence = "The answering policy of collection {slug} was set"
    collection_id: str
    slug: str
    number: int
    grounding: str
    identifiers: str
    external_models: bool
    former_grounding: str | None = None
    former_identifiers: str | None = None
    former_external_models: bool | None = None
    loosens: bool | None = None
    reason: str | None = None


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
    """A second person decided; `meaning` is what the signature stands for.

    The name as printed, the entry's time and the meaning are what 21 CFR 11.50 asks of
    a signature. It is bound by SHA-256 to the text decided about, and to the comparison
    and the foresight that were shown; `foresight` is "fresh", "stale" or "missing",
    and `acknowledged` that the signer approved knowing it was not fresh.
    """

    type = EventType.VERSION_REVIEWED
    sentence = "A version was reviewed: {decision}"
    review_id: str
    decision: str
    meaning: str
    printed_name: str = ""
    authenticated_by: str = ""
    text_sha256: str | None = None
    comparison_sha256: str | None = None
    foresight_sha256: str | None = None
    foresight: str = ""
    acknowledged: bool = False


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
