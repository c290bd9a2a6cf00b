"""What people record while they compare two editions before deciding."""

from dataclasses import dataclass

from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonEvent(Event):
    """What all entries about a comparison share; a section by its anchor."""

    document_id: str
    older_id: str
    version_id: str
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionViewed(ComparisonEvent):
    """A person says they have seen what changed in a section, or takes it back."""

    type = EventType.SECTION_VIEWED
    sentence = "A changed section was marked: viewed {is_viewed}"
    is_viewed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonCommented(ComparisonEvent):
    """A reviewer commented on characters of a section; the words by their hash."""

    type = EventType.COMPARISON_COMMENTED
    sentence = "A change was commented on"
    comment_id: str
    thread_id: str
    side: str
    char_start: int
    char_end: int
    quote_sha256: str
    text_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadSettled(ComparisonEvent):
    """A thread of comments was settled, or opened again."""

    type = EventType.THREAD_SETTLED
    sentence = "A thread of comments was settled: {is_resolved}"
    thread_id: str
    is_resolved: bool
