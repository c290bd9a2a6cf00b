"""The values of impact: what is looked for, who is asked about, and what was found.

Promises: frozen, complete, free of Django. Does not decide anything.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from clinrag.answering.reach import AnswerStanding, TargetKind, Use


@dataclass(frozen=True, slots=True)
class Target:
    """A text whose answers are wanted.

    A version means what was read in that edition. A section, a chunk and a change mean
    passages, `chunk_ids`, in whatever edition they were read: an unchanged passage
    keeps its id from edition to edition. A change means the passages of the document
    that the edition no longer holds.
    """

    kind: TargetKind
    version_id: UUID
    chunk_ids: frozenset[UUID] = frozenset()
    section_path: tuple[str, ...] = ()

    @property
    def is_whole_version(self) -> bool:
        return self.kind is TargetKind.VERSION

    def holds(self, *, version_id: UUID, chunk_id: UUID) -> bool:
        """Whether a passage read in an edition is meant."""
        if self.is_whole_version:
            return version_id == self.version_id
        return chunk_id in self.chunk_ids


@dataclass(frozen=True, slots=True)
class ImpactFilters:
    """Which of the answers to list; None leaves a filter open.

    `uses` are those of which one is enough. `until` is not included.
    """

    uses: frozenset[Use] = field(default_factory=lambda: frozenset(Use))
    app: str | None = None
    unit: str | None = None
    actor_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PassageStanding:
    """One passage behind an answer, and what it is worth at the moment asked for."""

    version_id: UUID
    chunk_id: UUID
    use: Use
    standing: AnswerStanding
    recall_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class StandingView:
    """An answer's standing at `at`: that of its worst passage that was cited or read.

    Without any such passage it is `current`: nothing it rests on can change.
    """

    answer_id: UUID
    at: datetime
    standing: AnswerStanding
    recall_ids: tuple[UUID, ...]
    passages: tuple[PassageStanding, ...]


@dataclass(frozen=True, slots=True)
class TouchedAnswer:
    """An answer that used the target, and how often in which way."""

    answer_id: UUID
    asked_at: datetime
    use: Use
    cited: int
    in_prompt: int
    cut: int
    app: str
    unit: str
    actor_id: str
    actor_name: str
    outcome: str
    standing: AnswerStanding


@dataclass(frozen=True, slots=True)
class ImpactPage:
    """Part of the list and the cursor that continues it."""

    rows: tuple[TouchedAnswer, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many answers of one name: an app, a unit, a person, or a month."""

    name: str
    answers: int


@dataclass(frozen=True, slots=True)
class ImpactCounts:
    """How many answers used the target; one may count under several uses."""

    answers: int
    cited: int
    in_prompt: int
    cut: int
    by_app: tuple[Tally, ...]
    by_unit: tuple[Tally, ...]
    by_actor: tuple[Tally, ...]
    by_month: tuple[Tally, ...]
