"""The values of foresight: what is found before an edition is approved.

Promises: frozen, free of Django. They hold ids, places and quantities out of documents,
never a question that was asked.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from clinrag.answering.foresight_states import ReportState

# What a report was made by; another set of rules makes it stale.
RULES: Final = "foresight/2"


class Freshness(StrEnum):
    """What a report is worth at the moment of deciding."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"


class Effect(StrEnum):
    """What becomes of a question's evidence, the gravest first.

    `number`: a quantity in it differs; `evidence`: other passages; `order`: the same
    passages in another order; `unchanged`: the same passages in the same order.
    """

    NUMBER = "number"
    EVIDENCE = "evidence"
    ORDER = "order"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class PassageCounts:
    """Passages of the new edition beside the one it takes the place of.

    `embedded` are in no edition before, as these are searched: what the edition adds to
    the document's index; `moved` are kept but stand in another order; `removed` are
    only in the older one.
    """

    total: int
    embedded: int
    new: int
    unchanged: int
    moved: int
    removed: int

    @property
    def share_embedded(self) -> float:
        """0 to 1."""
        return self.embedded / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class TouchedAnswer:
    """A logged answer, by its id, and what becomes of its evidence.

    `lost` and `come` are chunk ids; the numbers are quantities as written.
    """

    answer_id: UUID
    effect: Effect
    is_of_document: bool
    lost: tuple[UUID, ...] = ()
    come: tuple[UUID, ...] = ()
    numbers_lost: tuple[str, ...] = ()
    numbers_come: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Words in a passage: characters `start` to `end` of its text."""

    version_id: UUID
    chunk_id: UUID
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sentences on one subject that tell different quantities; possibly."""

    kind: str
    ours: Place
    theirs: Place
    our_words: str
    their_words: str
    likeness: float


@dataclass(frozen=True, slots=True)
class GoldenOutcome:
    """What a golden question comes to before and after."""

    question_id: UUID
    expects: str
    outcome_before: str
    outcome_after: str
    met_before: bool
    met_after: bool
    is_changed: bool


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report; findings are filled once it is done.

    `hidden_conflicts` are those left out for somebody, and of the `hidden_answers` he
    is told nothing out of passages (`telling`).
    """

    id: UUID
    version_id: UUID
    older_id: UUID | None
    supposed_at: datetime
    corpus_position: str
    rules: str
    requested_by_name: str
    requested_at: datetime
    state: ReportState
    done: int
    total: int
    sha256: str
    failure_code: str
    finished_at: datetime | None
    passages: PassageCounts | None
    answers: tuple[TouchedAnswer, ...]
    conflicts: tuple[Conflict, ...]
    golden: tuple[GoldenOutcome, ...]
    limits: dict[str, Any]
    hidden_conflicts: int = 0
    hidden_answers: frozenset[UUID] = frozenset()

    @property
    def changed_answers(self) -> tuple[TouchedAnswer, ...]:
        """Those whose evidence is another, the gravest first."""
        grave = [one for one in self.answers if one.effect is not Effect.UNCHANGED]
        order = tuple(Effect)
        return tuple(sorted(grave, key=lambda one: order.index(one.effect)))

    @property
    def changed_golden(self) -> tuple[GoldenOutcome, ...]:
        return tuple(one for one in self.golden if one.is_changed)
