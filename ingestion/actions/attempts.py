"""Being alone at a stage, counting the starts at it, and finding who never came back.

Promises: a start is committed before the work begins, so that work which ends its
worker is counted all the same; whoever comes back, with or without success, takes the
start off again; after `MOST_ATTEMPTS` starts without any progress the version ends as
failed. A worker's session lock on the document is its lease: PostgreSQL takes it away
when the worker's connection ends, so a dead worker is known by the lock that nobody
holds, and a slow one is never taken for dead. Will not: send anything to a worker.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Q

from audit import ledger
from audit.events import VersionFailed
from ingestion.actions.rows import (
    WORKER,
    about,
    find_version,
    lock_version,
    move,
    nobody_at,
    only_worker_at,
    update,
)
from ingestion.errors import IngestionError, ProcessingGaveUp
from ingestion.lifecycle import PROCESSING, Status, can_move
from ingestion.models import DocumentVersion

MOST_ATTEMPTS: Final = 5


@contextmanager
def at_stage(
    version_id: UUID, *, stage: Status, at: datetime
) -> Iterator[DocumentVersion | None]:
    """Be alone at the document; the row, or None when there is nothing to do.

    Nothing is to do when the stage is done already, and when it was begun in vain so
    often that the version fails here. Raises `VersionNotFound` and `StageBusy`.
    """
    with only_worker_at(find_version(version_id).document_id):
        version = find_version(version_id)
        if version.status != stage:
            yield None
        elif version.attempts >= MOST_ATTEMPTS:
            fail_version(version_id, error=ProcessingGaveUp(), at=at)
            yield None
        else:
            with _counted(version, at=at):
                yield version


@transaction.atomic
def fail_version(version_id: UUID, *, error: IngestionError, at: datetime) -> Status:
    """End a version whose stages cannot be done, with the error's code and sentence.

    Leaves a version alone that is past its stages. Raises `VersionNotFound`.
    """
    version = lock_version(version_id)
    if can_move(Status(version.status), target=Status.FAILED):
        move(
            version,
            target=Status.FAILED,
            failure_code=error.code,
            failure_message=error.message[:300],
        )
        failed = VersionFailed(**about(version), code=error.code)
        ledger.append(failed, by=WORKER, at=at)
    return Status(version.status)


@transaction.atomic
def claim_stalled_versions(
    *, begun_before: datetime, waiting_since: datetime, at: datetime, limit: int
) -> list[tuple[UUID, Status]]:
    """Versions that nobody is at: their worker is gone, or no worker ever came.

    Each is given out once per interval. One that was begun is a dead worker's, and
    known as such at once; one that only waits may stand in a long queue.
    """
    rows = DocumentVersion.objects.filter(
        Q(at_work=True, attended_at__lt=begun_before)
        | Q(attended_at__lt=waiting_since),
        status__in=PROCESSING,
    ).order_by("attended_at")
    found = rows.select_for_update(skip_locked=True, no_key=True)[:limit]
    stalled = [row for row in found if nobody_at(row.document_id)]
    for row in stalled:
        update(row, attended_at=at, at_work=False)
    return [(row.id, Status(row.status)) for row in stalled]


@contextmanager
def _counted(version: DocumentVersion, *, at: datetime) -> Iterator[None]:
    update(version, attempts=version.attempts + 1, at_work=True, attended_at=at)
    try:
        yield
    except Exception:
        with suppress(DatabaseError):  # no connection: the start stays counted
            update(version, attempts=max(version.attempts - 1, 0), at_work=False)
        raise
    # A stage that moved the version on has set these already.
    DocumentVersion.objects.filter(pk=version.pk, at_work=True).update(
        attempts=0, at_work=False
    )
