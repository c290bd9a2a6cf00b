"""The answers a text reached, for a spreadsheet or a program; nothing sealed.

Promises one line for each answer, newest first, in the memory of one page.
"""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from audit.exports.lists import csv_lines, json_line
from clinrag.answering.impact.queries import every_touched_answer
from clinrag.answering.impact.types import ImpactFilters, Target, TouchedAnswer

COLUMNS: Final = tuple(field.name for field in fields(TouchedAnswer))
_ASKED_AT, _USE, _STANDING = map(COLUMNS.index, ("asked_at", "use", "standing"))


def impact_lines(
    target: Target, *, form: str, at: datetime, filters: ImpactFilters
) -> Iterator[str]:
    """In the form `csv` or `jsonl`; standings are those of `at`."""
    rows = map(_cells, every_touched_answer(target, at=at, filters=filters))
    if form == "csv":
        return csv_lines(COLUMNS, rows)
    return (json_line(dict(zip(COLUMNS, row, strict=True))) for row in rows)


def _cells(row: TouchedAnswer) -> list[Any]:
    """By hand: `asdict` copies each value, which takes longer than reading it."""
    cells = [getattr(row, name) for name in COLUMNS]
    cells[_ASKED_AT] = row.asked_at.isoformat()
    cells[_USE] = row.use.code
    cells[_STANDING] = row.standing.value
    return cells
