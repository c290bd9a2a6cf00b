"""To what a request about the log itself applies: exactly what its command will claim.

Promises nothing about whether the change is due; two people say that.
"""

from audit.custody.authorizations import Action
from audit.queries import ledger_state
from audit.shards import opening_scope, shards
from audit.signing.changes import origin_of, rotation_scope


def scope_of_change(action: Action) -> dict[str, str]:
    """The newest shard's name for a new key, its number for the shard after it."""
    shard = ledger_state().shard
    if action is Action.SHARD_OPENING:
        return opening_scope(shard)
    known = shards()
    return rotation_scope(known[-1].origin if known else origin_of(shard))
