"""Searching the text in force, by meaning and by words at once.

Promises: only passages in force at `as_of` in the given collections are looked at, by
what is recorded or was at `known_at`, decided inside the SQL; every one of them is
compared, so the same corpus gives the same passages in the same order on every machine;
and the result says how it came about. Does not judge whether what it found suffices,
and writes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from clinrag.retrieval.abbreviations import (
    Expanded,
    ambiguous,
    default_glossary,
    expand,
)
from clinrag.retrieval.errors import SearchTimedOut
from clinrag.retrieval.fusion import VECTOR_WEIGHT, Candidate, Fusion, Head, Span, fuse
from clinrag.retrieval.types import Retrieval, RetrievalQuery, RetrievedPassage
from ingestion.embedding import embedder_named
from ingestion.queries import embedders_at, embedders_of, text_search_config

SQL = Path(__file__).parent / "sql"

# Fitted to the questions of three collections; see README.md.
K1 = 0.6
B = 0.75

HEAD = 12
HEAD_GROWTH = 8
STATEMENT_TIMEOUT_MS = 5_000
MAX_LIMIT = 200

# A cosine cannot be lower, nor a BM25 score: fixed floors, so that one outlier in a
# corpus does not stretch the scores of all others.
LOWEST_COSINE = -1.0
LOWEST_BM25 = 0.0

ONE_INDEX = """    LEFT JOIN ingestion_chunkembedding AS embedded
        ON embedded.chunk_id = active.chunk_id AND embedded.embedder = %(embedder)s
"""
SEVERAL_INDEXES = """    JOIN ingestion_document AS home ON home.id = chunk.document_id
    JOIN ingestion_collection AS shelf ON shelf.id = home.collection_id
    JOIN (
        SELECT given.shelf, given.embedder, given.vector::halfvec AS vector
        FROM unnest(%(shelves)s::text[], %(embedders)s::text[], %(vectors)s::text[])
            AS given (shelf, embedder, vector)
    ) AS asked ON asked.shelf = shelf.embedder
    LEFT JOIN ingestion_chunkembedding AS embedded
        ON embedded.chunk_id = active.chunk_id AND embedded.embedder = asked.embedder
"""


class QueryEmbedder(Protocol):
    """The part of an embedder that a search needs."""

    @property
    def name(self) -> str: ...

    @property
    def revision(self) -> str: ...

    def embed_query(self, text: str) -> list[float]: ...


@dataclass(frozen=True, slots=True)
class Rankings:
    """Chunk ids, best first, by each channel alone and by both."""

    vector: tuple[UUID, ...]
    lexical: tuple[UUID, ...]
    fused: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """A passage in the head of a channel."""

    chunk_id: UUID
    version_chunk_id: int
    vector_score: float | None
    vector_rank: int
    lexical_score: float | None
    lexical_rank: int


@dataclass(frozen=True, slots=True)
class _Heads:
    """What one search statement returned."""

    rows: Mapping[UUID, _Row]
    highest_vector: float | None
    highest_lexical: float | None
    searched: int
    corpus_position: str | None
    size: int


def retrieve(query: RetrievalQuery, *, embedder: QueryEmbedder) -> Retrieval:
    """Find the passages that bear on a question, best first.

    Raises SearchTimedOut, and what the embedder raises. An empty result means that
    nothing is in force there; `limit` is brought to 1..MAX_LIMIT.
    """
    query, expanded, parameters = _prepared(query, embedder)
    with _bounded_transaction():
        heads, fusion = _search(parameters, limit=query.limit)
        passages = _passages(heads, fusion)
    return Retrieval(
        query_text=query.text,
        expanded_text=expanded.text,
        expansions=expanded.expansions,
        as_of=query.as_of,
        known_at=query.known_at,
        corpus_position=heads.corpus_position,
        embedder=" ".join(dict.fromkeys(parameters["embedders"])),
        path="exact",
        candidates_considered=heads.searched,
        passages=passages,
    )


def rankings(query: RetrievalQuery, *, embedder: QueryEmbedder) -> Rankings:
    """Rank as `retrieve` does, and by each channel alone, `limit` deep.

    Raises what `retrieve` raises. For measuring; it reads no text.
    """
    query, _, parameters = _prepared(query, embedder)
    with _bounded_transaction():
        heads, fusion = _search(parameters, limit=query.limit, by_channel=query.limit)
    rows = list(heads.rows.values())
    by_meaning = sorted(rows, key=lambda row: row.vector_rank)
    by_words = sorted(rows, key=lambda row: row.lexical_rank)
    matched = [row for row in by_words if row.lexical_score is not None]
    return Rankings(
        vector=tuple(row.chunk_id for row in by_meaning[: query.limit]),
        lexical=tuple(row.chunk_id for row in matched[: query.limit]),
        fused=tuple(one.chunk_id for one in fusion.ranked),
    )


def _prepared(
    query: RetrievalQuery, embedder: QueryEmbedder
) -> tuple[RetrievalQuery, Expanded, dict[str, Any]]:
    """Bring the question into the form that is searched."""
    query = replace(
        query,
        text=query.text.replace("\x00", " "),  # which PostgreSQL cannot hold
        limit=max(1, min(query.limit, MAX_LIMIT)),
    )
    expanded = _expanded(query)
    return query, expanded, _parameters(query, expanded, _asked(query, embedder))


@contextmanager
def _bounded_transaction() -> Iterator[None]:
    """A transaction whose statements are stopped when they take too long.

    SET LOCAL, so that the limit does not leak through a pooled connection.
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


