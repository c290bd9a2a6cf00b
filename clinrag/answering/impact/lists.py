"""The answers a text reached, for a spreadsheet or a program; nothing sealed.

Promises one line for each answer, newest first, in the memory of one page.
"""

from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

from audit.exports.lists import csv_lines, json_line
from clinrag.answering.impact.queries import every_touched_answer
from clinrag.answering.impact.types import ImpactFilters, Target, TouchedAnswer

COLUMNS: Final = tuple(field.name for field in fields(TouchedAnswer))


def impact_lines(
    target: Target, *, form: str, at: datetime, filters: ImpactFilters
) -> Iterator[str]:
    """In the form `csv` or `jsonl`; standings are those of `at`."""
    found = every_touched_answer(target, at=at, filters=filters)
    rows = map(_members, found)
    if form == "csv":
        return csv_lines(COLUMNS, (list(row.values()) for row in rows))
    return map(json_line, rows)


def _members(row: TouchedAnswer) -> dict[str, Any]:
    return asdict(row) | {
        "asked_at": row.asked_at.isoformat(),
        "use": row.use.code,
        "standing": row.standing.value,
    }
