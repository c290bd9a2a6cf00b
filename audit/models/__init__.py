"""The ledger's tables, a file for each concern.

Reading outside this package goes through `audit.queries`.
"""

from audit.models.custody import (
    Authorization,
    Erasure,
    HoldSeal,
    LegalHold,
    PrunedBlock,
    PrunedEntry,
    RetentionFloor,
)
from audit.models.exports import BreakGlass, Export
from audit.models.keys import DataKey, KeyHold, ReferenceKey, SubjectKey
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
from audit.models.verifying import VerificationRun
from audit.models.vouching import (
    Anchor,
    Cosignature,
    QuorumMet,
    Timestamp,
    VoucherHealth,
)

__all__ = [
    "Alarm",
    "Anchor",
    "Authorization",
    "BreakGlass",
    "Checkpoint",
    "ClosedQuery",
    "Cosignature",
    "DataKey",
    "Entry",
    "Erasure",
    "Export",
    "Head",
    "HoldSeal",
    "InboxEntry",
    "KeyHold",
    "LegalHold",
    "Payload",
    "PrunedBlock",
    "PrunedEntry",
    "QuorumMet",
    "ReferenceKey",
    "RetentionFloor",
    "Shard",
    "SubjectKey",
    "Tile",
    "Timestamp",
    "VerificationRun",
    "VoucherHealth",
]
