"""Many rows at once, by PostgreSQL's binary COPY.

Promises: rows reach their table as they are given, in one statement, inside the
caller's transaction. Will not: know what the rows mean, or
leave out what is there. Vectors are sent as pgvector's binary halfvec (`halfvec_recv`:
int16 dimensions, int16 zero, float16 each, in network order).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from django.db import connection
from psycopg import sql


def copy_rows(
    table: str, *, columns: dict[str, str], rows: Iterable[Sequence[Any]]
) -> None:
    """Append rows; `columns` are names and types, in the order of the values."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(list(columns.values()))
        for row in rows:
            copy.write_row(row)


def halfvec(vector: Sequence[float]) -> bytes:
    """A vector in pgvector's binary form."""
    values = np.asarray(vector, dtype=">f2")
    header = np.array([len(values), 0], dtype=">i2")
    return header.tobytes() + values.tobytes()
