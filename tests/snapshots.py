"""What a database holds, kept in memory and put back: a costly world is built once.

For tests that empty the database in between (`tests.flushing`). What is put back is what
was there, ids and moments included.
"""

from dataclasses import dataclass
from typing import Self

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from tests.flushing.management.commands.flush import KEEP
from tests.tampering import tampering

TABLES = """
SELECT format('%%I', relname) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND NOT relname = ANY(%(keep)s) ORDER BY 1
"""
SEQUENCES = """
SELECT format('%%I', sequencename), last_value FROM pg_sequences
WHERE last_value IS NOT NULL AND NOT sequencename LIKE ANY(%(keep)s)
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows of each table, in the database's own binary format, and its numbers."""

    alias: str
    rows: dict[str, bytes]
    numbers: dict[str, int]

    @classmethod
    def take(cls, alias: str) -> Self:
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute(TABLES, {"keep": list(KEEP)})
            names = [name for (name,) in cursor.fetchall()]
            rows = {name: _copied(cursor, name) for name in names}
            like = {"keep": [f"{name}%" for name in KEEP]}
            cursor.execute(SEQUENCES, like)
            return cls(alias, rows, dict(cursor.fetchall()))

    def put_back(self) -> None:
        """Into tables that are empty."""
        filled = [name for name, rows in self.rows.items() if len(rows) > EMPTY]
        with transaction.atomic(using=self.alias):
            with tampering(*filled, alias=self.alias) as execute:
                for name in filled:
                    _paste(self.alias, name, self.rows[name])
                execute("SET CONSTRAINTS ALL IMMEDIATE")
            with connections[self.alias].cursor() as cursor:
                for name, last in self.numbers.items():
                    cursor.execute("SELECT setval(%s, %s)", [name, last])


# Signature, flags, no extension, and the end: PostgreSQL's manual, COPY, binary format.
EMPTY = 11 + 4 + 4 + 2


def _copied(cursor: CursorWrapper, name: str) -> bytes:
    with cursor.copy(f"COPY {name} TO STDOUT (FORMAT binary)") as copy:
        return b"".join(bytes(piece) for piece in copy)


def _paste(alias: str, name: str, rows: bytes) -> None:
    with (
        connections[alias].cursor() as cursor,
        cursor.copy(f"COPY {name} FROM STDIN (FORMAT binary)") as copy,
    ):
        copy.write(rows)
