"""Pages of what owners are asked, and of what a source holds.

Promises: a page says how many there are of all, and where it goes on: nothing is left
out without a word.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from clinrag.web.cursors import cursor_of, moment_of, parts_of
from clinrag.web.labels import STATUSES, Label
from ingestion import queries
from ingestion.queries import ItemView, OwnerTaskView
from ingestion.queries.sources import ItemPosition, TaskPosition

PAGE_SIZE: Final = 50
MOST_PLACEABLE: Final = 200
TASKS: Final[dict[str, Label]] = {
    "drafted": Label(_("new edition"), "info"),
    "missing": Label(_("gone from its source"), "warn"),
    "failing": Label(_("cannot be looked at"), "bad"),
    "review_due": Label(_("to be looked through"), "warn"),
}


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task; a reminder is closed with its document, the others here."""

    view: OwnerTaskView
    label: Label
    is_ours: bool


@dataclass(frozen=True, slots=True)
class TasksPage:
    """Tasks, the oldest first; `total` counts those of all pages."""

    lines: tuple[TaskLine, ...]
    total: int
    cursor: str
    next_cursor: str


@dataclass(frozen=True, slots=True)
class ItemsPage:
    """What a source holds; `total` counts what fits `find` on all pages."""

    lines: tuple[tuple[Label, ItemView], ...]
    total: int
    find: str
    cursor: str
    next_cursor: str

    @property
    def is_long(self) -> bool:
        """Whether a file is better looked for by its name."""
        return bool(self.find) or self.total > PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Placeable:
    """Files that may be given to another document; `total` counts all there are."""

    items: tuple[ItemView, ...]
    total: int

    @property
    def is_cut(self) -> bool:
        """Whether some are not offered."""
        return self.total > len(self.items)


def tasks_page(slugs: Sequence[str], *, cursor: str) -> TasksPage:
    """What owners are asked in these collections."""
    after = _opened_task(cursor)
    found = queries.owner_tasks(
        collection_slugs=slugs, after=after, limit=PAGE_SIZE + 1
    )
    shown, more = found[:PAGE_SIZE], found[PAGE_SIZE:]
    return TasksPage(
        lines=tuple(
            TaskLine(one, TASKS[one.kind], one.source_id is not None) for one in shown
        ),
        total=queries.count_owner_tasks(collection_slugs=slugs),
        cursor=cursor if after else "",
        next_cursor=cursor_of(shown[-1].opened_at, shown[-1].id) if more else "",
    )


def items_page(source_id: UUID, *, find: str, cursor: str) -> ItemsPage:
    """What a source holds, as far as its names hold `find`."""
    find, after = find.replace("\x00", ""), _opened_item(cursor)
    found = queries.items_of(
        source_id, name_contains=find, after=after, limit=PAGE_SIZE + 1
    )
    shown, more = found[:PAGE_SIZE], found[PAGE_SIZE:]
    return ItemsPage(
        lines=tuple((STATUSES[one.version_status], one) for one in shown),
        total=queries.count_items(source_id, name_contains=find),
        find=find,
        cursor=cursor if after else "",
        next_cursor=_item_cursor(shown[-1]) if more else "",
    )


def placeable_items(
    source_id: UUID, *, statuses: Collection[str], find: str
) -> Placeable:
    """The first of a source's files in these states whose names hold `find`."""
    find = find.replace("\x00", "")
    found = queries.items_of(
        source_id, statuses=statuses, name_contains=find, limit=MOST_PLACEABLE
    )
    total = queries.count_items(source_id, statuses=statuses, name_contains=find)
    return Placeable(tuple(found), total)


def _opened_task(cursor: str) -> TaskPosition | None:
    at, task_id = parts_of(cursor, number=2) or ("", "")
    moment = moment_of(at)
    is_known = task_id.isdecimal() or _is_uuid(task_id)
    return (moment, task_id) if moment and is_known else None


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _item_cursor(item: ItemView) -> str:
    return cursor_of(item.missing_since, item.changed_at, item.name)


def _opened_item(cursor: str) -> ItemPosition | None:
    gone, at, name = parts_of(cursor, number=3) or ("", "", "")
    changed = moment_of(at)
    return (moment_of(gone), changed, name) if changed else None
