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


class Row(NamedTuple):
    """An entry as stored; a tuple, since a million of them are made in a minute."""

    position: int
    entry_id: str
    body: bytes
    leaf_hash: bytes
    type: str
    at: datetime | None
    actor_id: str
    query_id: str | None


def pages(start: int, end: int) -> Iterator[list[Row]]:
    """The stored entries with indices in this range, in order."""
    while start < end:
        page = _read(start, end)
        if not page:
            return
        yield page
        start = page[-1].position + 1


def _read(start: int, end: int) -> list[Row]:
    connection.ensure_connection()
    # Django's own cursors merge parameters themselves and so get text back.
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(_PAGE, [start, end, PAGE], binary=True)
        return [Row._make(row) for row in cursor.fetchall()]
