"""What is done about an answer after it was given: run again, judged, spoken about.

None of these changes an answer. What somebody wrote is sealed beside the entry.
"""

from dataclasses import dataclass

from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerReplayed(Event):
    """An answer was run again from its record.

    `stages` pair each stage with how it came out; `first_difference` names the first
    that differs. `corpus_position` is that of the moment of replaying. `called_model`
    tells whether text went to a model server again; older entries do not tell.
    """

    type = EventType.ANSWER_REPLAYED
    sentence = "An answer was run again: {outcome}"
    answer_id: str
    outcome: str
    first_difference: str | None
    stages: tuple[tuple[str, str], ...]
    corpus_position: str | None
    called_model: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsChecked(Event):
    """Claims that somebody else drafted were held to the text of versions.

    A verdict and its codes for each claim, in their order; `rules` names those that
    judged. The claims are sealed beside it.
    """

    type = EventType.CLAIMS_CHECKED
    sentence = "Somebody's claims were checked against the text they cite"
    check_id: str
    rules: str
    versions: tuple[str, ...]
    verdicts: tuple[str, ...]
    problems: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackGiven(Event):
    """Somebody said what he thinks of an answer: `kind`, and a code of why."""

    type = EventType.FEEDBACK_GIVEN
    sentence = "An answer was called {kind}"
    feedback_id: str
    answer_id: str
    kind: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerReviewed(Event):
    """A reviewer scored an answer; `scores` pair each criterion with its number.

    `flags` are the ids of the feedback that it settles, each of which he had seen;
    older entries do not tell.
    """

    type = EventType.ANSWER_REVIEWED
    sentence = "An answer was reviewed: {verdict}"
    review_id: str
    answer_id: str
    verdict: str
    scores: tuple[tuple[str, int], ...]
    flags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerAnnotated(Event):
    """A clinician put words beside an answer, or in its place (`kind` override)."""

    type = EventType.ANSWER_ANNOTATED
    sentence = "A clinician's {kind} was put beside an answer"
    note_id: str
    answer_id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAssigned(Event):
    """A person was asked to review an answer, and may read it until he has.

    `reviewer` is his id among actors; `due_at` is when the review is due.
    """

    type = EventType.REVIEW_ASSIGNED
    sentence = "{reviewer} was asked to review an answer"
    assignment_id: str
    answer_id: str
    reviewer: str
    due_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewTakenBack(Event):
    """A review was taken back from a person before he made it."""

    type = EventType.REVIEW_TAKEN_BACK
    sentence = "A review was taken back from {reviewer}"
    assignment_id: str
    answer_id: str
    reviewer: str
