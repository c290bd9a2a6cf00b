"""Lists for a spreadsheet or a program, line by line.

Promises that no cell is read as a formula by a spreadsheet, that a list of any length
takes the memory of one page, and that lines do not change places while the log grows.
Holds nothing that is sealed.
"""

import csv
import io
import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from audit.events import sentence
from audit.queries import EntryView, entries_after

PAGE: Final = 500
CSV_TYPE: Final = "text/csv; charset=utf-8"
LINES_TYPE: Final = "application/jsonl"
# A cell that begins so is a formula to some spreadsheet (OWASP, "CSV Injection").
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
ENTRY_COLUMNS: Final = (
    "index",
    "id",
    "at",
    "type",
    "told",
    "actor_kind",
    "actor_id",
    "actor_name",
    "method",
    "on_behalf_of",
    "leaf_hash",
    "has_sealed",
)


def csv_line(cells: Sequence[object]) -> str:
    """One line of RFC 4180, ending in CRLF; a formula gets an apostrophe in front."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_cell(cell) for cell in cells])
    return buffer.getvalue()


def csv_lines(
    columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> Iterator[str]:
    """A header, then a line for each row."""
    yield csv_line(columns)
    for row in rows:
        yield csv_line(row)


def json_line(members: dict[str, Any]) -> str:
    """One object in JSON on a line of its own."""
    return json.dumps(members, ensure_ascii=False, default=str) + "\n"


def every_entry(
    *,
    after: int = -1,
    until: int | None = None,
    types: Sequence[str] | None = None,
) -> Iterator[EntryView]:
    """Entries behind an index up to another, in the order of the log, by pages."""
    while True:
        page = entries_after(after, limit=PAGE, types=types)
        for entry in page:
            if until is not None and (entry.index or 0) > until:
                return
            yield entry
        if len(page) < PAGE:
            return
        after = page[-1].index if page[-1].index is not None else after


def entry_cells(entry: EntryView) -> tuple[object, ...]:
    """The columns `ENTRY_COLUMNS` of an entry."""
    return (
        entry.index,
        entry.id,
        entry.at.isoformat(),
        entry.type,
        sentence(entry.type, entry.fields),
        entry.actor.kind.value,
        entry.actor.id,
        entry.actor.name,
        entry.actor.method,
        entry.actor.on_behalf_of,
        entry.leaf_hash.hex(),
        "yes" if entry.has_sealed else "no",
    )


def entry_line(entry: EntryView) -> str:
    """An entry as JSON: its index, its leaf hash, and its exact bytes as a member.

    Bytes that are no entry come as base64, in `unreadable`.
    """
    head = f'{{"index":{entry.index},"leaf_hash":"{entry.leaf_hash.hex()}","entry":'
    if not entry.is_readable:
        encoded = b64encode(entry.entry_bytes).decode()
        return f'{head}null,"unreadable":"{encoded}"}}\n'
    return head + entry.entry_bytes.decode() + "}\n"


def entry_lines(entries: Iterable[EntryView], *, form: str) -> Iterator[str]:
    """Entries in the form `csv` or `jsonl`."""
    return FORMS[form](entries)


def _as_csv(entries: Iterable[EntryView]) -> Iterator[str]:
    return csv_lines(ENTRY_COLUMNS, map(entry_cells, entries))


def _as_lines(entries: Iterable[EntryView]) -> Iterator[str]:
    return map(entry_line, entries)


FORMS: Final[dict[str, Callable[[Iterable[EntryView]], Iterator[str]]]] = {
    "csv": _as_csv,
    "jsonl": _as_lines,
}


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
