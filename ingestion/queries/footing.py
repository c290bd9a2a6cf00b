"""What passages that were once read stand on at a moment.

Promises: a passage counts as unchanged in an edition that holds the same passage, or
the same words in the same section, whichever chunker cut them; the same words moved to
another section may mean something else, and do not count. Will not: know who read it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import connection

from ingestion.models import VersionChunk

Place = tuple[UUID, UUID]

_FOOTING: Final = """
WITH in_force AS MATERIALIZED (
    SELECT id, document_id FROM ingestion_documentversion
    WHERE in_force_from <= %(at)s AND (in_force_to IS NULL OR in_force_to > %(at)s)
      AND document_id IN (SELECT document_id FROM ingestion_documentversion
                          WHERE id = ANY(%(versions)s::uuid[]))
)
SELECT place.version_id, place.chunk_id,
    EXISTS (
        SELECT FROM ingestion_versionchunk AS held
        JOIN in_force ON in_force.id = held.version_id
        WHERE held.chunk_id = place.chunk_id
    ) OR EXISTS (
        SELECT FROM ingestion_chunk AS read
        JOIN ingestion_chunk AS same ON same.document_id = read.document_id
            AND md5(same.text) = md5(read.text) AND same.text = read.text
            AND same.section_path = read.section_path AND same.id <> read.id
        JOIN ingestion_versionchunk AS held ON held.chunk_id = same.id
        JOIN in_force ON in_force.id = held.version_id
        WHERE read.id = place.chunk_id
    ),
    EXISTS (
        SELECT FROM ingestion_documentversion AS version
        WHERE version.id = place.version_id AND version.withdrawn_at <= %(at)s
    )
FROM unnest(%(versions)s::uuid[], %(chunks)s::uuid[]) AS place (version_id, chunk_id)
"""
# Two anti-joins, each by a hash; with an OR between them it would be a nested loop.
_GONE: Final = """
WITH held AS MATERIALIZED (
    SELECT chunk.id, chunk.text, chunk.section_path FROM ingestion_versionchunk AS place
    JOIN ingestion_chunk AS chunk ON chunk.id = place.chunk_id
    WHERE place.version_id = %(version)s
)
SELECT id FROM ingestion_chunk AS read
WHERE document_id = (SELECT document_id FROM ingestion_documentversion
                     WHERE id = %(version)s)
  AND NOT EXISTS (SELECT FROM held WHERE held.id = read.id)
  AND NOT EXISTS (SELECT FROM held WHERE held.text = read.text
                  AND held.section_path = read.section_path)
ORDER BY id
"""


class Footing(StrEnum):
    """What became of a passage: in the edition in force, withdrawn, or left out."""

    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"
    LEFT_OUT = "left_out"


def footing(places: Collection[Place], *, at: datetime) -> dict[Place, Footing]:
    """By version and chunk read: an edition in force at `at` outweighs a withdrawal.

    What no edition in force holds is withdrawn if the edition read was, else left out:
    by a newer edition, or because its time was over.
    """
    asked = list(places)
    given: dict[str, Any] = {
        "at": at,
        "versions": [version_id for version_id, _ in asked],
        "chunks": [chunk_id for _, chunk_id in asked],
    }
    with connection.cursor() as cursor:
        cursor.execute(_FOOTING, given)
        return {
            (version_id, chunk_id): _footing(is_held, is_withdrawn)
            for version_id, chunk_id, is_held, is_withdrawn in cursor.fetchall()
        }


def chunks_in_section(version_id: UUID, section_path: Sequence[str]) -> list[UUID]:
    """The passages of a section of a version and of the sections below it."""
    rows = VersionChunk.objects.filter(version_id=version_id)
    if section_path:
        path = list(section_path)
        rows = rows.filter(**{f"chunk__section_path__0_{len(path)}": path})
    return list(rows.order_by("chunk_id").values_list("chunk_id", flat=True).distinct())


def holds_chunk(version_id: UUID, chunk_id: UUID) -> bool:
    """Whether the passage stands in the version."""
    rows = VersionChunk.objects.filter(version_id=version_id, chunk_id=chunk_id)
    return rows.exists()


def sections_of(version_id: UUID) -> list[tuple[str, ...]]:
    """The section paths of a version's passages, in reading order, each once."""
    rows = VersionChunk.objects.filter(version_id=version_id).order_by("position")
    paths = rows.values_list("chunk__section_path", flat=True)
    return list(dict.fromkeys(tuple(path) for path in paths))


def chunks_gone(version_id: UUID) -> list[UUID]:
    """The passages other editions of the document hold and this one does not."""
    with connection.cursor() as cursor:
        cursor.execute(_GONE, {"version": version_id})
        return [row[0] for row in cursor.fetchall()]


def _footing(is_held: bool, is_withdrawn: bool) -> Footing:  # noqa: FBT001
    if is_held:
        return Footing.IN_FORCE
    return Footing.WITHDRAWN if is_withdrawn else Footing.LEFT_OUT
