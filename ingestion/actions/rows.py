"""Locking a version and moving it along its life.

Promises: locks are taken in one order, document before version before part of work, so
two actions on one document wait for each other and never deadlock.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from audit.actors import Actor, ActorKind
from ingestion.embedding import Embedder, embedder_named
from ingestion.errors import VersionNotFound
from ingestion.lifecycle import Status, check_can_move
from ingestion.models import Collection, Document, DocumentVersion

WORKER = Actor(
    kind=ActorKind.SYSTEM, id="task:ingestion", name="Ingestion", method="task"
)


def embedder_of(version_id: UUID, *, default: Callable[[], Embedder]) -> Embedder:
    """Whose vectors the version's collection is searched by.

    Raises `EmbedderUnknown` and `EmbeddingFailed`.
    """
    rows = Collection.objects.filter(documents__versions=version_id)
    identity = rows.values_list("embedder", flat=True).first()
    return embedder_named(identity) if identity else default()


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

    The caller holds the row lock. Only the columns named are written.
    """
    check_can_move(Status(version.status), target=target)
    update(version, status=target.value, **changes)


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


def hold_bytes(collection_id: UUID, *, sha256: str) -> None:
    """Let one transaction at a time bring these bytes into the collection."""
    _ask(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
        f"{collection_id}{sha256}",
    )


def _ask(sql: str, value: int | str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, [value])
        return cursor.fetchone()[0]
