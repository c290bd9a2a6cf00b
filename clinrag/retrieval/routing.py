"""Which way a search goes: every passage compared, or the near ones of an index.

Promises: exact for few passages, for a moment that is looked back at, for a text that
is only supposed, and wherever there is no index; as many passages as an exact search
would give, whichever way. A walk that is believed offered as many of the near ones as
it was asked for, though perhaps not the very nearest. The way is told in the result.
Will not: build an index (see `manage.py index_vectors`), or trust what the planner
estimates.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from clinrag.retrieval.statements import (
    EXACTLY,
    NEARLY,
    OF_SEVERAL,
    bounded_transaction,
    fetch,
)
from clinrag.retrieval.types import APPROXIMATE, EXACT, RetrievalQuery
from ingestion.queries import embedders_at, text_search_config

# So many passages are compared one by one in the time a walk and its checks take.
EXACT_UP_TO: Final = 10_000
# So many are taken from each channel and compared exactly, for each that is asked for.
OVER_FETCH: Final = 20
LEAST_FETCHED: Final = 400
# Vectors looked at before a walk is given up and everything is compared.
MOST_WALKED: Final = 40_000
# Of so many passages each is looked up for each of the question's terms; of more, all
# postings of a term are read, whatever other collections they belong to.
LOOKED_UP: Final = 500
# pgvector's own limit.
BROADEST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Route:
    """How the passages are compared; `wide` is how many of each channel, 0 for all."""

    path: str
    way: str
    wide: int = 0

    @property
    def is_exact(self) -> bool:
        return self.path == EXACT

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """As they are recorded."""
        if self.is_exact:
            return ()
        return (
            ("candidates_a_channel", str(self.wide)),
            ("walk_breadth", str(self.breadth)),
            ("walked_at_most", str(MOST_WALKED)),
        )

    @property
    def breadth(self) -> int:
        """How many places an index walk keeps in view (`hnsw.ef_search`)."""
        return min(self.wide, BROADEST)


@dataclass(frozen=True, slots=True)
class Scope:
    """By which embedder each collection is searched, and how many passages there are.

    They are counted up to `EXACT_UP_TO` and one; None where all are compared anyhow.
    """

    embedders: Mapping[UUID, str]
    passages: int | None


EXACT_ROUTE: Final = Route(EXACT, EXACTLY)


def exact_route(parameters: Mapping[str, Any]) -> Route:
    """Everything compared, by one embedder or by each collection's own."""
    return Route(EXACT, OF_SEVERAL) if parameters["is_of_several"] else EXACT_ROUTE


def scope(query: RetrievalQuery, *, own: str) -> Scope:
    """Read what there is to search; `own` is for collections that name no embedder.

    Raises SearchTimedOut.
    """
    if query.indexed_at is not None:
        then = embedders_at(query.collection_ids, at=query.indexed_at)
        return Scope({one: then[one] or own for one in sorted(then)}, None)
    with bounded_transaction():
        (row,) = fetch(
            "scope",
            {
                **where(query),
                "own": own,
                "of_now": _is_of_now(query),
                "enough": EXACT_UP_TO + 1,
            },
        )
    by_shelf = dict(zip(row["shelves"], row["embedders"], strict=True))
    return Scope(by_shelf, row["passages"])


def route(given: Scope, parameters: Mapping[str, Any], *, limit: int) -> Route:
    """Choose by how many passages there are."""
    if parameters["is_of_several"] or (given.passages or 0) <= EXACT_UP_TO:
        return exact_route(parameters)
    return Route(APPROXIMATE, NEARLY, max(LEAST_FETCHED, OVER_FETCH * limit))


def where(query: RetrievalQuery) -> dict[str, Any]:
    """What the door is asked, by the names its statements use."""
    return {
        "as_of": query.as_of,
        "collection_ids": list(query.collection_ids),
        "known_at": query.known_at,
        "supposing": query.supposing,
        "indexed_at": query.indexed_at,
        "configuration": text_search_config(query.language),
    }


def vector_index(embedder: str) -> str:
    """The name of the index over this embedder's vectors, where one was built."""
    return f"retrieval_vectors_{hashlib.sha256(embedder.encode()).hexdigest()[:16]}"


def _is_of_now(query: RetrievalQuery) -> bool:
    """Whether nothing but `as_of` says what was in force; audits look back exactly."""
    asked_back = (query.known_at, query.supposing, query.indexed_at)
    return not query.exactly and all(one is None for one in asked_back)
