"""Searching the text in force, by meaning and by words at once.

Promises: only passages in force at `as_of` in the given collections are looked at, by
what is recorded or was at `known_at`, decided inside the SQL; as many are found as are
asked for and there are; where every one is compared (`routing` says when), the same
corpus gives the same passages in the same order on every machine; and the result says
how it came about. Does not judge whether what it found suffices, and writes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, TypeVar
from uuid import UUID

from clinrag.retrieval.abbreviations import Expanded
from clinrag.retrieval.companions import COUNTED, LEADING, arranged
from clinrag.retrieval.errors import SearchTimedOut
from clinrag.retrieval.expanding import written_out
from clinrag.retrieval.fusion import (
    CLOSE_HEAD,
    CLOSENESS_WEIGHT,
    VECTOR_WEIGHT,
    Candidate,
    Fusion,
    Head,
    Ranked,
    Span,
    brought_closer,
    fuse,
    normalised,
)
from clinrag.retrieval.looking import closeness_of, places_of
from clinrag.retrieval.routing import (
    LOOKED_UP,
    Route,
    Scope,
    exact_route,
    route,
    scope,
    where,
)
from clinrag.retrieval.statements import (
    bounded_transaction,
    fetch,
    fetch_scored,
)
from clinrag.retrieval.types import (
    Rankings,
    Retrieval,
    RetrievalQuery,
    RetrievedPassage,
)
from clinrag.retrieval.walking import walk
from ingestion.embedding import embedder_named, identity_of

# Fitted to the questions of three collections; see README.md.
K1 = 0.4
B = 0.75

HEAD = 12
HEAD_GROWTH = 8
MAX_LIMIT = 200
# A switch is made by a person and once: one that is in the way is not there again.
TRIES = 3

# A cosine below nought says no more than nought. Fixed ends, so that no other passage
# has a say in what a score is.
COSINES = Span(0.0, 1.0)

# As they are recorded with every search.
RULE = (
    ("k1", str(K1)),
    ("b", str(B)),
    ("vector_weight", str(VECTOR_WEIGHT)),
    ("closeness_weight", str(CLOSENESS_WEIGHT)),
    ("closeness_head", str(CLOSE_HEAD)),
    *COUNTED,
)


Told = TypeVar("Told")


class QueryEmbedder(Protocol):
    """The part of an embedder that a search needs."""

    @property
    def name(self) -> str: ...

    @property
    def revision(self) -> str: ...

    def embed_query(self, text: str) -> list[float]: ...


@dataclass(frozen=True, slots=True)
class _Row:
    """A passage in the head of a channel."""

    chunk_id: UUID
    version_chunk_id: int
    vector_score: float | None
    vector_rank: int
    lexical_score: float | None
    lexical_rank: int
    fused_rank: int
    is_beside: bool


@dataclass(frozen=True, slots=True)
class _Heads:
    """What one search statement returned."""

    rows: Mapping[UUID, _Row]
    most_lexical: float
    searched: int
    corpus_position: str | None
    size: int
    walked: int | None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A question in the form that is searched, and which way it is."""

    query: RetrievalQuery
    expanded: Expanded
    embedders: tuple[str, ...]
    route: Route
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Made:
    """A search that was made: which way, what came back, and its order."""

    route: Route
    heads: _Heads
    ranked: tuple[Ranked, ...]

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The numbers of the way, as they are recorded."""
        if self.route.is_exact:
            return self.route.parameters
        return (*self.route.parameters, ("found_by_walk", str(self.heads.walked)))


class _Switched(Exception):
    """A collection got another index after its embedder was read."""


def retrieve(query: RetrievalQuery, *, embedder: QueryEmbedder) -> Retrieval:
    """Find the passages that bear on a question, best first.

    Raises SearchTimedOut, and what the embedder raises. An empty result means that
    nothing is in force there; `limit` is brought to 1..MAX_LIMIT. Where a collection
    was switched to another index meanwhile, it starts over.
    """
    return _unswitched(query, embedder, _retrieval)


def _unswitched(
    query: RetrievalQuery, embedder: QueryEmbedder, search: Callable[[_Prepared], Told]
) -> Told:
    """Search, and over again where an index was switched under way."""
    for _ in range(TRIES):
        prepared = _prepared(query, embedder)
        with suppress(_Switched), bounded_transaction():
            return search(prepared)
    raise SearchTimedOut


def _retrieval(prepared: _Prepared) -> Retrieval:
    """Tell what was found beside how it came about."""
    made = _search(prepared)
    query, expanded = prepared.query, prepared.expanded
    return Retrieval(
        query_text=query.text,
        expanded_text=expanded.text,
        expansions=expanded.expansions,
        as_of=query.as_of,
        known_at=query.known_at,
        corpus_position=made.heads.corpus_position,
        embedder=" ".join(prepared.embedders),
        path=made.route.path,
        candidates_considered=made.heads.searched,
        passages=_passages(made),
        parameters=(*RULE, *expanded.parameters, *made.parameters),
    )


def rankings(query: RetrievalQuery, *, embedder: QueryEmbedder) -> Rankings:
    """Rank as `retrieve` does, and by each channel alone, `limit` deep.

    Raises what `retrieve` raises. For measuring; it reads no text.
    """
    return _unswitched(query, embedder, _rankings)


def _rankings(prepared: _Prepared) -> Rankings:
    limit = prepared.query.limit
    made = _search(prepared, by_channel=limit)
    rows = list(made.heads.rows.values())
    by_meaning = sorted(rows, key=lambda row: row.vector_rank)[:limit]
    by_words = sorted(rows, key=lambda row: row.lexical_rank)[:limit]
    best = [made.heads.rows[one.chunk_id] for one in made.ranked]
    held = {row.chunk_id: row for row in (*by_meaning, *by_words, *best)}
    close = _closer(prepared, list(held))
    return Rankings(
        vector=tuple(row.chunk_id for row in by_meaning),
        lexical=tuple(r.chunk_id for r in by_words if r.lexical_score is not None),
        fused=tuple(one.chunk_id for one in made.ranked),
        parts={
            chunk_id: (
                normalised(row.vector_score, COSINES),
                normalised(row.lexical_score, Span(0.0, made.heads.most_lexical)),
                close[chunk_id],
            )
            for chunk_id, row in held.items()
        },
    )


def _prepared(query: RetrievalQuery, embedder: QueryEmbedder) -> _Prepared:
    """Bring the question into the form that is searched."""
    query = replace(
        query,
        text=query.text.replace("\x00", " "),  # which PostgreSQL cannot hold
        limit=max(1, min(query.limit, MAX_LIMIT)),
    )
    own = identity_of(embedder)
    expanded, given = written_out(query), scope(query, own=own)
    asked = _asked(given, embedder)
    embedded = {name: one.embed_query(expanded.text) for name, one in asked.items()}
    parameters = _parameters(query, expanded, given, embedded) | {"own": own}
    way = route(given, parameters, limit=query.limit)
    return _Prepared(query, expanded, tuple(asked), way, parameters)


def _asked(given: Scope, embedder: QueryEmbedder) -> dict[str, QueryEmbedder]:
    """By identity, the one given first: whose vectors the collections are searched by.

    Read before the question is embedded; the search itself tells of a switch that comes
    between.
    """
    own = identity_of(embedder)
    names = set(given.embedders.values()) or {own}
    return {
        name: embedder if name == own else embedder_named(name)
        for name in sorted(names, key=lambda name: (name != own, name))
    }


def _written(vector: Sequence[float]) -> str:
    return "[" + ",".join(f"{value:.8g}" for value in vector) + "]"


def _parameters(
    query: RetrievalQuery,
    expanded: Expanded,
    given: Scope,
    embedded: Mapping[str, Sequence[float]],
) -> dict[str, Any]:
    vectors = {name: _written(one) for name, one in embedded.items()}
    first = next(iter(embedded))
    return where(query) | {
        "text": expanded.text,
        "embedder": first,
        "vector": vectors[first],
        "dimensions": len(embedded[first]),
        # More than one only while some collections are switched and others are not.
        "is_of_several": len(embedded) > 1,
        # Three lists that belong together, an item for each collection.
        "shelves": list(given.embedders),
        "embedders": list(given.embedders.values()),
        "vectors": [vectors[name] for name in given.embedders.values()],
        "few": LOOKED_UP,
        "k1": K1,
        "b": B,
        "vector_weight": VECTOR_WEIGHT,
        "leading": LEADING,
    }


def _search(prepared: _Prepared, *, by_channel: int = 0) -> _Made:
    """Search the way that was chosen, and order the best by what stands in them."""
    limit = prepared.query.limit
    # As many more as may give way to others for repeating what was said.
    made = _scored(prepared, limit=limit + CLOSE_HEAD, by_channel=by_channel)
    return replace(made, ranked=_arranged(made, prepared)[:limit])


def _arranged(made: _Made, prepared: _Prepared) -> tuple[Ranked, ...]:
    """By closeness, with companions, and what repeats another behind."""
    rows, head = made.heads.rows, [one.chunk_id for one in made.ranked[:CLOSE_HEAD]]
    beside = [row.chunk_id for row in rows.values() if row.is_beside]
    places = places_of(rows[one].version_chunk_id for one in {*head, *beside})
    closer = brought_closer(made.ranked, _closer(prepared, head))
    leading = [one for one in head if rows[one].fused_rank <= LEADING]
    return arranged(closer, leading, places)


def _scored(prepared: _Prepared, *, limit: int, by_channel: int) -> _Made:
    """Exactly where a walk offers fewer by meaning than it was asked for."""
    way = prepared.route
    parameters = {**prepared.parameters, "channel_head": by_channel}
    if way.is_exact:
        return _scored_exactly(way, parameters, limit=limit)
    near = walk(way, parameters)
    heads = _heads(way, {**parameters, "near": near}, size=2 * way.wide)
    if (heads.walked or 0) < min(max(way.wide, limit), heads.searched):
        return _scored_exactly(exact_route(parameters), parameters, limit=limit)
    # All that was compared came back: nothing is left out that could be ranked.
    return _Made(way, heads, _fused(heads, limit=limit, of=len(heads.rows)).ranked)


def _scored_exactly(way: Route, parameters: Mapping[str, Any], *, limit: int) -> _Made:
    """Search with ever longer heads until no tie reaches past them."""
    size = HEAD + limit
    while True:
        heads = _heads(way, parameters, size=size)
        fusion = _fused(heads, limit=limit, of=heads.searched)
        if fusion.certain:
            return _Made(way, heads, fusion.ranked)
        size *= HEAD_GROWTH


def _heads(way: Route, parameters: Mapping[str, Any], *, size: int) -> _Heads:
    found = fetch_scored(way.way, {**parameters, "head": size, "wide": way.wide})
    about = found[0]
    if about["is_switched"]:
        raise _Switched
    position = about["corpus_position"]
    return _Heads(
        rows={row["chunk_id"]: _row(row) for row in found if row["chunk_id"]},
        most_lexical=about["most_lexical"],
        searched=about["searched"],
        corpus_position=None if position is None else str(position),
        size=size,
        walked=about["walked"],
    )


def _row(row: Mapping[str, Any]) -> _Row:
    return _Row(**{one.name: row[one.name] for one in fields(_Row)})


def _fused(heads: _Heads, *, limit: int, of: int) -> Fusion:
    return fuse(
        (
            Candidate(row.chunk_id, row.vector_score, row.lexical_score)
            for row in heads.rows.values()
        ),
        vector_span=COSINES,
        lexical_span=Span(0.0, heads.most_lexical),
        limit=limit,
        head=Head(size=heads.size, searched=of),
        also={row.chunk_id for row in heads.rows.values() if row.is_beside},
    )


def _closer(prepared: _Prepared, head: list[UUID]) -> dict[UUID, float]:
    configuration = prepared.parameters["configuration"]
    return closeness_of(prepared.query.text, head, configuration=configuration)


def _passages(made: _Made) -> tuple[RetrievedPassage, ...]:
    if not made.ranked:
        return ()
    rows = [made.heads.rows[one.chunk_id] for one in made.ranked]
    places = [row.version_chunk_id for row in rows]
    texts = {
        told["version_chunk_id"]: told
        for told in fetch("passages", {"version_chunk_ids": places})
    }
    return tuple(
        _passage(row, texts[row.version_chunk_id], rank=rank, score=one.score)
        for rank, (row, one) in enumerate(zip(rows, made.ranked, strict=True), 1)
    )


def _passage(
    row: _Row, told: Mapping[str, Any], *, rank: int, score: float
) -> RetrievedPassage:
    """Join what the search and the corpus know of a passage."""
    by_words = row.lexical_score is not None
    by_meaning = row.vector_score is not None
    return RetrievedPassage(
        **{**told, "section_path": tuple(told["section_path"])},
        rank=rank,
        score=score,
        vector_score=row.vector_score,
        vector_rank=row.vector_rank if by_meaning else None,
        lexical_score=row.lexical_score,
        lexical_rank=row.lexical_rank if by_words else None,
    )
