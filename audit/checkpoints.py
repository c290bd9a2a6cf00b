"""Checkpoints as stored in the database, for whoever asks.

Promises nothing about them: a stored checkpoint counts only after its signature has
been checked, and counts against the database only when held outside of it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from audit.models import Checkpoint
from audit.models.log import FIRST_SHARD
from audit.notes import CheckpointText

_INSERT = """
INSERT INTO audit_checkpoint (shard, size, root, note, signed_at)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (shard, size) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class CheckpointView:
    """A checkpoint: what it says, and the signed note that says it.

    `size` counts the leaves of this shard.
    """

    shard: int
    origin: str
    size: int
    root: bytes
    note: str
    signed_at: datetime


def record(
    checkpoint: CheckpointText, note: str, *, at: datetime, shard: int = FIRST_SHARD
) -> None:
    """Store a signed checkpoint; one size has one checkpoint, so twice is once."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [shard, checkpoint.size, checkpoint.root, note, at])


def latest(*, shard: int | None = None) -> CheckpointView | None:
    """The largest of a shard, by default of the newest that has any."""
    rows = Checkpoint.objects.order_by("-shard", "-size")
    row = (rows if shard is None else rows.filter(shard=shard)).first()
    return None if row is None else view(row)


def view(row: Checkpoint) -> CheckpointView:
    return CheckpointView(
        shard=row.shard,
        origin=row.note.partition("\n")[0],
        size=row.size,
        root=bytes(row.root),
        note=row.note,
        signed_at=row.signed_at,
    )
