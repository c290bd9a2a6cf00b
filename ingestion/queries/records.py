"""Holds, corrections and reminders for readers.

Promises: frozen values, oldest first. Will not: decide who may see what.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ingestion.models import VersionHold


@dataclass(frozen=True, slots=True)
class HoldView:
    """Why a version waits, and what was decided; `decision` is empty until then."""

    id: UUID
    version_id: UUID
    code: str
    findings: tuple[tuple[str, int], ...]
    held_at: datetime
    held_by: str
    decision: str
    reason: str
    decided_at: datetime | None
    decided_by: str
    decided_by_name: str


def holds_of(version_id: UUID) -> list[HoldView]:
    """Every hold of a version, in the order they were placed."""
    rows = VersionHold.objects.filter(version_id=version_id).order_by("held_at", "id")
    return [_hold_view(row) for row in rows]


def _hold_view(row: VersionHold) -> HoldView:
    return HoldView(
        id=row.id,
        version_id=row.version_id,
        code=row.code,
        findings=tuple(sorted(row.findings.items())),
        held_at=row.held_at,
        held_by=row.held_by,
        decision=row.decision,
        reason=row.reason,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        decided_by_name=row.decided_by_name,
    )
