"""Why foresight or a signature is refused.

Promises: every class has a stable code, and its docstring is the sentence for people.
No error repeats a question or a text.
"""

from clinrag.answering.errors import AnsweringError


class ForesightUnknown(AnsweringError):
    """There is no such report."""

    code = "foresight_unknown"


class ForesightUnderWay(AnsweringError):
    """What this version changes is being worked out already."""

    code = "foresight_under_way"


class NothingToForesee(AnsweringError):
    """A version is looked at while it waits for its decision, or for its time."""

    code = "nothing_to_foresee"


class ForesightNotAcknowledged(AnsweringError):
    """What this version changes was not foreseen, or long ago: sign that you know."""

    code = "foresight_not_acknowledged"


class ForesightNotSeen(AnsweringError):
    """What was foreseen is not what you saw: look at it again before you sign."""

    code = "foresight_not_seen"


class GoldenQuestionInvalid(AnsweringError):
    """A golden question needs a text, and either words to be cited or a refusal."""

    code = "golden_question_invalid"


class GoldenQuestionUnknown(AnsweringError):
    """There is no such golden question."""

    code = "golden_question_unknown"


class GoldenQuestionExists(AnsweringError):
    """This golden question is kept already."""

    code = "golden_question_exists"
