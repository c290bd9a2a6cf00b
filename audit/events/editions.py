"""What happens to an edition, and to a document, besides its way to being in force."""

from dataclasses import dataclass

from audit.events.corpus import VersionEvent
from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionHeld(VersionEvent):
    """An edition waits for a person's decision; `findings` counts by kind."""

    type = EventType.VERSION_HELD
    sentence = "A version was held for a decision: {code}"
    hold_id: str
    code: str
    findings: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionHoldDecided(VersionEvent):
    """A person decided about an edition that was held."""

    type = EventType.VERSION_HOLD_DECIDED
    sentence = "A hold on a version was decided: {decision}"
    hold_id: str
    decision: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionBegun(VersionEvent):
    """The moment came from which an edition is in force; written afterwards."""

    type = EventType.VERSION_BEGUN
    sentence = "A version is in force since {in_force_from}"
    in_force_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionExpired(VersionEvent):
    """The end that was planned for an edition came; written afterwards."""

    type = EventType.VERSION_EXPIRED
    sentence = "A version expired, in force until {in_force_to}"
    in_force_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentCorrected(Event):
    """A document's description was replaced by another, from a moment on."""

    type = EventType.DOCUMENT_CORRECTED
    sentence = "Document “{title}” was described anew"
    document_id: str
    record_id: str
    title: str
    publisher: str
    citation: str
    url: str
    licence: str
    language: str
    owner_id: str
    review_by: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRelabelled(VersionEvent):
    """An edition's name was corrected."""

    type = EventType.VERSION_RELABELLED
    sentence = "A version is called “{label}” from now on"
    record_id: str
    label: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionEmbargoed(VersionEvent):
    """Plain readers see an edition from a moment on and not before."""

    type = EventType.VERSION_EMBARGOED
    sentence = "A version is closed to readers until {embargo_until}"
    embargo_until: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReviewDue(Event):
    """The day came by which a document was to be looked through again."""

    type = EventType.DOCUMENT_REVIEW_DUE
    sentence = "A document was to be looked through by {review_by}"
    document_id: str
    reminder_id: str
    owner_id: str
    review_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLookedThrough(Event):
    """Somebody looked through a document that was due."""

    type = EventType.DOCUMENT_LOOKED_THROUGH
    sentence = "A document that was due was looked through"
    document_id: str
    reminder_id: str
    note: str
    review_by: str | None
