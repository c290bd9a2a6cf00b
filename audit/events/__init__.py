"""What can happen: event types, and one frozen payload class for each."""

from collections.abc import Mapping
from typing import Final

from audit.events.access import (
    CollectionGranted,
    ContentDisclosed,
    KeyIssued,
    KeyRevoked,
    SignInFailed,
    SignInSucceeded,
    UserCreated,
)
from audit.events.aftercare import (
    AnswerAnnotated,
    AnswerReplayed,
    AnswerReviewed,
    ClaimsChecked,
    FeedbackGiven,
    ReviewAssigned,
    ReviewTakenBack,
)
from audit.events.answers import (
    AnswerFailed,
    AnswerLost,
    AnswerRefused,
    AnswerReleased,
    QueryEnded,
    QueryReceived,
    RetrievedChunk,
)
from audit.events.comparing import (
    ComparisonCommented,
    SectionViewed,
    ThreadSettled,
)
from audit.events.corpus import (
    CollectionCreated,
    CollectionPolicySet,
    CollectionRulesSet,
    DocumentRegistered,
    VersionActivated,
    VersionFailed,
    VersionReady,
    VersionReceived,
    VersionRetried,
    VersionReviewed,
    VersionSuperseded,
    VersionWithdrawn,
)
from audit.events.custody import (
    AuthorizationApproved,
    AuthorizationExecuted,
    AuthorizationExpired,
    AuthorizationRefused,
    AuthorizationRequested,
    BlockPruned,
    ContentErased,
    ErasedEntry,
    ErasureChecked,
    ErasureStopped,
    HoldPlaced,
    HoldReleased,
    RetentionFloorSet,
)
from audit.events.editions import (
    DocumentCorrected,
    DocumentLookedThrough,
    DocumentReviewDue,
    VersionBegun,
    VersionEmbargoed,
    VersionExpired,
    VersionHeld,
    VersionHoldDecided,
    VersionRelabelled,
)
from audit.events.evaluations import EvaluationRecorded, EvaluationWaived
from audit.events.exports import (
    ExportBuilt,
    ExportCancelled,
    ExportDownloaded,
    ExportFailed,
    ExportRemoved,
    GlassBroken,
    GlassReviewed,
    GlassReviewOverdue,
)
from audit.events.foresight import (
    GoldenQuestionKept,
    GoldenQuestionRetired,
    VersionForeseen,
)
from audit.events.indexing import (
    IndexBuildAbandoned,
    IndexBuildRetried,
    IndexBuildStarted,
    IndexSwitched,
    IndexVectorsDropped,
)
from audit.events.log import KeyRotated, ShardOpened
from audit.events.recalls import (
    RecallAcknowledged,
    RecallClosed,
    RecallNotified,
    RecallOpened,
    RecallUndelivered,
    WebhookRegistered,
    WebhookRemoved,
)
from audit.events.serving import AnswerUndelivered, ModelProbed
from audit.events.shape import Event, decode_fields, encode_fields
from audit.events.sources import (
    DisappearanceAsked,
    OwnerTaskClosed,
    SourceAdded,
    SourceChanged,
    SourceDrafted,
)
from audit.events.types import EventType

