"""Walking the approximate index over an embedder's vectors.

Promises: the index is walked wherever there is one, whatever the planner thinks of it:
by its own numbers a comparison of two vectors costs no more than one of two integers,
so that it reads and sorts them all. As many as were asked for, or all that the walk
came by. Will not: judge whether that is enough (`search`), or score anything.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from clinrag.retrieval.routing import MOST_WALKED, Route
from clinrag.retrieval.statements import fetch_near, setting


def walk(way: Route, parameters: Mapping[str, Any]) -> list[UUID]:
    """The passages that are near by the index, which are in force; in no order."""
    with walking(way):
        rows = fetch_near(
            {**parameters, "wide": way.wide}, dimensions=parameters["dimensions"]
        )
    return [row["chunk_id"] for row in rows]


def walking(way: Route) -> AbstractContextManager[None]:
    """The settings under which an index is walked, and that far."""
    return setting(
        hnsw__iterative_scan="relaxed_order",
        hnsw__ef_search=way.breadth,
        hnsw__max_scan_tuples=MOST_WALKED,
        # With neither to fall back on, only the index gives the vectors in their order.
        enable_seqscan="off",
        enable_sort="off",
    )
