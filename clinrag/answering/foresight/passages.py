"""What an edition had to have embedded, and what it keeps, moves and drops.

Promises: counts of passages by identity: an unchanged passage keeps its id from edition
to edition, and one that stands twice is counted twice. A passage counts as moved when
it is not among the longest run of kept ones that stand in their old order.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from uuid import UUID

from clinrag.answering.foresight.types import PassageCounts
from ingestion.queries import PlacedChunk, placed_chunks


def count_passages(version_id: UUID, *, older_id: UUID | None) -> PassageCounts:
    """Compare two editions; without an older one all passages are new."""
    ours = placed_chunks(version_id)
    theirs = placed_chunks(older_id) if older_id else []
    kept = _kept(ours, theirs)
    in_order = _longest_rising(kept)
    return PassageCounts(
        total=len(ours),
        embedded=len({one.chunk_id for one in ours if one.is_new}),
        new=len(ours) - len(kept),
        unchanged=in_order,
        moved=len(kept) - in_order,
        removed=len(theirs) - len(kept),
    )


def _kept(ours: Sequence[PlacedChunk], theirs: Sequence[PlacedChunk]) -> list[int]:
    """Where the kept ones stood; the second time is held against the second time."""
    stood: dict[UUID, deque[int]] = {}
    for one in theirs:
        stood.setdefault(one.chunk_id, deque()).append(one.position)
    return [stood[one.chunk_id].popleft() for one in ours if stood.get(one.chunk_id)]


def _longest_rising(places: Sequence[int]) -> int:
    """The length of the longest run that rises (Fredman 1975, Discrete Math 11:29)."""
    ends: list[int] = []
    for place in places:
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
    return len(ends)
