"""Log lines carry what is on the list and nothing else."""

import json
import logging
import sys

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
    assert line["event"] == "asked %s"
    assert CANARY not in json.dumps(line)


def test_line_names_an_exception_without_its_text() -> None:
    try:
        raise ValueError(CANARY)  # noqa: TRY301
    except ValueError:
        made = record("failed")
        made.exc_info = sys.exc_info()
    line = formatted(made)
    assert line["exception"]["class"] == "builtins.ValueError"  # type: ignore[index]
    assert CANARY not in json.dumps(line)
