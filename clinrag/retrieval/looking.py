"""What a second look at the few best passages tells: places of their words, and theirs.

Promises: reads no more than the passages named; what it tells is a function of text and
places that never change once written. Will not: order anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from clinrag.retrieval.closeness import closeness, pairs_of
from clinrag.retrieval.companions import Place
from clinrag.retrieval.statements import fetch


def closeness_of(
    asked: str, head: Sequence[UUID], *, configuration: str
) -> dict[UUID, float]:
    """How close the question's words are in each of these passages."""
    if not head:
        return {}
    rows = fetch(
        "closeness",
        {"configuration": configuration, "asked": asked, "chunk_ids": list(head)},
    )
    places: dict[UUID | None, dict[str, Sequence[int]]] = {one: {} for one in head}
    places[None] = {}
    for row in rows:
        places[row["chunk_id"]][row["term"]] = row["positions"] or ()
    pairs = pairs_of(places.pop(None))
    return {one: closeness(pairs, places[one]) for one in head}


def places_of(version_chunk_ids: Iterable[int]) -> Mapping[UUID, Place]:
    """Where these stand, by passage."""
    wanted = sorted(set(version_chunk_ids))
    if not wanted:
        return {}
    rows = fetch("places", {"version_chunk_ids": wanted})
    return {row["chunk_id"]: Place(**row) for row in rows}
