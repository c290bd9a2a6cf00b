"""Log lines carry what is on the list and nothing else."""

import json
import logging
import sys
from uuid import UUID

import pytest
from celery.app import trace

from clinrag.logs import AllowListFormatter

CANARY = "Jane Doe, born 3 May 1950"


def formatted(record: logging.LogRecord) -> dict[str, object]:
    return json.loads(AllowListFormatter().format(record))


def record(message: str, *arguments: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("a.b", logging.INFO, __file__, 1, message, arguments, None)
    made.__dict__.update(extra)
    return made


def test_line_keeps_allowed_keys_and_drops_others() -> None:
    line = formatted(record("answer released", answer_id="7", question=CANARY))
    assert line["answer_id"] == "7"
    assert CANARY not in json.dumps(line)


def test_line_drops_arguments_of_a_message() -> None:
    line = formatted(record("asked %s", CANARY))
    assert line["event"] == "asked …"
    assert CANARY not in json.dumps(line)


def told_by_celery(template: str, name: str = "celery.app.trace") -> dict[str, object]:
    """As Celery logs a task: once for the sentence, once beside it."""
    context = {
        "id": "7d3c",
        "name": "audit.tasks.build",
        "runtime": 0.25,
        "description": "raised unexpected",
        "return_value": CANARY,
        "exc": CANARY,
        "args": f"({CANARY!r},)",
        "kwargs": "{}",
    }
    made = logging.LogRecord(name, logging.INFO, __file__, 1, template, None, None)
    made.args = context
    made.__dict__["data"] = context
    return formatted(made)


@pytest.mark.parametrize(
    ("template", "event"),
    [
        (trace.LOG_RECEIVED, "Task audit.tasks.build[7d3c] received"),
        (trace.LOG_SUCCESS, "Task audit.tasks.build[7d3c] succeeded in 0.250s: …"),
        (trace.LOG_FAILURE, "Task audit.tasks.build[7d3c] raised unexpected: …"),
    ],
)
def test_line_tells_which_task_and_not_what_it_was_given(
    template: str, event: str
) -> None:
    line = told_by_celery(template)
    assert line["event"] == event
    assert (line["task"], line["task_id"]) == ("audit.tasks.build", "7d3c")
    assert line["seconds"] == 0.25
    assert CANARY not in json.dumps(line)


def test_same_names_are_not_told_when_somebody_else_logs_them() -> None:
    line = told_by_celery("done: %(name)s", name="ward.app")
    assert line["event"] == "done: …"
    assert "task" not in line


def test_line_tells_how_a_request_was_refused_and_not_its_address() -> None:
    made = record("%s: %s", "Not Found", f"/{CANARY}")
    made.name = "django.request"
    line = formatted(made)
    assert line["event"] == "Not Found: …"
    assert CANARY not in json.dumps(line)


def test_line_tells_an_id_and_a_plain_percent_sign() -> None:
    hold = UUID(int=7)
    assert formatted(record("hold %s: %s", hold, CANARY))["event"] == f"hold {hold}: …"
    assert formatted(record("100 %% of %5.2f", 3.5))["event"] == "100 % of …"
    assert formatted(record("100 % done"))["event"] == "100 % done"


def test_line_names_an_exception_without_its_text() -> None:
    try:
        raise ValueError(CANARY)  # noqa: TRY301
    except ValueError:
        made = record("failed")
        made.exc_info = sys.exc_info()
    line = formatted(made)
    assert line["exception"]["class"] == "builtins.ValueError"  # type: ignore[index]
    assert CANARY not in json.dumps(line)
