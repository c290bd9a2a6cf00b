"""The sequencer: gives committed entries their index, one batch at a time.

Promises dense indices, an order that never changes, and a tree that fits the entries,
since all of a batch is one transaction. One leader works at a time, held by an advisory
lock; a leader that was paused past its time is fenced by the epoch in the head row.
Trusts the database; the signer does not trust the sequencer. Signs nothing.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from threading import Event
from typing import Final

from django.conf import settings
from django.db import Error, connection, transaction

from audit.errors import Fenced, LedgerCorrupt
from audit.merkle import EMPTY_ROOT, Frontier
from audit.models import Head
from audit.patience import Backoff
from audit.sequencing.openings import open_shard, waiting_opening
from audit.sequencing.partitions import Room
from audit.shards import SEQUENCER_LOCK
from audit.tiles import Tree, write_full_tiles

logger = logging.getLogger(__name__)

BATCH_LIMIT: Final = 4000
PERMISSION_DENIED: Final = "42501"  # PostgreSQL, appendix A: insufficient_privilege
RIGHTS: Final = {
    "audit_inboxentry": ("SELECT", "DELETE"),
    "audit_entry": ("SELECT", "INSERT"),
    "audit_tile": ("SELECT", "INSERT"),
    "audit_shard": ("SELECT", "INSERT"),
    "audit_head": ("SELECT", "INSERT", "UPDATE"),
}
IDLE_SECONDS: Final = 0.05
STANDBY_SECONDS: Final = 1.0

_CREATE_HEAD: Final = """
INSERT INTO audit_head (id, epoch, size, root, frontier) VALUES (1, 0, 0, %s, '')
ON CONFLICT (id) DO NOTHING
"""
_CREATE_FIRST_SHARD: Final = """
INSERT INTO audit_shard
    (number, origin, vkey, hash, first_index, opened_at, predecessor_note)
VALUES (1, %s, %s, 'sha-256', 0, now(), '') ON CONFLICT (number) DO NOTHING
"""
_NEXT_EPOCH: Final = "UPDATE audit_head SET epoch = epoch + 1 RETURNING epoch"
_WAITING: Final = """
SELECT arrival, leaf_hash FROM audit_inboxentry ORDER BY arrival LIMIT %s
"""
_MOVE: Final = """
INSERT INTO audit_entry
    (index, entry_id, body, leaf_hash, type, at, actor_id, query_id)
SELECT %s + waiting.place - 1, inbox.entry_id, inbox.body, inbox.leaf_hash,
       described.type, described.at, described.actor_id, described.query_id
FROM unnest(%s::bigint[]) WITH ORDINALITY AS waiting (arrival, place)
JOIN audit_inboxentry AS inbox USING (arrival)
CROSS JOIN LATERAL audit_describe(inbox.body) AS described
ORDER BY waiting.place
"""
_LACKING: Final = """
SELECT wanted.right || ' on ' || wanted.table
FROM unnest(%s::text[], %s::text[]) AS wanted ("table", "right")
WHERE NOT has_table_privilege(wanted.table, wanted.right)
"""
_REMOVE: Final = "DELETE FROM audit_inboxentry WHERE arrival = ANY(%s)"


def take_lead() -> int | None:
    """Become the leader and return the new epoch; None if another session leads.

    The lock lasts as long as the database session, so a dead leader holds nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [SEQUENCER_LOCK])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(_CREATE_HEAD, [EMPTY_ROOT])
        known = [settings.CLINRAG_LOG_ORIGIN, settings.CLINRAG_SIGNER_PUBLIC_KEY]
        cursor.execute(_CREATE_FIRST_SHARD, known)
        cursor.execute(_NEXT_EPOCH)
        epoch: int = cursor.fetchone()[0]
        return epoch


def give_up_lead() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [SEQUENCER_LOCK])


def sequence_batch(epoch: int, *, at: datetime, limit: int = BATCH_LIMIT) -> int:
    """Move up to `limit` committed entries into the log; returns how many.

    Raises Fenced if another leader has taken over since `epoch`.
    """
    if not _anything_waiting():
        return 0
    with transaction.atomic():
        head = _lock_head(epoch)
        opening = waiting_opening(head)
        if opening is None:
            waiting = _waiting(limit)
        else:
            head = open_shard(head, opening, at=at)
            waiting = [(opening.arrival, opening.leaf_hash)]
        _move([arrival for arrival, _ in waiting], head.first_index + head.size)
        frontier = _frontier(head).extend(leaf_hash for _, leaf_hash in waiting)
        tree = Tree(head.shard, head.first_index)
        write_full_tiles(head.size, frontier.size, tree=tree)
        _advance(head, frontier, at=at)
    return len(waiting)


