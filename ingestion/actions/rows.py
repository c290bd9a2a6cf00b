"""Locking a version, moving it along its life, and keeping two workers apart.

Promises: locks are taken in one order, document before version, so two actions on one
document wait for each other and never deadlock.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection
from django.db.models import QuerySet

from audit.actors import Actor, ActorKind
from ingestion.errors import StageBusy, VersionNotFound
from ingestion.lifecycle import Status, check_can_move
from ingestion.models import Document, DocumentVersion

WORKER = Actor(
    kind=ActorKind.SYSTEM, id="task:ingestion", name="Ingestion", method="task"
)


def version_rows() -> QuerySet[DocumentVersion]:
    return DocumentVersion.objects.select_related("document__collection")


def find_version(version_id: UUID) -> DocumentVersion:
    """Raises `VersionNotFound`."""
    row = version_rows().filter(pk=version_id).first()
    if row is None:
        raise VersionNotFound
    return row


def lock_version(version_id: UUID) -> DocumentVersion:
    """Lock the version and its document for this transaction."""
    document_id = find_version(version_id).document_id
    Document.objects.select_for_update(no_key=True).get(pk=document_id)
    locked = version_rows().select_for_update(of=("self",), no_key=True)
    return locked.get(pk=version_id)


def move(version: DocumentVersion, *, target: Status, **changes: Any) -> None:
    """Take the version to `target`; raises `InvalidTransition`.

    The caller holds the row lock. Only the columns named are written, and the count
    of attempts, which starts anew at every stage.
    """
    check_can_move(Status(version.status), target=target)
    update(version, status=target.value, attempts=0, at_work=False, **changes)


def update(version: DocumentVersion, **changes: Any) -> None:
    """Write the columns named and no others."""
    for name, value in changes.items():
        setattr(version, name, value)
    DocumentVersion.objects.filter(pk=version.pk).update(**changes)


def about(version: DocumentVersion) -> dict[str, str]:
    """What every ledger entry about a version says."""
    return {
        "document_id": str(version.document_id),
        "version_id": str(version.id),
        "content_sha256": version.content_sha256,
    }


@contextmanager
def only_worker_at(document_id: UUID) -> Iterator[None]:
    """Hold the document's stages for this connection; raises `StageBusy`.

    A session lock, not a row lock: parsing and embedding take long and hold no
    transaction open. It ends with the connection, so a killed worker's document is
    free at once. It needs a connection that stays the same between statements: a
    pooler in transaction mode would break it.
    """
    key = _lock_key(document_id)
    if not _ask("SELECT pg_try_advisory_lock(%s)", key):
        raise StageBusy
    try:
        yield
    finally:
        with suppress(DatabaseError):  # a broken connection has let go already
            _ask("SELECT pg_advisory_unlock(%s)", key)


def nobody_at(document_id: UUID) -> bool:
    """Whether no worker holds the document's stages; then none does until commit."""
    return bool(
        _ask("SELECT pg_try_advisory_xact_lock(%s)", _lock_key(document_id)),
    )


def hold_bytes(collection_id: UUID, *, sha256: str) -> None:
    """Let one transaction at a time bring these bytes into the collection."""
    _ask(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
        f"{collection_id}{sha256}",
    )


def _lock_key(document_id: UUID) -> int:
    return int.from_bytes(document_id.bytes[:8], signed=True)


def _ask(sql: str, value: int | str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, [value])
        return cursor.fetchone()[0]
