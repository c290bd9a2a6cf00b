"""How the ledger itself is doing, and whether it could record now.

Promises figures from one look each, not from one moment: the log grows meanwhile.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import Error, connection, connections
from django.db.models import Q

from audit import checkpoints, sealing
from audit.checkpoints import CheckpointView
from audit.errors import InboxTooDeep, LedgerUnavailable
from audit.models import Alarm, Head, InboxEntry
from audit.queries.entries import view

# Asked each time: that costs no round trip, and a session may change it at any moment.
_CAN_RECORD: Final = """
SELECT current_setting('transaction_read_only'), current_setting('synchronous_commit'),
       current_setting('fsync'),
       (SELECT count(*) FROM (SELECT FROM audit_inboxentry LIMIT %s) AS waiting)
"""
_CAN_KEEP_KEYS: Final = """
SELECT current_setting('transaction_read_only'), current_setting('synchronous_commit'),
       current_setting('fsync')
"""


@dataclass(frozen=True, slots=True)
class LedgerState:
    """How far the parts of the ledger are; `alarms` those that stand.

    `tree_size` and `signed_size` are those of the newest shard, whose leaf 0 is the
    entry with index `first_index`.
    """

    inbox_depth: int
    oldest_inbox_at: datetime | None
    tree_size: int
    signed_size: int
    alarms: tuple[str, ...]
    shard: int
    first_index: int


@dataclass(frozen=True, slots=True)
class AlarmView:
    """A refusal by the signer."""

    kind: str
    detail: str
    tree_size: int
    raised_at: datetime


def alarms(*, limit: int = 100) -> list[AlarmView]:
    """The signer's refusals, newest first; they are kept for good."""
    return [
        AlarmView(row.kind, row.detail, row.tree_size, row.raised_at)
        for row in Alarm.objects.order_by("-id")[:limit]
    ]


def ledger_state() -> LedgerState:
    """How far each part is now; of the newest shard."""
    head = Head.objects.first() or Head()
    checkpoint = checkpoints.latest(shard=head.shard)
    return LedgerState(
        inbox_depth=InboxEntry.objects.count(),
        oldest_inbox_at=_oldest_inbox_at(),
        tree_size=head.size,
        signed_size=0 if checkpoint is None else checkpoint.size,
        alarms=_standing_alarms(checkpoints.latest()),
        shard=head.shard,
        first_index=head.first_index,
    )


def check_can_record() -> None:
    """Raise LedgerUnavailable, or InboxTooDeep, unless an entry could be written.

    And kept: what a database has not brought to its disk when it says "committed" can
    be gone after a power cut, while the answer it records has left.
    """
    limit: int = settings.CLINRAG_INBOX_LIMIT
    sealing.key_wrapper().check()
    try:
        with connection.cursor() as cursor:
            cursor.execute(_CAN_RECORD, [limit])
            *records, depth = cursor.fetchone()
        with connections[sealing.KEYS].cursor() as cursor:
            cursor.execute(_CAN_KEEP_KEYS)
            keys = cursor.fetchone()
    except Error as error:
        raise LedgerUnavailable(type(error).__name__) from error
    _check_durable(*records)
    _check_durable(*keys)
    if depth >= limit:
        raise InboxTooDeep


def _check_durable(read_only: str, synchronous_commit: str, fsync: str) -> None:
    if read_only != "off":
        raise LedgerUnavailable("read-only")
    if synchronous_commit == "off":
        raise LedgerUnavailable("synchronous_commit is off")
    if fsync == "off" and not settings.CLINRAG_FSYNC_MAY_BE_OFF:
        raise LedgerUnavailable("fsync is off")


def _oldest_inbox_at() -> datetime | None:
    oldest = InboxEntry.objects.order_by("arrival").first()
    if oldest is None:
        return None
    return view(oldest, None).at


def _standing_alarms(newest: CheckpointView | None) -> tuple[str, ...]:
    """Alarms since which the signer has signed no larger tree.

    Not merely those raised after the newest checkpoint: a signer that refuses a
    restored backup has put its last one back just before.
    """
    rows = Alarm.objects.order_by("id")
    if newest is not None:
        outgrown = Q(shard__lt=newest.shard) | Q(
            shard=newest.shard, tree_size__lt=newest.size
        )
        rows = rows.exclude(outgrown, raised_at__lte=newest.signed_at)
    return tuple(dict.fromkeys(rows.values_list("kind", flat=True)))
