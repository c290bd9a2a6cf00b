"""Embedding by parts: planning them, and doing one.

Promises: parts cover exactly the passages without a vector when they were planned; two
workers may be at two parts of one document; a part is finished once. Will not: move a
version on, which is the stage's work when no part is left.
"""

import sys
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ingestion.actions.attempts import give_up
from ingestion.actions.leases import Lease, finish, leased, open_part
from ingestion.actions.passages import (
    PLACES_A_PART,
    embed_places,
    embedded_of,
    lacks_vectors,
    parts_to_embed,
)
from ingestion.actions.rows import embedder_of, find_version, lock_version, update
from ingestion.actions.steps import BY_PARTS, Onward, open_parts, stay
from ingestion.embedding import Embedder, get_embedder, identity_of
from ingestion.lifecycle import Status
from ingestion.models import OPEN, DocumentVersion, Stage, WorkPart


@transaction.atomic
def plan_parts(version_id: UUID, *, at: datetime) -> tuple[Stage | None, list[UUID]]:
    """The stage that is done by parts where a version stands, and those that are left.

    Parts of embedding are planned if they were not. Raises `VersionNotFound` and
    `EmbeddingFailed`.
    """
    version = lock_version(version_id)
    stage = BY_PARTS.get(Status(version.status))
    if stage is None:
        return None, []
    if stage is Stage.EMBED and not open_parts(version_id, stage=stage):
        plan_embedding(
            version,
            identity=identity_of(embedder_of(version_id, default=get_embedder)),
            at=at,
        )
    return stage, open_parts(version_id, stage=stage)


def plan_embedding(version: DocumentVersion, *, identity: str, at: datetime) -> None:
    """Open a part for each stretch with passages that have no vector."""
    for places, count in parts_to_embed(version, identity=identity):
        open_part(
            version,
            stage=Stage.EMBED,
            number=places[0] // PLACES_A_PART,
            places=places,
            total=count,
            at=at,
        )


def embed_part(
    part_id: UUID,
    *,
    at: datetime,
    embedder: Embedder | None = None,
    onward: Onward = stay,
) -> Status:
    """Embed one part; the last one to end tells `onward`.

    Raises `StageBusy`, `LeaseLost` and `EmbeddingFailed`; what was embedded before is
    kept. Does nothing for a part that is done, or was taken back.
    """
    part = WorkPart.objects.get(pk=part_id)
    chosen = embedder or embedder_of(part.version_id, default=get_embedder)
    work = _Work(chosen, at, onward)
    work.do(part, at_most=part.total)
    return Status(find_version(part.version_id).status)


def embed_rest(
    version_id: UUID, *, embedder: Embedder, at_most: int | None, at: datetime
) -> bool:
    """Embed part after part; True when no passage is left without a vector.

    Raises what `embed_part` raises.
    """
    work = _Work(embedder, at, stay)
    _plan_again(version_id, identity=work.identity, at=at)
    left = sys.maxsize if at_most is None else at_most
    for part_id in open_parts(version_id, stage=Stage.EMBED):
        left -= work.do(WorkPart.objects.get(pk=part_id), at_most=left)
        if left <= 0:
            break
    return not lacks_vectors(find_version(version_id), identity=work.identity)


@transaction.atomic
def _plan_again(version_id: UUID, *, identity: str, at: datetime) -> None:
    """For passages without a vector that no open part covers."""
    version = lock_version(version_id)
    if not open_parts(version_id, stage=Stage.EMBED):
        plan_embedding(version, identity=identity, at=at)


@dataclass(frozen=True, slots=True)
class _Work:
    """One worker's way of doing parts."""

    embedder: Embedder
    at: datetime
    onward: Onward

    @property
    def identity(self) -> str:
        return identity_of(self.embedder)

    def do(self, part: WorkPart, *, at_most: int) -> int:
        """Do a part, or `at_most` of it; returns how many passages were embedded."""
        version = find_version(part.version_id)
        if part.state not in OPEN or version.status != Status.CHUNKED:
            return 0
        if give_up(part, at=self.at):
            return 0
        with leased(part) as lease:
            return self._embed(part, version, lease, at_most)

    def _embed(
        self, part: WorkPart, version: DocumentVersion, lease: Lease, at_most: int
    ) -> int:
        places, count = (part.first, part.last), 0
        for done in embed_places(
            version, places=places, lease=lease, embedder=self.embedder, at_most=at_most
        ):
            count += done
            self._show(version)
        if not lacks_vectors(version, identity=self.identity, places=places):
            self._end(part, lease)
        return count

    @transaction.atomic
    def _end(self, part: WorkPart, lease: Lease) -> None:
        """Under the version's lock, so that one part is the last."""
        version = lock_version(part.version_id)
        finish(lease)
        if not open_parts(version.id, stage=Stage.EMBED):
            self.onward(version.id, Status(version.status), self.at)

    def _show(self, version: DocumentVersion) -> None:
        progress = {
            **version.progress,
            "embed": list(embedded_of(version, identity=self.identity)),
        }
        update(version, progress=progress, attended_at=self.at)
