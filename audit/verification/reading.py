"""Verification's reading of entries: pages in order, as plain rows.

Promises memory for one page and no long transaction: each page is a statement of its
own, so that a check that takes an hour holds up nobody's vacuum. Rows come in the
server's binary form, past Django's models, which cost several times what is checked.
"""

from collections.abc import Iterator, Sequence
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
    """The stored entries with indices in this range, in order.

    A block that is pruned meanwhile is read from what stays of it.
    """
    blocks = pruned_blocks()
    while start < end:
        page, upper = _next_page(blocks, start, end)
        if not _is_whole(page, start, upper):
            known, blocks = blocks, pruned_blocks()
            if blocks != known:
                continue
        if page:
            yield page
        start = page[-1].position + 1 if page else upper


def pruned_blocks() -> list[tuple[int, int]]:
    """The blocks whose bytes were dropped: first index, and end (exclusive)."""
    with connection.cursor() as cursor:
        cursor.execute(_PRUNED)
        return [(int(first), int(end)) for first, end in cursor.fetchall()]


def _next_page(
    blocks: Sequence[tuple[int, int]], start: int, end: int
) -> tuple[list[Row], int]:
    """A page from the place where these rows are kept, and where that place ends."""
    for first, upper in blocks:
        if start < upper and first < end:
            if start < first:
                return _read(_PAGE, start, first), first
            return _read(_PRUNED_PAGE, start, min(end, upper)), min(end, upper)
    return _read(_PAGE, start, end), end


def _is_whole(page: Sequence[Row], start: int, end: int) -> bool:
    last = start + min(PAGE, end - start) - 1
    return bool(page) and page[-1].position == last and page[0].position == start


def _read(statement: str, start: int, end: int) -> list[Row]:
    connection.ensure_connection()
    # Django's own cursors merge parameters themselves and so get text back.
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(statement, [start, end, PAGE], binary=True)
        return [Row._make(row) for row in cursor.fetchall()]
