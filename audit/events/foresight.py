"""What is told about foreseeing an edition, and the questions kept for it.

A golden question is written by staff for testing; it is told by its hash here all the
same, for somebody may copy one that was asked.
"""

from dataclasses import dataclass

from audit.events.corpus import VersionEvent
from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionForeseen(VersionEvent):
    """What an edition would change was worked out, with the corpus as it stood.

    `report_sha256` is over the report's canonical JSON; counts are of questions.
    """

    type = EventType.VERSION_FORESEEN
    sentence = "What a version changes was foreseen: {answers_changed} answers differ"
    report_id: str
    report_sha256: str
    corpus_position: str | None
    rules: str
    answers_compared: int
    answers_changed: int
    conflicts: int
    golden_changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenQuestionKept(Event):
    """A question whose answer is known was kept, to be asked of each edition."""

    type = EventType.GOLDEN_QUESTION_KEPT
    sentence = "A golden question was kept for collection {collection}"
    question_id: str
    collection: str
    expects: str
    question_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenQuestionRetired(Event):
    """A golden question is asked no longer."""

    type = EventType.GOLDEN_QUESTION_RETIRED
    sentence = "A golden question of collection {collection} was retired"
    question_id: str
    collection: str
