"""Telling a failure apart without repeating what it says.

Promises: nothing of an exception's message is used, for it may quote a question or
a document; only its class, its code and its place in the code.
"""

from types import TracebackType

from clinrag.answering import reasons
from clinrag.answering.errors import AnsweringError
from clinrag.answering.run import Run
from clinrag.inference.errors import InferenceError
from clinrag.retrieval.errors import RetrievalError
from ingestion.errors import EmbeddingFailed

_Trace = tuple[type[BaseException], BaseException, TracebackType | None]


def reason_of(error: Exception) -> str:
    """The stable code under which a failure is recorded."""
    if isinstance(error, InferenceError | RetrievalError | AnsweringError):
        return error.code
    if isinstance(error, EmbeddingFailed):
        return reasons.EMBEDDING_FAILED
    return reasons.INTERNAL_ERROR


def is_of_model(error: Exception) -> bool:
    """Whether a model, of chat or of embedding, is what failed."""
    return isinstance(error, InferenceError | EmbeddingFailed)


def log_fields(run: Run, error: Exception, *, reason: str) -> dict[str, object]:
    """What the log may say; a place in the code stands for the message."""
    return {
        "answer_id": str(run.id),
        "code": reason,
        "stage": f"{run.stage}: {type(error).__name__} at {_place(error)}",
    }


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    return f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
