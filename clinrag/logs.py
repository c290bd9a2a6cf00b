"""Logs as JSON lines with an allow-list of keys.

A message is a constant sentence; what varies goes into `extra` under a name of
`ALLOWED_KEYS`. Anything else is dropped, so that no question, answer or
document text can leak by way of an argument. Of an exception only its class,
code and places in the code are kept: its text could quote what it choked on.

In the place of an argument stands `…`, but for an id, and for what is known of
others' messages: which task it is about, and how a request was refused. What a
task was given and what it gave back is not shown.
"""

import json
import logging
import re
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Final
from uuid import UUID

ALLOWED_KEYS = frozenset(
    {
        "alarm", "answer_id", "attempt", "batch", "checkpoint_size", "chunks", "code",
        "count", "document_id", "duration_ms", "entries", "entry_id", "epoch", "index",
        "outcome", "process", "queue", "request_id", "root", "seconds", "stage",
        "status_code", "task_id", "tree_size", "version_id",
    }
)  # fmt: skip
# Of these messages so many arguments, from the first, are names out of code.
HARMLESS: Final[Mapping[tuple[str, str], int]] = {
    ("celery.beat", "Scheduler: Sending due task %s (%s)"): 2,
    ("celery.worker.request", "Discarding revoked task: %s[%s]"): 2,
    ("django.request", "%s: %s"): 1,  # the second is an address as it was typed
}
# What Celery tells of a task beside a message: its own names for these.
OF_A_TASK: Final = {"name": "task", "id": "task_id", "runtime": "seconds"}
_TELLABLE: Final = frozenset({*OF_A_TASK, "description"})
_BLANK: Final = "…"
# The places of arguments in a message, as Python's printf-style formatting has them.
_PLACE: Final = re.compile(r"%(?:\((\w+)\))?[-#0 +]*\d*(?:\.\d+)?([a-zA-Z%])")
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
        line |= _of_a_task(record)
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
    """The sentence, with a blank where an argument may be anybody's words."""
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    if not record.args:
        return record.msg
    told = _tellable(record)
    number = iter(range(len(record.args)))

    def fill(place: re.Match[str]) -> str:
        if place[2] == "%":
            return "%"
        return told.get(place[1] or str(next(number, "")), _BLANK)

    return _PLACE.sub(fill, record.msg)


def _tellable(record: logging.LogRecord) -> dict[str, str]:
    """Those arguments that may be told, by name or by place."""
    if isinstance(record.args, Mapping):
        known = _TELLABLE if _is_of_celery(record) else frozenset()
        return {k: _plain(v) for k, v in record.args.items() if k in known}
    harmless = HARMLESS.get((record.name, str(record.msg)), 0)
    return {
        str(at): str(given)
        for at, given in enumerate(record.args or ())
        if at < harmless or isinstance(given, UUID)
    }


def _of_a_task(record: logging.LogRecord) -> dict[str, object]:
    told = getattr(record, "data", None)
    if not _is_of_celery(record) or not isinstance(told, Mapping):
        return {}
    return {ours: told[its] for its, ours in OF_A_TASK.items() if its in told}


def _is_of_celery(record: logging.LogRecord) -> bool:
    return record.name.startswith("celery.")


def _plain(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
