"""Content opened in an emergency, and evidence packages that left.

Reasons are sealed beside the entry: they may say more than the log should.
"""

from dataclasses import dataclass

from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassBroken(Event):
    """Somebody without the permission opened one answer, giving a reason.

    Committed before the content is opened. He may read it until `expires_at`; a second
    person looks at it until `review_due_at`.
    """

    type = EventType.CONTENT_BREAK_GLASS
    sentence = "One answer was opened in an emergency, to be reviewed by another person"
    break_glass_id: str
    answer_id: str
    entry_ids: tuple[str, ...]
    expires_at: str
    review_due_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassReviewed(Event):
    """A second person judged an emergency access; the actor is not `opened_by`."""

    type = EventType.BREAK_GLASS_REVIEWED
    sentence = "The emergency access by {opened_by} was reviewed: {finding}"
    break_glass_id: str
    answer_id: str
    opened_by: str
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassReviewOverdue(Event):
    """Nobody has reviewed an emergency access in time; written once, by no person."""

    type = EventType.BREAK_GLASS_OVERDUE
    sentence = "The emergency access by {opened_by} was not reviewed in time"
    break_glass_id: str
    answer_id: str
    opened_by: str
    review_due_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportEvent(Event):
    """What all entries about an evidence package share."""

    export_id: str
    authorization_id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportBuilt(ExportEvent):
    """A package is complete; its hashes tell it from any other.

    `content` says how sealed content is in it: `none`, `ciphertext`, `masked` or
    `disclosed`.
    """

    type = EventType.EXPORT_BUILT
    sentence = "An evidence package of {entries} entries was built"
    content: str
    entries: int
    byte_size: int
    sha256: str
    manifest_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFailed(ExportEvent):
    """A package could not be built."""

    type = EventType.EXPORT_FAILED
    sentence = "An evidence package failed: {code}"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportCancelled(ExportEvent):
    """A package was given up before it was complete."""

    type = EventType.EXPORT_CANCELLED
    sentence = "An evidence package was cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDownloaded(ExportEvent):
    """A package was handed out; committed before its first byte."""

    type = EventType.EXPORT_DOWNLOADED
    sentence = "An evidence package was downloaded through {surface}"
    surface: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRemoved(ExportEvent):
    """A package's file was deleted: its time was over, or content in it was erased."""

    type = EventType.EXPORT_REMOVED
    sentence = "The file of an evidence package was deleted"
    sha256: str
