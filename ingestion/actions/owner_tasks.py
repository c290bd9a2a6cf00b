"""Tasks that sources give to owners: opened by what is found, closed once.

Promises: a disappearance and a source that keeps failing are asked about once, however
often they are seen; what comes back closes its question. Will not: do what is asked.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor
from audit.events import DisappearanceAsked, OwnerTaskClosed, SourceDrafted
from ingestion.actions.rows import about
from ingestion.models import (
    DocumentVersion,
    OwnerTask,
    Source,
    SourceItem,
    TaskKind,
)
from ingestion.queries.sources import OwnerTaskView, task_view
from ingestion.sources.errors import SourceInvalid, TaskClosed, TaskNotFound


def ask_about_draft(
    item: SourceItem,
    *,
    version: DocumentVersion,
    older: DocumentVersion | None,
    by: Actor,
    at: datetime,
) -> OwnerTask:
    """Ask the document's owner to look at an edition that a source brought."""
    task = OwnerTask.objects.create(
        kind=TaskKind.DRAFTED,
        source_id=item.source_id,
        item=item,
        document=version.document,
        version=version,
        older=older,
        owner_id=version.document.owner_id,
        opened_at=at,
    )
    drafted = SourceDrafted(
        **about(version),
        source_id=str(item.source_id),
        task_id=str(task.id),
        older_id=str(older.id) if older else None,
    )
    ledger.append(drafted, by=by, at=at)
    return task


def ask_about_missing(item: SourceItem, *, by: Actor, at: datetime) -> OwnerTask:
    """Ask the document's owner what it means that a file is gone."""
    task = OwnerTask.objects.create(
        kind=TaskKind.MISSING,
        source_id=item.source_id,
        item=item,
        document=item.document,
        version=item.version,
        owner_id=item.document.owner_id,
        opened_at=at,
    )
    asked = DisappearanceAsked(
        source_id=str(item.source_id),
        task_id=str(task.id),
        document_id=str(item.document_id),
        version_id=str(item.version_id),
    )
    ledger.append(asked, by=by, at=at)
    return task


def ask_about_failing(source: Source, *, at: datetime) -> None:
    """Ask the source's owner, once, why looks at it keep failing."""
    OwnerTask.objects.get_or_create(
        kind=TaskKind.FAILING,
        source=source,
        closed_at=None,
        defaults={"owner_id": source.owner_id, "opened_at": at},
    )


def settle(
    *,
    kind: TaskKind,
    by: Actor,
    at: datetime,
    source: Source,
    item: SourceItem | None = None,
) -> None:
    """Close what is open of this kind, since what it asked about is no longer so."""
    rows = OwnerTask.objects.filter(kind=kind, source=source, closed_at=None)
    if item is not None:
        rows = rows.filter(item=item)
    for task in rows.select_for_update(no_key=True):
        _close(task, note="", by=by, at=at)


def close_drafted(item: SourceItem, *, note: str, by: Actor, at: datetime) -> None:
    """Close what was asked about an item's drafts so far."""
    rows = OwnerTask.objects.filter(kind=TaskKind.DRAFTED, item=item, closed_at=None)
    for task in rows.select_for_update(no_key=True):
        _close(task, note=note, by=by, at=at)


@transaction.atomic
def close_task(task_id: UUID, *, note: str, by: Actor, at: datetime) -> OwnerTaskView:
    """Say that a task is done, and how.

    Raises `TaskNotFound`, `TaskClosed`, and `SourceInvalid` without a note.
    """
    if not note.strip():
        raise SourceInvalid("note")
    rows = OwnerTask.objects.select_for_update(no_key=True)
    task = rows.filter(pk=task_id).first()
    if task is None:
        raise TaskNotFound
    if task.closed_at is not None:
        raise TaskClosed
    _close(task, note=note.strip(), by=by, at=at)
    return task_view(task)


def _close(task: OwnerTask, *, note: str, by: Actor, at: datetime) -> None:
    task.note, task.closed_at = note, at
    task.closed_by, task.closed_by_name = by.id, by.name[:200]
    task.save(update_fields=["note", "closed_at", "closed_by", "closed_by_name"])
    closed = OwnerTaskClosed(
        source_id=str(task.source_id), task_id=str(task.id), kind=task.kind, note=note
    )
    ledger.append(closed, by=by, at=at)
