"""What databases and a folder hold, kept and put back: a costly world is built once.

What is put back is what was there, ids and moments included. `once` is for fixtures;
the tables are empty before a test, for it is undone or `tests.flushing` empties them.
"""

import copy
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from tests.flushing.management.commands.flush import KEEP, filled_tables
from tests.settings import SESSION_DIR
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


def once(
    name: str,
    build: Callable[[], Any],
    *,
    folder: Path,
    aliases: Sequence[str] = ("default",),
) -> Any:
    """What `build` returns: built by the first test of a process, put back for others.

    With its rows, and with its files under `folder`, so that it must name no place in
    there itself. Where rows stand in the way it is built anew.
    """
    is_empty = not any(filled_tables(alias) for alias in aliases)
    if name in _kept and is_empty:
        return _kept[name].put_back(folder)
    built = build()
    if is_empty:
        _kept[name] = _Kept.take(built, folder, aliases)
    return built


@dataclass(frozen=True, slots=True)
class _Kept:
    """A world as it was when it was built."""

    world: Any
    snapshots: "tuple[Snapshot, ...]"
    folder: Path

    @classmethod
    def take(cls, world: Any, folder: Path, aliases: Sequence[str]) -> Self:
        kept = Path(tempfile.mkdtemp(dir=SESSION_DIR, prefix="world-"))
        shutil.copytree(folder, kept, dirs_exist_ok=True)
        snapshots = tuple(Snapshot.take(alias) for alias in aliases)
        return cls(copy.deepcopy(world), snapshots, kept)

    def put_back(self, folder: Path) -> Any:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        for snapshot in self.snapshots:
            snapshot.put_back()
        return copy.deepcopy(self.world)


_kept: dict[str, _Kept] = {}


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