def drain(*, at: datetime) -> int:
    """Sequence everything that waits, as leader for the moment; returns how many.

    For commands and tests. Raises Fenced if another sequencer leads.
    """
    epoch = take_lead()
    if epoch is None:
        raise Fenced
    total = 0
    try:
        Room().see_to(at=at)
        while moved := sequence_batch(epoch, at=at):
            total += moved
    finally:
        give_up_lead()
    return total


def run(stop: Event, *, now: Callable[[], datetime]) -> None:
    """Lead, or stand by to lead, until `stop` is set; survives database restarts."""
    backoff = Backoff(stop)
    while not stop.is_set():
        try:
            _lead(stop, now=now, backoff=backoff)
        except LedgerCorrupt as error:
            logger.critical("The sequencer refuses", extra={"alarm": error.code})
            backoff.wait()
        except (Error, Fenced) as error:
            _tell_of(error)
            backoff.wait()
        finally:
            connection.close()


def _lead(stop: Event, *, now: Callable[[], datetime], backoff: Backoff) -> None:
    epoch = take_lead()
    if epoch is None:
        stop.wait(STANDBY_SECONDS)
        return
    logger.info("The sequencer leads", extra={"epoch": epoch})
    room = Room()
    while not stop.is_set():
        at = now()
        room.see_to(at=at)
        moved = sequence_batch(epoch, at=at)
        room.fill(moved)
        backoff.reset()
        if moved:
            logger.debug("Entries sequenced", extra={"entries": moved})
        if moved < BATCH_LIMIT:
            stop.wait(IDLE_SECONDS)


def _tell_of(error: Exception) -> None:
    if missing := _missing_right(error):
        logger.critical(missing, extra={"alarm": "right_missing"})
        return
    code = getattr(error, "code", type(error).__name__)
    logger.warning("The sequencer lost its lead", extra={"code": code})


def _missing_right(error: Exception) -> str | None:
    """Which role lacks what, in a sentence of names only; None for another error."""
    if getattr(error.__cause__, "sqlstate", None) != PERMISSION_DENIED:
        return None
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            (role,) = cursor.fetchone()
            pairs = [(t, right) for t, rights in RIGHTS.items() for right in rights]
            cursor.execute(_LACKING, [list(part) for part in zip(*pairs, strict=True)])
            lacking = ", ".join(what for (what,) in cursor.fetchall())
    except Error:
        return None
    return (
        f"The sequencer's database role {role} lacks {lacking or 'a right'}:"
        " run it as clinrag_sequencer, or give the rights in deploy/sql/grants.sql"
    )


def _anything_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM audit_inboxentry)")
        return bool(cursor.fetchone()[0])


def _lock_head(epoch: int) -> Head:
    """Hold the head row until the commit, so that a rival's new epoch waits."""
    head = Head.objects.select_for_update().filter(epoch=epoch).first()
    if head is None:
        raise Fenced
    return head


def _waiting(limit: int) -> list[tuple[int, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [limit])
        return [(arrival, bytes(leaf_hash)) for arrival, leaf_hash in cursor.fetchall()]


def _move(arrivals: list[int], start: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [start, arrivals])
        if cursor.rowcount != len(arrivals):
            raise LedgerCorrupt("inbox")
        cursor.execute(_REMOVE, [arrivals])


def _frontier(head: Head) -> Frontier:
    try:
        return Frontier.from_bytes(head.size, bytes(head.frontier))
    except ValueError as error:
        raise LedgerCorrupt("head") from error


def _advance(head: Head, frontier: Frontier, *, at: datetime) -> None:
    here = {"epoch": head.epoch, "shard": head.shard, "size": head.size}
    changed = Head.objects.filter(**here).update(
        size=frontier.size,
        root=frontier.root(),
        frontier=frontier.to_bytes(),
        advanced_at=at,
    )
    if not changed:
        raise Fenced
