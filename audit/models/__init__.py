"""The ledger's tables, a file for each concern.

Reading outside this package goes through `audit.queries`.
"""

from audit.models.custody import Authorization
from audit.models.keys import DataKey
from audit.models.log import (
    Alarm,
    Checkpoint,
    ClosedQuery,
    Entry,
    Head,
    InboxEntry,
    Payload,
    Shard,
    Tile,
)

__all__ = [
    "Alarm",
    "Authorization",
    "Checkpoint",
    "ClosedQuery",
    "DataKey",
    "Entry",
    "Head",
    "InboxEntry",
    "Payload",
    "Shard",
    "Tile",
]