_CLASSES: Final[tuple[type[Event], ...]] = (
    QueryReceived, AnswerReleased, AnswerRefused, AnswerFailed, AnswerLost,
    AnswerUndelivered, ModelProbed, EvaluationRecorded, EvaluationWaived,
    AnswerReplayed, ClaimsChecked, FeedbackGiven, AnswerReviewed, AnswerAnnotated,
    ReviewAssigned, ReviewTakenBack,
    CollectionCreated, CollectionRulesSet, CollectionPolicySet, DocumentRegistered,
    VersionReceived, VersionReady,
    VersionFailed, VersionRetried, VersionReviewed, VersionActivated,
    VersionSuperseded, VersionWithdrawn, IndexSwitched, ContentDisclosed,
    IndexBuildStarted, IndexBuildRetried, IndexBuildAbandoned, IndexVectorsDropped,
    KeyIssued, KeyRevoked,
    CollectionGranted, UserCreated, SignInSucceeded, SignInFailed,
    AuthorizationRequested, AuthorizationApproved, AuthorizationRefused,
    AuthorizationExecuted, AuthorizationExpired, KeyRotated, ShardOpened,
    GlassBroken, GlassReviewed, GlassReviewOverdue,
    ExportBuilt, ExportFailed, ExportCancelled,
    ExportDownloaded, ExportRemoved, HoldPlaced, HoldReleased, ContentErased,
    ErasureStopped, ErasureChecked, RetentionFloorSet, BlockPruned,
    VersionHeld, VersionHoldDecided, VersionBegun, VersionExpired, VersionRelabelled,
    VersionEmbargoed, DocumentCorrected, DocumentReviewDue, DocumentLookedThrough,
    SectionViewed, ComparisonCommented, ThreadSettled,
    RecallOpened, RecallNotified, RecallUndelivered, RecallAcknowledged, RecallClosed,
    WebhookRegistered, WebhookRemoved,
    VersionForeseen, GoldenQuestionKept, GoldenQuestionRetired,
    SourceAdded, SourceChanged, SourceDrafted, DisappearanceAsked, OwnerTaskClosed,
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


__all__ = [
    "EVENT_CLASSES",
    "TERMINAL_TYPES",
    "AnswerAnnotated",
    "AnswerFailed",
    "AnswerLost",
    "AnswerRefused",
    "AnswerReleased",
    "AnswerReplayed",
    "AnswerReviewed",
    "AnswerUndelivered",
    "AuthorizationApproved",
    "AuthorizationExecuted",
    "AuthorizationExpired",
    "AuthorizationRefused",
    "AuthorizationRequested",
    "BlockPruned",
    "ClaimsChecked",
    "CollectionCreated",
    "CollectionGranted",
    "CollectionPolicySet",
    "CollectionRulesSet",
    "ComparisonCommented",
    "ContentDisclosed",
    "ContentErased",
    "DisappearanceAsked",
    "DocumentCorrected",
    "DocumentLookedThrough",
    "DocumentRegistered",
    "DocumentReviewDue",
    "ErasedEntry",
    "ErasureChecked",
    "ErasureStopped",
    "EvaluationRecorded",
    "EvaluationWaived",
    "Event",
    "EventType",
    "ExportBuilt",
    "ExportCancelled",
    "ExportDownloaded",
    "ExportFailed",
    "ExportRemoved",
    "FeedbackGiven",
    "GlassBroken",
    "GlassReviewOverdue",
    "GlassReviewed",
    "GoldenQuestionKept",
    "GoldenQuestionRetired",
    "HoldPlaced",
    "HoldReleased",
    "IndexBuildAbandoned",
    "IndexBuildRetried",
    "IndexBuildStarted",
    "IndexSwitched",
    "IndexVectorsDropped",
    "KeyIssued",
    "KeyRevoked",
    "KeyRotated",
    "ModelProbed",
    "OwnerTaskClosed",
    "QueryEnded",
    "QueryReceived",
    "RecallAcknowledged",
    "RecallClosed",
    "RecallNotified",
    "RecallOpened",
    "RecallUndelivered",
    "RetentionFloorSet",
    "RetrievedChunk",
    "ReviewAssigned",
    "ReviewTakenBack",
    "SectionViewed",
    "ShardOpened",
    "SignInFailed",
    "SignInSucceeded",
    "SourceAdded",
    "SourceChanged",
    "SourceDrafted",
    "ThreadSettled",
    "UserCreated",
    "VersionActivated",
    "VersionBegun",
    "VersionEmbargoed",
    "VersionExpired",
    "VersionFailed",
    "VersionForeseen",
    "VersionHeld",
    "VersionHoldDecided",
    "VersionReady",
    "VersionReceived",
    "VersionRelabelled",
    "VersionRetried",
    "VersionReviewed",
    "VersionSuperseded",
    "VersionWithdrawn",
    "WebhookRegistered",
    "WebhookRemoved",
    "decode_fields",
    "encode_fields",
    "sentence",
]
