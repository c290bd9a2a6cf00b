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
    InclusionProof,
    inclusion_proof,
    latest_checkpoint,
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
    "EntryView",
    "InclusionProof",
    "LedgerState",
    "alarms",
    "check_can_record",
    "entries",
    "entries_after",
    "entry",
    "inclusion_proof",
    "latest_checkpoint",
    "ledger_state",
    "open_queries",
    "terminal_entry",
    "wait_for_proof",
]