def _expanded(query: RetrievalQuery) -> Expanded:
    """Write abbreviations out; where one has several meanings, ask the corpus."""
    if query.language.partition("-")[0] != "en":
        return Expanded(query.text, ())
    glossary = default_glossary()
    open_ones = ambiguous(query.text, glossary=glossary)
    chosen = _chosen_by_corpus(query, open_ones) if open_ones else {}
    return expand(query.text, glossary=glossary, chosen=chosen)


def _chosen_by_corpus(
    query: RetrievalQuery, open_ones: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """Choose a meaning where the passages in force speak of one and of no other."""
    pairs = [(short, long) for short, longs in open_ones.items() for long in longs]
    with _bounded_transaction():
        rows = _fetch(
            "meanings", _where(query) | {"meanings": [long for _, long in pairs]}
        )
    spoken_of: dict[str, list[str]] = {short: [] for short in open_ones}
    for (short, long), row in zip(pairs, rows, strict=True):
        if row["passages"]:
            spoken_of[short].append(long)
    return {short: longs[0] for short, longs in spoken_of.items() if len(longs) == 1}


def _where(query: RetrievalQuery) -> dict[str, Any]:
    return {
        "as_of": query.as_of,
        "collection_ids": list(query.collection_ids),
        "known_at": query.known_at,
        "supposing": query.supposing,
        "indexed_at": query.indexed_at,
        "configuration": text_search_config(query.language),
    }


def _asked(query: RetrievalQuery, embedder: QueryEmbedder) -> dict[str, QueryEmbedder]:
    """By identity, "" first if there: whose vectors the collections are searched by.

    An index is switched to by name: those that name none go by the one given. Read
    before the question is embedded; a switch that comes between is no harm, since the
    vectors of the index before stay.
    """
    own = f"{embedder.name}@{embedder.revision}"
    names = sorted(_embedders_of(query)) or [""]
    return {
        name: embedder if name in {"", own} else embedder_named(name) for name in names
    }


def _embedders_of(query: RetrievalQuery) -> frozenset[str]:
    if query.indexed_at is None:
        return embedders_of(query.collection_ids)
    return embedders_at(query.collection_ids, at=query.indexed_at)


def _vector(embedder: QueryEmbedder, text: str) -> str:
    return "[" + ",".join(f"{value:.8g}" for value in embedder.embed_query(text)) + "]"


def _parameters(
    query: RetrievalQuery, expanded: Expanded, asked: Mapping[str, QueryEmbedder]
) -> dict[str, Any]:
    identities = [f"{one.name}@{one.revision}" for one in asked.values()]
    distinct = dict(zip(identities, asked.values(), strict=True))
    vectors = {name: _vector(one, expanded.text) for name, one in distinct.items()}
    return _where(query) | {
        "text": expanded.text,
        "embedder": identities[0],
        "vector": vectors[identities[0]],
        # More than one only while some collections are switched and others are not.
        "shelves": list(asked) if len(distinct) > 1 else [],
        "embedders": identities,
        "vectors": [vectors[name] for name in identities],
        "k1": K1,
        "b": B,
        "vector_weight": VECTOR_WEIGHT,
        "lowest_vector": LOWEST_COSINE,
    }


def _search(
    parameters: Mapping[str, Any], *, limit: int, by_channel: int = 0
) -> tuple[_Heads, Fusion]:
    """Search with ever longer heads until no tie reaches past them."""
    size = HEAD + limit
    while True:
        heads = _heads({**parameters, "channel_head": by_channel}, size=size)
        fusion = _fused(heads, limit=limit)
        if fusion.certain:
            return heads, fusion
        size *= HEAD_GROWTH


def _heads(parameters: Mapping[str, Any], *, size: int) -> _Heads:
    found = _fetch("search", {**parameters, "head": size})
    about = found[0]
    position = about["corpus_position"]
    return _Heads(
        rows={row["chunk_id"]: _row(row) for row in found if row["chunk_id"]},
        highest_vector=about["highest_vector"],
        highest_lexical=about["highest_lexical"],
        searched=about["searched"],
        corpus_position=None if position is None else str(position),
        size=size,
    )


def _row(row: Mapping[str, Any]) -> _Row:
    return _Row(
        chunk_id=row["chunk_id"],
        version_chunk_id=row["version_chunk_id"],
        vector_score=row["vector_score"],
        vector_rank=row["vector_rank"],
        lexical_score=row["lexical_score"],
        lexical_rank=row["lexical_rank"],
    )


def _fused(heads: _Heads, *, limit: int) -> Fusion:
    return fuse(
        (
            Candidate(row.chunk_id, row.vector_score, row.lexical_score)
            for row in heads.rows.values()
        ),
        vector_span=_span(LOWEST_COSINE, heads.highest_vector),
        lexical_span=_span(LOWEST_BM25, heads.highest_lexical),
        limit=limit,
        head=Head(size=heads.size, searched=heads.searched),
    )


def _span(low: float, high: float | None) -> Span:
    return Span(low, low if high is None else high)


def _passages(heads: _Heads, fusion: Fusion) -> tuple[RetrievedPassage, ...]:
    if not fusion.ranked:
        return ()
    rows = [heads.rows[one.chunk_id] for one in fusion.ranked]
    places = [row.version_chunk_id for row in rows]
    texts = {
        fields["version_chunk_id"]: fields
        for fields in _fetch("passages", {"version_chunk_ids": places})
    }
    return tuple(
        _passage(row, texts[row.version_chunk_id], rank=rank, score=one.score)
        for rank, (row, one) in enumerate(zip(rows, fusion.ranked, strict=True), 1)
    )


def _passage(
    row: _Row, fields: Mapping[str, Any], *, rank: int, score: float
) -> RetrievedPassage:
    """Join what the search and the corpus know of a passage."""
    by_words = row.lexical_score is not None
    by_meaning = row.vector_score is not None
    return RetrievedPassage(
        **{**fields, "section_path": tuple(fields["section_path"])},
        rank=rank,
        score=score,
        vector_score=row.vector_score,
        vector_rank=row.vector_rank if by_meaning else None,
        lexical_score=row.lexical_score,
        lexical_rank=row.lexical_rank if by_words else None,
    )


def _fetch(name: str, parameters: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    sql = _of_several(_sql(name)) if parameters.get("shelves") else _sql(name)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


@lru_cache(maxsize=8)
def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def _of_several(sql: str) -> str:
    """The same search, each passage compared by its own collection's embedder.

    Cosines of two embedders are not alike: between such collections the order is only
    as good as that, until all of them are switched.
    """
    return sql.replace(ONE_INDEX, SEVERAL_INDEXES).replace(
        "<=> %(vector)s::halfvec", "<=> asked.vector"
    )
