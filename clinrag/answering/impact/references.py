"""Writing down which passages an answer used, beside its record.

Promises: one row for each passage with its strongest use, in the caller's transaction,
from the very event that goes into the ledger. Will not: write for an answer that is
closed; a trigger refuses that.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from audit.events import RetrievedChunk
from clinrag.answering.models import AnswerReference, Asker
from clinrag.answering.reach import Use

Place = tuple[UUID, UUID]


def store_references(
    answer_id: UUID,
    retrieved: Iterable[RetrievedChunk],
    *,
    asked_at: datetime,
    asked_by: tuple[str, str, str],
) -> None:
    """`asked_by` is the app, the unit and the id of the actor."""
    uses = strongest_uses(retrieved)
    if not uses:
        return
    app, unit, actor_id = asked_by
    asker, _ = Asker.objects.get_or_create(app=app, unit=unit, actor_id=actor_id)
    leading = leading_places(uses)
    AnswerReference.objects.bulk_create(
        AnswerReference(
            answer_id=answer_id,
            chunk_id=chunk_id,
            version_id=version_id,
            asked_at=asked_at,
            asker=asker,
            use=use.value,
            uses_of_version=leading.get((version_id, chunk_id), 0),
        )
        for (version_id, chunk_id), use in uses.items()
    )


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
