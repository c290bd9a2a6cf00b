"""The statements of a search, as they are sent to PostgreSQL.

Promises: each runs under a time limit that leaks into no other use of the connection;
a search is one statement however its passages are compared. Will not: decide how they
are, or read what comes back.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from clinrag.retrieval.errors import SearchTimedOut

SQL: Final = Path(__file__).parent / "sql"
STATEMENT_TIMEOUT_MS: Final = 5_000

EXACTLY: Final = "scored_exactly"
OF_SEVERAL: Final = "scored_of_several"
NEARLY: Final = "scored_nearly"


@contextmanager
def bounded_transaction() -> Iterator[None]:
    """A transaction whose statements are stopped when they take too long.

    SET LOCAL, so that the limit does not leak through a pooled connection.
    Raises SearchTimedOut.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}")
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTimedOut from None
        raise


def fetch(name: str, parameters: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """The rows of the statement of that name, by column."""
    return _rows(_sql(name), parameters)


def fetch_scored(way: str, parameters: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """The rows of a search whose passages are compared in that way."""
    return _rows(search_sql(way), parameters)


@lru_cache(maxsize=16)
def search_sql(way: str) -> str:
    """The search, with the piece that compares put in its place."""
    return _sql("search").replace("-- {scored}\n", _sql(way))


def fetch_near(
    parameters: Mapping[str, Any], *, dimensions: int
) -> Sequence[dict[str, Any]]:
    """The rows of a walk along an approximate index; see `walking`."""
    return _rows(near_sql(dimensions=dimensions), parameters)


@lru_cache(maxsize=8)
def near_sql(*, dimensions: int) -> str:
    """The walk, over vectors of that length, which stands in the index's expression."""
    return _sql("near").replace("{dimensions}", str(int(dimensions)))


@contextmanager
def setting(**values: str | int) -> Iterator[None]:
    """Settings for the statements inside, of this transaction and of no other."""
    names = {name.replace("__", "."): value for name, value in values.items()}
    _execute([f"SET LOCAL {name} = {value}" for name, value in names.items()])
    yield
    # Not after an error: the transaction is then over, and the settings with it.
    _execute([f"SET LOCAL {name} TO DEFAULT" for name in names])


def _execute(statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("; ".join(statements))


def _rows(sql: str, parameters: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


@lru_cache(maxsize=8)
def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")
