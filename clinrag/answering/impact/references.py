"""Which passages an answer used, and how: what its references say.

Promises: one reference for each passage with its strongest use. Pure; they are written
by `closing`, from the very event that goes into the ledger.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from audit.events import RetrievedChunk
from clinrag.answering.reach import Use

Place = tuple[UUID, UUID]


def strongest_uses(retrieved: Iterable[RetrievedChunk]) -> dict[Place, Use]:
    """By version and chunk: a passage that stands twice in a version counts once."""
    found: dict[Place, Use] = {}
    for chunk in retrieved:
        place = UUID(chunk.version_id), UUID(chunk.chunk_id)
        found[place] = min(use_of(chunk), found.get(place, Use.CUT))
    return found


def leading_places(uses: Mapping[Place, Use]) -> dict[Place, int]:
    """For each version its strongest passage, with the bits of all uses of it."""
    found: dict[UUID, tuple[Use, Place, int]] = {}
    for place, use in uses.items():
        lead, at, bits = found.get(place[0], (use, place, 0))
        lead, at = min((lead, at), (use, place))
        found[place[0]] = lead, at, bits | use.bit
    return {at: bits for _lead, at, bits in found.values()}


def use_of(chunk: RetrievedChunk) -> Use:
    if chunk.cited:
        return Use.CITED
    return Use.IN_PROMPT if chunk.in_prompt else Use.CUT
