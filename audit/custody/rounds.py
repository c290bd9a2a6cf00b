"""What time brings about in custody, done by a process that runs every minute.

Each part is safe to run twice and at once; what fails is done by the next round.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from audit.actors import Actor, ActorKind
from audit.custody import authorizations, break_glass, erasure, holds

CUSTODIAN: Final = Actor(ActorKind.SYSTEM, "task:custody", "Custody", "task")


@dataclass(frozen=True, slots=True)
class Round:
    """How many of each were done."""

    mirrored: int
    expired: int
    ended: int
    checked: int
    overdue: int


def keep(*, at: datetime) -> Round:
    """Mirror holds, close old requests, end and check erasures, tell late reviews.

    Raises LedgerUnavailable.
    """
    return Round(
        mirrored=holds.mirror(at=at),
        expired=authorizations.expire_old(by=CUSTODIAN, at=at),
        ended=erasure.resume(by=CUSTODIAN, at=at),
        checked=erasure.check_due(by=CUSTODIAN, at=at),
        overdue=break_glass.tell_overdue(by=CUSTODIAN, at=at),
    )
