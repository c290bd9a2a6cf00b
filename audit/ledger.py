"""Writing an entry: the only door into the ledger.

Promises that the entry commits or rolls back together with the caller's transaction,
holds no sealed text, and has its canonical bytes fixed before it is stored. Gives no
index: the sequencer does, and only to what was committed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.actors import Actor
from audit.events import Event


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the writer keeps: it proves the entry once a checkpoint covers it."""

    entry_id: UUID
    leaf_hash: bytes
    recorded_at: datetime


def append(
    event: Event,
    *,
    by: Actor,
    at: datetime,
    sealed: Mapping[str, str] | None = None,
) -> Receipt:
    """Record that `event` happened, in the caller's transaction on `default`."""
    raise NotImplementedError
