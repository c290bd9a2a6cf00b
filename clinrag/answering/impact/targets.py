"""Naming the text whose answers are wanted.

Promises: a target that exists, with the passages it means. A section includes the
sections below it.
"""

from collections.abc import Sequence
from uuid import UUID

from clinrag.answering.errors import ImpactInvalid
from clinrag.answering.impact.types import Target
from clinrag.answering.reach import TargetKind
from ingestion.queries import version
from ingestion.queries.footing import chunks_gone, chunks_in_section, holds_chunk


def version_target(version_id: UUID) -> Target:
    """All that was read in a version. Raises VersionNotFound."""
    return Target(TargetKind.VERSION, version(version_id).id)


def section_target(version_id: UUID, section_path: Sequence[str]) -> Target:
    """A section's passages, in every edition. Raises VersionNotFound, ImpactInvalid."""
    chunk_ids = chunks_in_section(version(version_id).id, section_path)
    if not section_path or not chunk_ids:
        raise ImpactInvalid
    return Target(
        TargetKind.SECTION, version_id, frozenset(chunk_ids), tuple(section_path)
    )


def chunk_target(version_id: UUID, chunk_id: UUID) -> Target:
    """A passage, in every edition. Raises VersionNotFound, ImpactInvalid."""
    if not holds_chunk(version(version_id).id, chunk_id):
        raise ImpactInvalid
    return Target(TargetKind.CHUNK, version_id, frozenset({chunk_id}))


def change_target(version_id: UUID) -> Target:
    """What the version no longer holds of its document. Raises VersionNotFound."""
    gone = chunks_gone(version(version_id).id)
    return Target(TargetKind.CHANGE, version_id, frozenset(gone))


def target_of(
    version_id: UUID,
    *,
    section_path: Sequence[str] = (),
    chunk_id: UUID | None = None,
    change: bool = False,
) -> Target:
    """What a request names: at most one of a section, a chunk and the change.

    Raises VersionNotFound or ImpactInvalid.
    """
    if sum((bool(section_path), chunk_id is not None, change)) > 1:
        raise ImpactInvalid
    if chunk_id is not None:
        return chunk_target(version_id, chunk_id)
    if section_path:
        return section_target(version_id, section_path)
    return change_target(version_id) if change else version_target(version_id)
