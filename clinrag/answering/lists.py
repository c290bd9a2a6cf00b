"""The list of answers for a spreadsheet or a program; nothing sealed.

Promises one line for each answer, newest first, in the memory of one page.
"""

from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Final

from audit.exports.lists import csv_lines, json_line
from clinrag.answering.queries import every_answer
from clinrag.answering.types import AnswerRow

COLUMNS: Final = tuple(field.name for field in fields(AnswerRow))


def answer_lines(form: str) -> Iterator[str]:
    """All answers in the form `csv` or `jsonl`."""
    rows = map(asdict, every_answer())
    if form == "csv":
        return csv_lines(COLUMNS, (_cells(row) for row in rows))
    return map(json_line, rows)


def _cells(row: dict[str, object]) -> list[object]:
    return [
        " ".join(map(str, cell)) if isinstance(cell, tuple) else cell
        for cell in row.values()
    ]
