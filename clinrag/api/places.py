"""Where the next page of a list goes on, as a cursor and back.

Promises: a cursor of another list, or of another source, is refused as CursorInvalid.
Will not: change what a cursor means that was given out.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from clinrag.api.cursors import open_cursor, seal_cursor
from ingestion.queries import ItemView, OwnerTaskView, ReminderView
from ingestion.queries.sources import ItemPosition, TaskPosition

ITEMS: Final = "source-items"
TASKS: Final = "owner-tasks"
REMINDERS: Final = "reminders"


def item_cursor(source_id: UUID, shown: Sequence[ItemView]) -> str:
    """What continues behind the last of these."""
    last = shown[-1]
    gone = last.missing_since.isoformat() if last.missing_since else ""
    return seal_cursor(
        f"{ITEMS}:{source_id}", gone, last.changed_at.isoformat(), last.name
    )


def item_position(source_id: UUID, cursor: str | None) -> ItemPosition | None:
    """Raises CursorInvalid."""
    if cursor is None:
        return None
    gone, changed, name = open_cursor(f"{ITEMS}:{source_id}", cursor)
    since = datetime.fromisoformat(gone) if gone else None
    return since, datetime.fromisoformat(changed), name


def task_cursor(shown: Sequence[OwnerTaskView]) -> str:
    """What continues behind the last of these."""
    return seal_cursor(TASKS, shown[-1].opened_at.isoformat(), shown[-1].id)


def task_position(cursor: str | None) -> TaskPosition | None:
    """Raises CursorInvalid."""
    if cursor is None:
        return None
    moment, last = open_cursor(TASKS, cursor)
    return datetime.fromisoformat(moment), last


def reminder_cursor(shown: Sequence[ReminderView]) -> str:
    """What continues behind the last of these."""
    last = shown[-1]
    day = last.review_by.isoformat()
    return seal_cursor(REMINDERS, day, last.document_title, str(last.id))


def reminder_position(cursor: str | None) -> tuple[date, str, int] | None:
    """Raises CursorInvalid."""
    if cursor is None:
        return None
    day, title, last = open_cursor(REMINDERS, cursor)
    return date.fromisoformat(day), title, int(last)
