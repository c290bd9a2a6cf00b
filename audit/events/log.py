"""What happens to the log itself: its key, and its next shard."""

from dataclasses import dataclass

from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotated(Event):
    """The log goes on under another key; `statement` is a note that both signed."""

    type = EventType.LOG_KEY_ROTATED
    sentence = "The log's key was changed, asked by {requested_by}, by {approved_by}"
    old_vkey: str
    new_vkey: str
    statement: str
    authorization_id: str
    requested_by: str
    approved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardOpened(Event):
    """The first leaf of a new tree, which commits to what was signed of the last.

    `recovered_size` and `recovered_root` (hex) tell what the database then had of the
    tree before; the entries from index `lost_from` up to, not including, `lost_to` had
    been signed and were gone. `predecessor_vkey` signed that note last; `handover` is
    a note by the old key, if there still was one, and the new.
    """

    type = EventType.LOG_SHARD_OPENED
    sentence = "Shard {shard} of the log was opened at index {first_index}"
    shard: int
    origin: str
    vkey: str
    hash: str = "sha-256"
    first_index: int
    predecessor_note: str
    predecessor_vkey: str
    recovered_size: int
    recovered_root: str
    lost_from: int | None = None
    lost_to: int | None = None
    handover: str
    authorization_id: str
    requested_by: str
    approved_by: str
