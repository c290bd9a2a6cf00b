"""Reading the ledger: entries, proofs, and how the ledger itself is doing.

Promises plain values that outlive the database, and proofs that were checked against
their checkpoint before they were handed out. Opens no sealed content: that is
`audit.disclosure`, and leaves an entry.
"""

from audit.queries.entries import (
    EntryView,
    entries,
    entries_after,
    entry,
    open_queries,
    terminal_entry,
)
from audit.queries.proofs import (
    ConsistencyProof,
    InclusionProof,
    consistency_proof,
    inclusion_proof,
    latest_checkpoint,
    signed_checkpoints,
    wait_for_proof,
)
from audit.queries.state import (
    AlarmView,
    LedgerState,
    alarms,
    check_can_record,
    ledger_state,
)

__all__ = [
    "AlarmView",
    "ConsistencyProof",
    "EntryView",
    "InclusionProof",
    "LedgerState",
    "alarms",
    "check_can_record",
    "consistency_proof",
    "entries",
    "entries_after",
    "entry",
    "inclusion_proof",
    "latest_checkpoint",
    "ledger_state",
    "open_queries",
    "signed_checkpoints",
    "terminal_entry",
    "wait_for_proof",
]
