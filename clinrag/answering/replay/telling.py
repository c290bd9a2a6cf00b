"""A replay as plain values and as lines, for programs and for people.

Promises: the same fields for the shell and the interface; no word of a question or an
answer, for a replay holds none.
"""

from collections.abc import Iterator
from typing import Any, Final

from clinrag.answering.replay.types import (
    Difference,
    Replay,
    ReplayOutcome,
    Stage,
    StageState,
)

SENTENCES: Final = {
    ReplayOutcome.SAME: "Every stage comes out the same.",
    ReplayOutcome.DIFFERS: "It does not come out the same.",
    ReplayOutcome.INCOMPLETE: "What was run is the same; not every stage was run.",
}
_MARKS: Final = {
    StageState.SAME: "=",
    StageState.DIFFERS: "!",
    StageState.NOT_RUN: "?",
    StageState.NOT_REACHED: "-",
}


def as_fields(replay: Replay) -> dict[str, Any]:
    """What a program gets."""
    first = replay.first_difference
    return {
        "answer_id": str(replay.answer_id),
        "outcome": replay.outcome.value,
        "first_difference": first.name.value if first else None,
        "recall": replay.recall,
        "replayed_at": replay.replayed_at.isoformat(),
        "stages": [_stage(stage) for stage in replay.stages],
    }


def as_lines(replay: Replay) -> Iterator[str]:
    """What a person gets on a shell."""
    for stage in replay.stages:
        yield f"{_MARKS[stage.state]} {stage.name.value:13} {stage.said}"
        if stage.difference:
            one = stage.difference
            yield f"  {one.place}: then {one.then}; now {one.now}"
    yield SENTENCES[replay.outcome]


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "name": stage.name.value,
        "state": stage.state.value,
        "said": stage.said,
        "difference": _difference(stage.difference),
    }


def _difference(found: Difference | None) -> dict[str, str] | None:
    if found is None:
        return None
    return {"place": found.place, "then": found.then, "now": found.now}
