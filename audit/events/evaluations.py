"""What is told about evaluations of answers, and about letting a worse one pass.

No question stands here: a set is named by its hash. A waiver's reason is told in the
clear, for it is said to whoever asks why a gate was opened.
"""

from dataclasses import dataclass

from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRecorded(Event):
    """Questions whose answer is known were asked, and what came was judged.

    `inputs` names all that it rests on; `figures` are a measure, how many, and of how
    many; `worse` are measures that fell short of the baseline, `waivers` those used.
    """

    type = EventType.EVALUATION_RECORDED
    sentence = "Answers to {questions} known questions were evaluated"
    report_id: str
    report_sha256: str
    set_name: str
    questions: int
    inputs: tuple[tuple[str, str], ...]
    figures: tuple[tuple[str, int, int], ...]
    baseline_sha256: str | None
    worse: tuple[str, ...]
    waivers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationWaived(Event):
    """A person lets a measure be worse than before, once."""

    type = EventType.EVALUATION_WAIVED
    sentence = "A worse {measure} was waived by a person, for one gate"
    waiver_id: str
    report_id: str
    report_sha256: str
    measure: str
    reason: str
    expires_at: str
