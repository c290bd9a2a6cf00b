"""Why a search could not be made.

Promises: a class docstring is the message for people, `code` never changes, and no
message holds words of the question.
"""

from typing import ClassVar


class RetrievalError(Exception):
    """The search could not be made."""

    code: ClassVar[str] = "retrieval_error"

    def __init__(self) -> None:
        super().__init__((type(self).__doc__ or "").strip())


class SearchTimedOut(RetrievalError):
    """The search took too long and was stopped."""

    code = "search_timed_out"


class EvaluationSetInvalid(RetrievalError):
    """The folder is not a set of corpus, queries and relevance judgements."""

    code = "evaluation_set_invalid"

    def __init__(self, file: str, line: int = 0) -> None:
        super().__init__()
        self.file = file
        self.line = line

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{self.args[0]} ({place})"


class NothingToIndex(RetrievalError):
    """There is no vector of that embedder yet."""

    code = "nothing_to_index"
