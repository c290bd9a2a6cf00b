"""Why an evaluation, a comparison or a waiver is refused.

Promises: every class has a stable code, and its docstring is the sentence for people.
No error repeats a question.
"""

from clinrag.answering.errors import AnsweringError


class QuestionSetInvalid(AnsweringError):
    """The question set cannot be read."""

    code = "question_set_invalid"

    def __init__(self, name: str, line: int = 0) -> None:
        super().__init__()
        self.name = name
        self.line = line

    def __str__(self) -> str:
        place = f"{self.name}, line {self.line}" if self.line else self.name
        return f"{super().__str__()} ({place})"


class EvaluationUnknown(AnsweringError):
    """There is no such evaluation."""

    code = "evaluation_unknown"


class BaselineInvalid(AnsweringError):
    """The baseline is no report of an evaluation, or was changed since."""

    code = "baseline_invalid"


class NothingToWaive(AnsweringError):
    """This evaluation found nothing worse by that measure."""

    code = "nothing_to_waive"


class WaiverInvalid(AnsweringError):
    """A waiver needs a reason without a patient in it, and at most thirty days."""

    code = "waiver_invalid"


class WaiverNotAcknowledged(AnsweringError):
    """Say that you know what became worse."""

    code = "waiver_not_acknowledged"
