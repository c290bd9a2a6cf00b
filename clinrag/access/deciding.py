"""Who decides about what needs two people: one table for pages and REST alike.

Promises nothing about whether they are two: `audit.custody` and the database hold that,
whatever anybody was let through to.
"""

from collections.abc import Mapping
from typing import Final

from audit.custody.authorizations import Action
from clinrag.access.roles import Permission

# Whoever decides about content has the right to let it leave; the log's own key and
# shards are the operators' work too.
_CONTENT: Final = (Permission.EXPORT_LEDGER,)
_LOG: Final = (Permission.EXPORT_LEDGER, Permission.ADMINISTER)
DECIDERS: Final[Mapping[Action, tuple[Permission, ...]]] = {
    Action.EXPORT: _CONTENT,
    Action.ERASURE: _CONTENT,
    Action.PRUNING: _CONTENT,
    Action.HOLD_RELEASE: _CONTENT,
    Action.KEY_ROTATION: _LOG,
    Action.SHARD_OPENING: _LOG,
}


def may_decide(action: Action, permissions: frozenset[Permission]) -> bool:
    """Whether somebody with these permissions asks for it and decides about it."""
    return bool(permissions.intersection(DECIDERS[action]))


def may_see(permissions: frozenset[Permission]) -> frozenset[Action]:
    """The actions about which somebody with these permissions decides or reads."""
    if Permission.READ_LEDGER in permissions:
        return frozenset(Action)
    return frozenset(one for one in Action if may_decide(one, permissions))
