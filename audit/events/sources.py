"""What happens to watched sources, and what they bring."""

from dataclasses import dataclass

from audit.events.corpus import VersionEvent
from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAdded(Event):
    """A place is watched from now on; its address only as a hash."""

    type = EventType.SOURCE_ADDED
    sentence = "Source “{name}” is watched"
    source_id: str
    collection_id: str
    document_id: str | None
    kind: str
    name: str
    address_sha256: str
    every_seconds: int
    owner_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChanged(Event):
    """How a place is watched was changed; a paused one is not looked at."""

    type = EventType.SOURCE_CHANGED
    sentence = "Source “{name}” is watched differently"
    source_id: str
    name: str
    every_seconds: int
    owner_id: str
    is_paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDrafted(VersionEvent):
    """A source brought an edition; `older_id` is the one in force at that time."""

    type = EventType.SOURCE_DRAFTED
    sentence = "A source brought a new edition"
    source_id: str
    task_id: str
    older_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisappearanceAsked(Event):
    """What a source held is gone; its owner is asked, and nothing else happens."""

    type = EventType.SOURCE_MISSING
    sentence = "A file is gone from its source, and the document's owner is asked"
    source_id: str
    task_id: str
    document_id: str
    version_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerTaskClosed(Event):
    """A task that a source gave was closed, by a person or by what it found next."""

    type = EventType.OWNER_TASK_CLOSED
    sentence = "A task from a source was closed: {kind}"
    source_id: str
    task_id: str
    kind: str
    note: str
