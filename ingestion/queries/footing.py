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
from django.db.models import F

from ingestion.models import Document, VersionChunk

Place = tuple[UUID, UUID]

_IN_FORCE: Final = """
SELECT id FROM ingestion_documentversion
WHERE in_force_from <= %(at)s AND (in_force_to IS NULL OR in_force_to > %(at)s)
  AND document_id IN (SELECT document_id FROM ingestion_chunk
                      WHERE id = ANY(%(chunks)s::uuid[]))
"""
_HELD: Final = f"""
WITH in_force AS MATERIALIZED ({_IN_FORCE})
SELECT DISTINCT chunk_id FROM ingestion_versionchunk
WHERE chunk_id = ANY(%(chunks)s::uuid[]) AND version_id IN (SELECT id FROM in_force)
"""  # noqa: S608  # put together from constants
# For what no edition in force holds by its id: by an index over the words' hashes.
_SAME_WORDS: Final = f"""
WITH in_force AS MATERIALIZED ({_IN_FORCE})
SELECT DISTINCT read.id FROM ingestion_chunk AS read
JOIN ingestion_chunk AS same ON same.document_id = read.document_id
    AND md5(same.text) = md5(read.text) AND same.text = read.text
    AND same.section_path = read.section_path AND same.id <> read.id
JOIN ingestion_versionchunk AS held ON held.chunk_id = same.id
WHERE read.id = ANY(%(chunks)s::uuid[]) AND held.version_id IN (SELECT id FROM in_force)
"""  # noqa: S608  # put together from constants
_WITHDRAWN: Final = """
SELECT id FROM ingestion_documentversion
WHERE id = ANY(%(versions)s::uuid[]) AND withdrawn_at <= %(at)s
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
    held = _chunks_in_force({chunk_id for _, chunk_id in places}, at=at)
    gone = {place for place in places if place[1] not in held}
    versions = sorted({version_id for version_id, _ in gone})
    withdrawn = _ids(_WITHDRAWN, {"at": at, "versions": versions}) if gone else set()
    found = dict.fromkeys(places, Footing.IN_FORCE)
    for place in gone:
        is_withdrawn = place[0] in withdrawn
        found[place] = Footing.WITHDRAWN if is_withdrawn else Footing.LEFT_OUT
    return found


def _chunks_in_force(chunk_ids: set[UUID], *, at: datetime) -> set[UUID]:
    """Those that an edition in force holds, by their id or by their words."""
    held = _ids(_HELD, {"at": at, "chunks": sorted(chunk_ids)})
    others = sorted(chunk_ids - held)
    return held | _ids(_SAME_WORDS, {"at": at, "chunks": others}) if others else held


def _ids(statement: str, given: dict[str, Any]) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return {row[0] for row in cursor.fetchall()}


def chunks_in_section(version_id: UUID, section_path: Sequence[str]) -> list[UUID]:
    """The passages of a section of a version and of the sections below it."""
    rows = VersionChunk.objects.filter(version_id=version_id, cut=F("version__cut"))
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
    rows = VersionChunk.objects.filter(version_id=version_id, cut=F("version__cut"))
    rows = rows.order_by("position")
    paths = rows.values_list("chunk__section_path", flat=True)
    return list(dict.fromkeys(tuple(path) for path in paths))


def chunks_gone(version_id: UUID) -> list[UUID]:
    """The passages other editions of the document hold and this one does not."""
    with connection.cursor() as cursor:
        cursor.execute(_GONE, {"version": version_id})
        return [row[0] for row in cursor.fetchall()]


def documents_within(
    document_ids: Collection[UUID], *, collection_slugs: Collection[str]
) -> frozenset[UUID]:
    """Those of the documents that stand in one of the collections."""
    rows = Document.objects.filter(pk__in=document_ids)
    rows = rows.filter(collection__slug__in=collection_slugs)
    return frozenset(rows.values_list("pk", flat=True))
