"""Checkpoints as stored in the database, for whoever asks.

Promises nothing about them: a stored checkpoint counts only after its signature has
been checked, and counts against the database only when held outside of it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from audit.models import Checkpoint
from audit.notes import CheckpointText

_INSERT = """
INSERT INTO audit_checkpoint (size, root, note, signed_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (size) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class CheckpointView:
    """A checkpoint: what it says, and the signed note that says it."""

    origin: str
    size: int
    root: bytes
    note: str
    signed_at: datetime


def record(checkpoint: CheckpointText, note: str, *, at: datetime) -> None:
    """Store a signed checkpoint; one size has one checkpoint, so twice is once."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [checkpoint.size, checkpoint.root, note, at])


def latest() -> CheckpointView | None:
    row = Checkpoint.objects.order_by("-size").first()
    return None if row is None else view(row)


def view(row: Checkpoint) -> CheckpointView:
    return CheckpointView(
        origin=row.note.partition("\n")[0],
        size=row.size,
        root=bytes(row.root),
        note=row.note,
        signed_at=row.signed_at,
    )
