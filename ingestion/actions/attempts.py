"""Ending what cannot be done, and finding what nobody is at.

Promises: after `MOST_ATTEMPTS` starts without any progress a version ends as failed;
a part whose worker is gone, and a version that waits for nobody, are given out again,
once per interval. Will not: send anything to a worker.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from audit import ledger
from audit.actors import Actor
from audit.events import VersionFailed
from ingestion.actions.leases import (
    Lease,
    is_abandoned,
    is_poison,
    leased,
    open_part,
    stop_parts,
)
from ingestion.actions.rows import WORKER, about, find_version, lock_version, move
from ingestion.errors import IngestionError, ProcessingGaveUp
from ingestion.lifecycle import PROCESSING, Status, can_move
from ingestion.models import OPEN, DocumentVersion, PartState, Stage, WorkPart


@dataclass(frozen=True, slots=True)
class Stalled:
    """A version, or a part of one, that has to be given to a worker again."""

    version_id: UUID
    status: Status
    part_id: UUID | None
    stage: Stage | None


@contextmanager
def at_stage(
    version_id: UUID, *, status: Status, stage: Stage, at: datetime
) -> Iterator[tuple[DocumentVersion, Lease] | None]:
    """Hold the whole stage; the row and the lease, or None when nothing is to do.

    Nothing is to do when the stage is done already, and when it was begun in vain so
    often that the version fails here. Raises `VersionNotFound` and `StageBusy`.
    """
    part = _part_of_stage(version_id, status=status, stage=stage, at=at)
    if part is None:
        yield None
        return
    with leased(part) as lease:
        version = find_version(version_id)
        yield (version, lease) if version.status == status else None


def give_up(part: WorkPart, *, at: datetime) -> bool:
    """End the version of a part that was begun in vain too often; whether it was."""
    if is_poison(part):
        fail_version(part.version_id, error=ProcessingGaveUp(), at=at)
        return True
    return False


@transaction.atomic
def fail_version(
    version_id: UUID, *, error: IngestionError, at: datetime, by: Actor = WORKER
) -> Status:
    """End a version whose stages cannot be done, with the error's code and sentence.

    What workers hold of it is taken from them. Leaves a version alone that is past
    its stages. Raises `VersionNotFound`.
    """
    version = lock_version(version_id)
    if can_move(Status(version.status), target=Status.FAILED):
        stop_parts(version)
        move(
            version,
            target=Status.FAILED,
            failure_code=error.code,
            failure_message=error.message[:300],
        )
        failed = VersionFailed(**about(version), code=error.code)
        ledger.append(failed, by=by, at=at)
    return Status(version.status)


@transaction.atomic
def claim_stalled(
    *, begun_before: datetime, waiting_since: datetime, at: datetime, limit: int
) -> list[Stalled]:
    """What nobody is at: the worker is gone, or no worker ever came.

    Each is given out once per interval. What was begun is a dead worker's, and known
    as such at once; what only waits may stand in a long queue.
    """
    parts = _stalled_parts(begun_before, waiting_since, limit)
    for part in parts:
        WorkPart.objects.filter(pk=part.pk, fence=part.fence).update(
            announced_at=at, state=PartState.WAITING, holder="", leased_until=None
        )
    versions = _stalled_versions(waiting_since, limit)
    DocumentVersion.objects.filter(pk__in=[row.pk for row in versions]).update(
        attended_at=at
    )
    return [
        Stalled(
            part.version_id, Status(part.version.status), part.pk, Stage(part.stage)
        )
        for part in parts
    ] + [Stalled(row.pk, Status(row.status), None, None) for row in versions]


def _part_of_stage(
    version_id: UUID, *, status: Status, stage: Stage, at: datetime
) -> WorkPart | None:
    with transaction.atomic():
        version = lock_version(version_id)
        if version.status != status:
            return None
        part = open_part(version, stage=stage, at=at)
    return None if give_up(part, at=at) else part


def _stalled_parts(
    begun_before: datetime, waiting_since: datetime, limit: int
) -> list[WorkPart]:
    rows = (
        WorkPart.objects.select_related("version")
        .filter(
            Q(state=PartState.LEASED, announced_at__lt=begun_before)
            | Q(state=PartState.WAITING, announced_at__lt=waiting_since),
            Q(version__status__in=PROCESSING) | Q(stage=Stage.REBUILD),
        )
        .annotate(is_over=Q(leased_until__lt=Now()))
        .order_by("announced_at")
    )
    found = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)[:limit]
    return [
        part
        for part in found
        if part.state == PartState.WAITING or part.is_over or is_abandoned(part)
    ]


def _stalled_versions(waiting_since: datetime, limit: int) -> list[DocumentVersion]:
    """Those without an open part: their next stage was never begun."""
    open_parts = WorkPart.objects.filter(version=OuterRef("pk"), state__in=OPEN)
    rows = DocumentVersion.objects.filter(
        ~Exists(open_parts), status__in=PROCESSING, attended_at__lt=waiting_since
    ).order_by("attended_at")
    return list(rows.select_for_update(skip_locked=True, no_key=True)[:limit])
