"""Sources, what they hold, how looks at them went, and what owners are asked.

Promises: frozen values. A task is among an owner's as long as it can still be done: one
about a draft that was decided is moot. Will not: decide who may see what.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from ingestion.lifecycle import Status
from ingestion.models import (
    OwnerTask,
    Reminder,
    Source,
    SourceCheck,
    SourceItem,
    TaskKind,
)
from ingestion.queries.records import open_reminders
from ingestion.sources.errors import SourceNotFound, TaskNotFound

REVIEW_DUE: Final = "review_due"
_DECIDED: Final = [
    one.value
    for one in (
        *(Status.APPROVED, Status.SCHEDULED, Status.IN_FORCE, Status.SUPERSEDED),
        *(Status.EXPIRED, Status.WITHDRAWN, Status.REJECTED),
    )
]


@dataclass(frozen=True, slots=True)
class SourceView:
    """A watched place; `failures` counts looks that failed since the last good one."""

    id: UUID
    kind: str
    name: str
    address: str
    collection_slug: str
    document_id: UUID | None
    document_title: str
    owner_id: str
    every_seconds: int
    is_paused: bool
    added_at: datetime
    added_by: str
    added_by_name: str
    next_check_at: datetime
    checked_at: datetime | None
    failures: int


@dataclass(frozen=True, slots=True)
class CheckView:
    """One look; `code` says why it failed, or why a file in it was not read."""

    at: datetime
    finished_at: datetime
    outcome: str
    code: str
    seen: int
    drafted: int
    moved: int
    missing: int
    returned: int
    refused: int


@dataclass(frozen=True, slots=True)
class ItemView:
    """What a source holds, and the edition that was made of it."""

    name: str
    content_sha256: str
    document_id: UUID
    document_title: str
    version_id: UUID
    version_label: str
    version_status: str
    changed_at: datetime
    missing_since: datetime | None


@dataclass(frozen=True, slots=True)
class OwnerTaskView:
    """What an owner is asked; `older_id` is what a draft is to be compared with.

    `kind` is "drafted", "missing", "failing" or "review_due"; the last is a reminder,
    whose id is a number and which is closed as such.
    """

    id: str
    kind: str
    owner_id: str
    opened_at: datetime
    source_id: UUID | None
    source_name: str
    item_name: str
    document_id: UUID | None
    document_title: str
    version_id: UUID | None
    older_id: UUID | None


# What the last item of a page is known by: gone since, changed at, name.
ItemPosition = tuple[datetime | None, datetime, str]
# And the last task: since when, and its id, which is a number for a reminder.
TaskPosition = tuple[datetime, str]


def sources(*, collection_slugs: Sequence[str] | None = None) -> list[SourceView]:
    """Every source, by name."""
    rows = _source_rows().order_by("name", "id")
    if collection_slugs is not None:
        rows = rows.filter(collection__slug__in=collection_slugs)
    return [source_view(row) for row in rows]


def source(source_id: UUID) -> SourceView:
    """Raises `SourceNotFound`."""
    row = _source_rows().filter(pk=source_id).first()
    if row is None:
        raise SourceNotFound
    return source_view(row)


def due_sources(*, at: datetime, limit: int) -> list[UUID]:
    """Those whose look is due, the longest overdue first."""
    due = Source.objects.filter(is_paused=False, next_check_at__lte=at)
    return list(due.order_by("next_check_at").values_list("id", flat=True)[:limit])


def checks_of(source_id: UUID, *, limit: int = 50) -> list[CheckView]:
    """Looks at a source, the latest first."""
    rows = SourceCheck.objects.filter(source_id=source_id).order_by("-pk")[:limit]
    return [check_view(row) for row in rows]


def items_of(
    source_id: UUID,
    *,
    statuses: Collection[str] | None = None,
    name_contains: str = "",
    after: ItemPosition | None = None,
    limit: int = 200,
) -> list[ItemView]:
    """What a source holds, the gone ones first, then the latest changed.

    `after` continues behind the last one seen; `statuses` are those of its editions.
    """
    rows = _items(source_id, statuses=statuses, name_contains=name_contains)
    if after is not None:
        rows = rows.filter(_behind(after))
    found = rows.select_related("document", "version").order_by(
        "missing_since", "-changed_at", "name"
    )
    return [_item_view(row) for row in found[:limit]]


def count_items(
    source_id: UUID,
    *,
    statuses: Collection[str] | None = None,
    name_contains: str = "",
) -> int:
    """How many `items_of` would go through."""
    return _items(source_id, statuses=statuses, name_contains=name_contains).count()


def _items(
    source_id: UUID, *, statuses: Collection[str] | None, name_contains: str
) -> QuerySet[SourceItem]:
    rows = SourceItem.objects.filter(source_id=source_id)
    if statuses is not None:
        rows = rows.filter(version__status__in=statuses)
    return rows.filter(name__icontains=name_contains) if name_contains else rows


def _behind(after: ItemPosition) -> Q:
    """In the order of items; those that are not gone stand last."""
    gone, changed, name = after
    alike = Q(missing_since=gone)
    rest = alike & (Q(changed_at__lt=changed) | Q(changed_at=changed, name__gt=name))
    if gone is None:
        return rest
    return Q(missing_since=None) | Q(missing_since__gt=gone) | rest


def owner_tasks(
    person: str | None = None,
    *,
    collection_slugs: Sequence[str] | None = None,
    after: TaskPosition | None = None,
    limit: int = 200,
) -> list[OwnerTaskView]:
    """Open tasks of a person, or of everybody: reminders and what sources ask.

    The oldest first, what sources ask before reminders; `after` continues behind.
    """
    rows = _open_tasks(person, collection_slugs)
    due = open_reminders(owner_id=person, collection_slugs=collection_slugs)
    if after is not None:
        rows, due = rows.filter(_tasks_behind(after)), due.filter(_due_behind(after))
    given = [task_view(row) for row in rows[:limit]]
    given += [_due_view(row) for row in due.order_by("opened_at", "pk")[:limit]]
    return sorted(given, key=lambda one: (one.opened_at, one.kind == REVIEW_DUE))[
        :limit
    ]


def count_owner_tasks(
    person: str | None = None, *, collection_slugs: Sequence[str] | None = None
) -> int:
    """How many `owner_tasks` would go through."""
    due = open_reminders(owner_id=person, collection_slugs=collection_slugs)
    return _open_tasks(person, collection_slugs).count() + due.count()


def _tasks_behind(after: TaskPosition) -> Q:
    moment, last = after
    later = Q(opened_at__gt=moment)
    if last.isdecimal():  # a reminder, before which all tasks of that moment stand
        return later
    return later | Q(opened_at=moment, id__gt=last)


def _due_behind(after: TaskPosition) -> Q:
    moment, last = after
    if last.isdecimal():
        return Q(opened_at__gt=moment) | Q(opened_at=moment, pk__gt=int(last))
    return Q(opened_at__gte=moment)


def _due_view(row: Reminder) -> OwnerTaskView:
    return OwnerTaskView(
        id=str(row.pk),
        kind=REVIEW_DUE,
        owner_id=row.document.owner_id,
        opened_at=row.opened_at,
        source_id=None,
        source_name="",
        item_name="",
        document_id=row.document_id,
        document_title=row.document.title,
        version_id=None,
        older_id=None,
    )


def source_of_task(task_id: UUID) -> UUID:
    """Which source gave a task, open or closed. Raises `TaskNotFound`."""
    found = OwnerTask.objects.filter(pk=task_id).values_list("source_id", flat=True)
    for source_id in found:
        return source_id
    raise TaskNotFound


def source_view(row: Source) -> SourceView:
    """A row with its collection and document, as readers get it."""
    return SourceView(
        id=row.id,
        kind=row.kind,
        name=row.name,
        address=row.address,
        collection_slug=row.collection.slug,
        document_id=row.document_id,
        document_title=row.document.title if row.document else "",
        owner_id=row.owner_id,
        every_seconds=row.every_seconds,
        is_paused=row.is_paused,
        added_at=row.added_at,
        added_by=row.added_by,
        added_by_name=row.added_by_name,
        next_check_at=row.next_check_at,
        checked_at=row.checked_at,
        failures=row.failures,
    )


def check_view(row: SourceCheck) -> CheckView:
    """A row as readers get it."""
    return CheckView(
        at=row.started_at,
        finished_at=row.finished_at,
        outcome=row.outcome,
        code=row.code,
        seen=row.seen,
        drafted=row.drafted,
        moved=row.moved,
        missing=row.missing,
        returned=row.returned,
        refused=row.refused,
    )


def task_view(row: OwnerTask) -> OwnerTaskView:
    """A row as readers get it."""
    return OwnerTaskView(
        id=str(row.id),
        kind=row.kind,
        owner_id=row.document.owner_id if row.document else row.source.owner_id,
        opened_at=row.opened_at,
        source_id=row.source_id,
        source_name=row.source.name,
        item_name=row.item.name if row.item else "",
        document_id=row.document_id,
        document_title=row.document.title if row.document else "",
        version_id=row.version_id,
        older_id=row.older_id,
    )


def _source_rows() -> QuerySet[Source]:
    return Source.objects.select_related("collection", "document")


def _task_rows() -> QuerySet[OwnerTask]:
    return OwnerTask.objects.select_related("source", "item", "document")


def _open_tasks(
    person: str | None, collection_slugs: Sequence[str] | None
) -> QuerySet[OwnerTask]:
    moot = Q(kind=TaskKind.DRAFTED, version__status__in=_DECIDED)
    rows = _task_rows().filter(closed_at=None).exclude(moot)
    if collection_slugs is not None:
        rows = rows.filter(source__collection__slug__in=collection_slugs)
    if person is not None:
        ours = Q(document__owner_id=person)
        rows = rows.filter(ours | Q(document=None, source__owner_id=person))
    return rows.order_by("opened_at", "id")


def _item_view(row: SourceItem) -> ItemView:
    return ItemView(
        name=row.name,
        content_sha256=row.content_sha256,
        document_id=row.document_id,
        document_title=row.document.title,
        version_id=row.version_id,
        version_label=row.version.label,
        version_status=row.version.status,
        changed_at=row.changed_at,
        missing_since=row.missing_since,
    )
