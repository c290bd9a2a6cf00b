"""Break-glass: one answer, opened in an emergency by somebody without the permission.

Promises that an entry with the reader, and his reason sealed, is committed before the
content is opened; that the opening ends by itself; and that a second person's review is
due, stays visible until there is one, and is told by an entry if it is late. Opens
nothing itself and does not know who lacks which permission: the edge does. Cannot tell
a true emergency from a told one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor, ActorKind
from audit.errors import (
    BreakGlassReviewed,
    BreakGlassUnknown,
    FindingUnknown,
    ReaderIsNotAPerson,
    ReasonMissing,
    ReviewerIsReader,
)
from audit.events import GlassBroken, GlassReviewed, GlassReviewOverdue
from audit.identifiers import new_id
from audit.models import BreakGlass

OPEN_FOR: Final = timedelta(hours=1)
REVIEW_WITHIN: Final = timedelta(hours=72)
LONGEST_REASON: Final = 2_000


class Finding(StrEnum):
    """How a review ends."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


@dataclass(frozen=True, slots=True)
class BreakGlassView:
    """An emergency access as it stands; the reason is sealed in `opened_entry_id`."""

    id: UUID
    answer_id: UUID
    entry_ids: tuple[UUID, ...]
    opened_by: str
    opened_by_name: str
    opened_at: datetime
    opened_entry_id: UUID
    expires_at: datetime
    review_due_at: datetime
    reviewed_by: str | None
    reviewed_by_name: str | None
    reviewed_at: datetime | None
    finding: Finding | None


def break_glass(
    answer_id: UUID,
    *,
    entry_ids: Sequence[UUID],
    reason: str,
    by: Actor,
    at: datetime,
) -> BreakGlassView:
    """Record that a person opens this answer; on return he may, for an hour.

    Runs its own transaction, so that it is durable before anything is read. Raises
    ReaderIsNotAPerson, ReasonMissing, or what the ledger raises.
    """
    _check_person(by)
    _check_words(reason)
    break_glass_id = new_id(at)
    expires_at, review_due_at = at + OPEN_FOR, at + REVIEW_WITHIN
    broken = GlassBroken(
        break_glass_id=str(break_glass_id),
        answer_id=str(answer_id),
        entry_ids=tuple(str(entry_id) for entry_id in entry_ids),
        expires_at=_moment(expires_at),
        review_due_at=_moment(review_due_at),
    )
    with transaction.atomic(durable=True):
        receipt = ledger.append(broken, by=by, at=at, sealed={"reason": reason})
        row = BreakGlass.objects.create(
            id=break_glass_id,
            answer_id=answer_id,
            entry_ids=[str(entry_id) for entry_id in entry_ids],
            opened_by=by.id,
            opened_by_name=by.name,
            opened_at=at,
            opened_entry_id=receipt.entry_id,
            expires_at=expires_at,
            review_due_at=review_due_at,
        )
    return _view(row)


def review(
    break_glass_id: UUID, *, finding: str, note: str, by: Actor, at: datetime
) -> BreakGlassView:
    """Close an emergency access with a second person's judgement.

    Raises BreakGlassUnknown, BreakGlassReviewed, ReviewerIsReader, ReaderIsNotAPerson,
    FindingUnknown, ReasonMissing, or what the ledger raises.
    """
    _check_person(by)
    _check_words(note)
    if finding not in set(Finding):
        raise FindingUnknown
    with transaction.atomic():
        row = _locked(break_glass_id, by=by)
        reviewed = GlassReviewed(
            break_glass_id=str(row.id),
            answer_id=str(row.answer_id),
            opened_by=row.opened_by,
            finding=finding,
        )
        receipt = ledger.append(reviewed, by=by, at=at, sealed={"note": note})
        row.reviewed_by, row.reviewed_by_name = by.id, by.name
        row.reviewed_at, row.finding = at, finding
        row.reviewed_entry_id = receipt.entry_id
        row.save(
            update_fields=[
                "reviewed_by",
                "reviewed_by_name",
                "reviewed_at",
                "finding",
                "reviewed_entry_id",
            ]
        )
    return _view(row)


