"""What came of running an answer again.

Promises: frozen values without a word of a question, prompt or answer: places, hashes,
ids, scores and codes only, so that they may be shown wherever the answer's row may.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID


class StageName(StrEnum):
    """The stages of an answer, in their order."""

    SCREENING = "screening"
    ABBREVIATIONS = "abbreviations"
    POLICY = "policy"
    EMBEDDING = "embedding"
    CANDIDATES = "candidates"
    ORDER = "order"
    PROMPT = "prompt"
    MODEL = "model"
    GROUNDING = "grounding"
    RESULT = "result"


class StageState(StrEnum):
    """How a stage came out beside its record.

    `not_reached`: the answer ended before it. `not_run`: it was reached and cannot, or
    may not, be run again.
    """

    SAME = "same"
    DIFFERS = "differs"
    NOT_RUN = "not_run"
    NOT_REACHED = "not_reached"


class ReplayOutcome(StrEnum):
    """`incomplete`: all that was run is the same, and something was not run."""

    SAME = "same"
    DIFFERS = "differs"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Difference:
    """Where something first differs ("byte 17", "rank 2"), and what stood there."""

    place: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage run again; `said` is a sentence for people."""

    name: StageName
    state: StageState
    said: str
    difference: Difference | None = None

    @classmethod
    def same(cls, name: StageName, said: str) -> Self:
        return cls(name, StageState.SAME, said)

    @classmethod
    def differs(cls, name: StageName, said: str, difference: Difference) -> Self:
        return cls(name, StageState.DIFFERS, said, difference)

    @classmethod
    def not_run(cls, name: StageName, said: str) -> Self:
        return cls(name, StageState.NOT_RUN, said)

    @classmethod
    def not_reached(cls, name: StageName) -> Self:
        return cls(name, StageState.NOT_REACHED, "The answer ended before this stage.")


@dataclass(frozen=True, slots=True)
class Replay:
    """An answer run again; `recall` is of an approximate search beside an exact one.

    `recall` is None unless the recorded search was approximate, or not told how, and
    then 0 to 1. `called_model`: its prompt went to a model server again.
    """

    answer_id: UUID
    stages: tuple[Stage, ...]
    replayed_at: datetime
    recall: float | None = None
    called_model: bool = False

    @property
    def outcome(self) -> ReplayOutcome:
        states = {stage.state for stage in self.stages}
        if StageState.DIFFERS in states:
            return ReplayOutcome.DIFFERS
        if StageState.NOT_RUN in states:
            return ReplayOutcome.INCOMPLETE
        return ReplayOutcome.SAME

    @property
    def first_difference(self) -> Stage | None:
        """The first stage that differs."""
        found = (one for one in self.stages if one.state is StageState.DIFFERS)
        return next(found, None)
