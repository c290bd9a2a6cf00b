"""Verification's reading of entries: pages in order, as plain rows.

Promises memory for one page and no long transaction: each page is a statement of its
own, so that a check that takes an hour holds up nobody's vacuum. Rows come in the
server's binary form, past Django's models, which cost several times what is checked.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from django.db import connection
from psycopg import Cursor

PAGE: Final = 1024

_PAGE: Final = """
SELECT index, entry_id::text, body, leaf_hash, type, at, actor_id, query_id::text
FROM audit_entry WHERE index >= %s AND index < %s ORDER BY index LIMIT %s
"""
_PRUNED_PAGE: Final = """
SELECT index, entry_id::text, NULL::bytea, leaf_hash, '', NULL::timestamptz, '', NULL
FROM audit_prunedentry WHERE index >= %s AND index < %s ORDER BY index LIMIT %s
"""
_PRUNED: Final = """
SELECT first_index, end_index FROM audit_prunedblock ORDER BY first_index
"""


class Row(NamedTuple):
    """An entry as stored; a tuple, since a million of them are made in a minute.

    `body` is None in a pruned block, of which the leaf hashes are kept.
    """

    position: int
    entry_id: str
    body: bytes | None
    leaf_hash: bytes
    type: str
    at: datetime | None
    actor_id: str
    query_id: str | None


def pages(start: int, end: int) -> Iterator[list[Row]]:
    """The stored entries with indices in this range, in order."""
    for first, upper in pruned_blocks():
        if start < upper and first < end:
            yield from _pages(_PAGE, start, first)
            yield from _pages(_PRUNED_PAGE, max(start, first), min(end, upper))
            start = upper
    yield from _pages(_PAGE, start, end)


def pruned_blocks() -> list[tuple[int, int]]:
    """The blocks whose bytes were dropped: first index, and end (exclusive)."""
    with connection.cursor() as cursor:
        cursor.execute(_PRUNED)
        return [(int(first), int(end)) for first, end in cursor.fetchall()]


def _pages(statement: str, start: int, end: int) -> Iterator[list[Row]]:
    while start < end:
        page = _read(statement, start, end)
        if not page:
            return
        yield page
        start = page[-1].position + 1


def _read(statement: str, start: int, end: int) -> list[Row]:
    connection.ensure_connection()
    # Django's own cursors merge parameters themselves and so get text back.
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(statement, [start, end, PAGE], binary=True)
        return [Row._make(row) for row in cursor.fetchall()]
