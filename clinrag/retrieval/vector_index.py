"""The approximate index over one embedder's vectors, which large searches walk.

Promises: built and dropped beside running searches (CONCURRENTLY), so outside any
transaction and as the owner of the tables; what is half built is never walked, and is
built anew. One for each embedder, of half precision, over every passage once whatever
the number of editions it stands in. Will not: decide who may read what it holds.
"""

from dataclasses import dataclass

from django.db import connection

from clinrag.retrieval.errors import NothingToIndex
from clinrag.retrieval.routing import vector_index


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """An index that was built, and over how many vectors."""

    name: str
    embedder: str
    vectors: int


def build_vector_index(embedder: str) -> VectorIndex:
    """Build it, or leave it where it is; raises NothingToIndex without a vector."""
    name, dimensions, vectors = vector_index(embedder), *_vectors(embedder)
    if not _is_whole(name):
        drop_vector_index(embedder)
        # An index takes no parameters: the name of an embedder is quoted as a literal.
        literal = "'" + embedder.replace("'", "''") + "'"
        _run(
            f"CREATE INDEX CONCURRENTLY {name} ON ingestion_chunkembedding"
            f" USING hnsw ((embedding::halfvec({dimensions})) halfvec_cosine_ops)"
            f" WHERE embedder = {literal}"
        )
    return VectorIndex(name, embedder, vectors)


def drop_vector_index(embedder: str) -> None:
    """Drop it if it is there: then every passage is compared, however many."""
    _run(f"DROP INDEX CONCURRENTLY IF EXISTS {vector_index(embedder)}")


def _vectors(embedder: str) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(vector_dims(embedding)), count(*)"
            " FROM ingestion_chunkembedding WHERE embedder = %s",
            [embedder],
        )
        dimensions, vectors = cursor.fetchone()
    if not vectors:
        raise NothingToIndex
    return int(dimensions), int(vectors)


def _is_whole(name: str) -> bool:
    """A build that was broken off leaves an invalid index behind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name]
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
