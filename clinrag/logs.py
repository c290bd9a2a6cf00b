"""Logs as JSON lines with an allow-list of keys.

A message is a constant sentence; what varies goes into `extra` under a name of
`ALLOWED_KEYS`. Anything else is dropped, so that no question, answer or
document text can leak by way of an argument. Of an exception only its class,
code and places in the code are kept: its text could quote what it choked on.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType

ALLOWED_KEYS = frozenset(
    {
        "alarm", "answer_id", "attempt", "batch", "checkpoint_size", "chunks", "code",
        "count", "document_id", "duration_ms", "entries", "entry_id", "epoch", "index",
        "outcome", "process", "queue", "request_id", "root", "seconds", "stage",
        "status_code", "task_id", "tree_size", "version_id",
    }
)  # fmt: skip
Trace = (
    tuple[type[BaseException], BaseException, TracebackType | None]
    | tuple[None, None, None]
)


class AllowListFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, event, and allowed keys."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event(record),
        }
        given = record.__dict__
        line |= {key: given[key] for key in sorted(ALLOWED_KEYS & given.keys())}
        if record.exc_info:
            line["exception"] = describe_exception(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def describe_exception(trace: Trace) -> dict[str, object]:
    """Class, code and places; never the text."""
    kind, error, places = trace
    return {
        "class": f"{kind.__module__}.{kind.__qualname__}" if kind else None,
        "code": getattr(error, "code", None),
        "at": [
            f"{frame.filename}:{frame.lineno}:{frame.name}"
            for frame in traceback.extract_tb(places)[-8:]
        ],
    }


def _event(record: logging.LogRecord) -> str:
    """The sentence without its arguments: they may be anybody's words."""
    return record.msg if isinstance(record.msg, str) else type(record.msg).__name__