def standing(answer_id: UUID, *, by: Actor, at: datetime) -> BreakGlassView | None:
    """The emergency access under which this person may read the answer now."""
    rows = BreakGlass.objects.filter(
        answer_id=answer_id, opened_by=by.id, opened_at__lte=at, expires_at__gt=at
    )
    row = rows.order_by("-opened_at").first()
    return None if row is None else _view(row)


def by_id(break_glass_id: UUID) -> BreakGlassView:
    """The emergency access as it stands. Raises BreakGlassUnknown."""
    row = BreakGlass.objects.filter(pk=break_glass_id).first()
    if row is None:
        raise BreakGlassUnknown
    return _view(row)


def unreviewed(*, limit: int = 100) -> list[BreakGlassView]:
    """Emergency accesses that nobody has reviewed, the one due first in front."""
    rows = BreakGlass.objects.filter(reviewed_by__isnull=True)
    return [_view(row) for row in rows.order_by("review_due_at")[:limit]]


def overdue(*, at: datetime, limit: int = 100) -> list[BreakGlassView]:
    """Those of `unreviewed` whose review should have been by now."""
    rows = BreakGlass.objects.filter(reviewed_by__isnull=True, review_due_at__lt=at)
    return [_view(row) for row in rows.order_by("review_due_at")[:limit]]


def tell_overdue(*, by: Actor, at: datetime, limit: int = 100) -> int:
    """Write down which reviews were not made in time, each once; how many."""
    rows = BreakGlass.objects.select_for_update(skip_locked=True)
    with transaction.atomic():
        late = rows.filter(
            reviewed_by__isnull=True,
            overdue_entry_id__isnull=True,
            review_due_at__lt=at,
        )
        found = list(late.order_by("review_due_at")[:limit])
        for row in found:
            overdue_review = GlassReviewOverdue(
                break_glass_id=str(row.id),
                answer_id=str(row.answer_id),
                opened_by=row.opened_by,
                review_due_at=_moment(row.review_due_at),
            )
            row.overdue_entry_id = ledger.append(overdue_review, by=by, at=at).entry_id
            row.save(update_fields=["overdue_entry_id"])
    return len(found)


def recent(*, limit: int = 100) -> list[BreakGlassView]:
    """Emergency accesses, reviewed or not, newest first."""
    return [_view(row) for row in BreakGlass.objects.order_by("-opened_at")[:limit]]


def _check_person(by: Actor) -> None:
    if by.kind is not ActorKind.PERSON:
        raise ReaderIsNotAPerson


def _check_words(words: str) -> None:
    if not words.strip() or len(words) > LONGEST_REASON or "\x00" in words:
        raise ReasonMissing


def _locked(break_glass_id: UUID, *, by: Actor) -> BreakGlass:
    rows = BreakGlass.objects.select_for_update()
    row = rows.filter(pk=break_glass_id).first()
    if row is None:
        raise BreakGlassUnknown
    if row.opened_by == by.id:
        raise ReviewerIsReader
    if row.reviewed_by is not None:
        raise BreakGlassReviewed
    return row


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _view(row: BreakGlass) -> BreakGlassView:
    return BreakGlassView(
        id=row.id,
        answer_id=row.answer_id,
        entry_ids=tuple(UUID(entry_id) for entry_id in row.entry_ids),
        opened_by=row.opened_by,
        opened_by_name=row.opened_by_name,
        opened_at=row.opened_at,
        opened_entry_id=row.opened_entry_id,
        expires_at=row.expires_at,
        review_due_at=row.review_due_at,
        reviewed_by=row.reviewed_by,
        reviewed_by_name=row.reviewed_by_name,
        reviewed_at=row.reviewed_at,
        finding=None if row.finding is None else Finding(row.finding),
    )
