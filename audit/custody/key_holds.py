"""Legal holds as database `keys` knows them: rows that a trigger there asks.

Promises that a hold in force has its rows there, also for the keys that came under it
since, and that a row ends only with a token: the records give it out for a hold that
two people released, or that was never committed. What a version's hold covers is looked
up by an index, a stretch of the log at a time, and later rounds go on from where the
newest row says. Does not lock: whoever calls `align` or `mirror` has the lock of the
holds. Each row commits at once, whatever becomes of the caller's transaction.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import Error, connection, connections
from django.db.models import QuerySet

from audit.custody.scopes import Scope, ScopeKind
from audit.errors import LedgerUnavailable
from audit.models import KeyHold, LegalHold
from audit.sealing import KEYS

logger = logging.getLogger(__name__)

# Entries looked through by one statement: some megabytes of ids at the most.
STRETCH: Final = 1 << 17
# Of these a round looks again before it notes, in a row without keys, how far it was.
NOTED_EVERY: Final = 10_000
# Of a mirrored hold whose own transaction never committed.
NO_ENTRY: Final = UUID(int=0)

_LISTED: Final = frozenset({ScopeKind.QUESTION, ScopeKind.ENTRY, ScopeKind.VERSION})
_SEAL: Final = "SELECT audit_seal_hold(%s)"
_OPEN: Final = "SELECT audit_open_hold(%s)"
_END: Final = "SELECT first_index + size FROM audit_head"
_READING: Final = "SELECT audit_answers_reading(%s, %s, %s)"
_COVERED: Final = "SELECT audit_entries_under(%s, %s, %s)"
_HELD: Final = """
SELECT hold_id FROM audit_keyhold AS hold
WHERE released_at IS NULL AND (
    num_nonnulls(subject_id, key_ids, since, until) = 0
    OR subject_id = ANY(%(subjects)s::uuid[])
    OR EXISTS (
        SELECT FROM audit_datakey AS key
        WHERE (id = ANY(%(keys)s::uuid[]) OR subject_ids && %(subjects)s::uuid[])
          AND (hold.subject_id = ANY(key.subject_ids) OR key.id = ANY(hold.key_ids)
            OR (num_nonnulls(since, until) > 0
                AND audit_time_of_key(key.id) >= coalesce(since, '-infinity')
                AND audit_time_of_key(key.id) < coalesce(until, 'infinity')))))
"""
_MIRROR: Final = """
INSERT INTO audit_keyhold (id, hold_id, subject_id, key_ids, since, until, placed_at,
    covered_to, release_hash)
VALUES (%s, %s, %s, %s::uuid[], %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class _Covered:
    """Keys a scope covers, None for a kind that says so by itself.

    `covered_to`: every answer in the log before this index has been looked at.
    """

    key_ids: tuple[UUID, ...] | None = None
    covered_to: int | None = None


def seal(hold_id: UUID) -> bytes:
    """The hash of the token by which the hold will end there; the same each time."""
    return bytes(_one(_SEAL, [hold_id]) or b"")


def mirror(row: LegalHold, *, sealed_with: bytes) -> None:
    """Write down there all that a new hold covers. Raises LedgerUnavailable."""
    scope = Scope.from_words(row.kind, row.scope)
    for number, covered in enumerate(_covered(scope, since=0)):
        if covered.key_ids or covered.key_ids is None or number == 0:
            _insert(row, scope, covered, sealed_with)


def align(*, at: datetime) -> int:
    """Bring the rows there in line with the holds; how many of them changed.

    Raises LedgerUnavailable.
    """
    in_force = list(LegalHold.objects.filter(released_at=None))
    ended = _release_ended() + _release_never_committed(at)
    return ended + sum(_mirror_new(row) for row in in_force)


def release(row: LegalHold) -> int:
    """End there a hold that has been released; how many rows."""
    return _end(row.id, at=row.released_at, entry_id=row.released_entry_id)


def lost() -> list[UUID]:
    """Holds that only database `keys` knows: the other was restored, or is about to.

    They go on refusing. Placing the hold anew and having the owner of `keys` release
    the old rows ends that.
    """
    named = set(_ids(_in_force()))
    known = LegalHold.objects.filter(pk__in=named).values_list("pk", flat=True)
    return sorted(named - set(known))


def held(key_ids: Sequence[UUID], subject_ids: Sequence[UUID]) -> set[UUID]:
    """The holds by which database `keys` would refuse to destroy these keys.

    It may know one that the other database has lost. Raises LedgerUnavailable.
    """
    values = {"keys": list(key_ids), "subjects": list(subject_ids)}
    try:
        with connections[KEYS].cursor() as cursor:
            cursor.execute(_HELD, values)
            return {hold_id for (hold_id,) in cursor.fetchall()}
    except Error as error:
        raise LedgerUnavailable("database keys") from error


def _covered(scope: Scope, *, since: int) -> Iterator[_Covered]:
    """What comes under the scope from this index on, some of it at a time."""
    if scope.kind not in _LISTED:
        yield _Covered()
        return
    if scope.kind is not ScopeKind.VERSION:
        yield _Covered(_found(_COVERED, [scope.kind.value, scope.id, 0]))
        return
    end = _one(_END, []) or 0
    # After a restore of the records the log may end before where it was looked at.
    for start in range(since if since <= end else 0, end, STRETCH):
        upper = min(start + STRETCH, end)
        yield _Covered(_found(_READING, [scope.id, start, upper]), upper)
    # By one statement, what is in the inbox and what left it since `end` was read.
    yield _Covered(_found(_COVERED, [scope.kind.value, scope.id, end]), end)


def _mirror_new(row: LegalHold) -> int:
    scope = Scope.from_words(row.kind, row.scope)
    rows = _in_force().filter(hold_id=row.id, release_hash__isnull=False)
    places = list(rows.values_list("covered_to", flat=True))
    since = max((place or 0 for place in places), default=0)
    # An answer that waited in the inbox when a row was written is found again.
    known = _keys_in(rows.filter(covered_to=since) if since else rows)
    sealed_with = seal(row.id)
    written = 0
    for covered in _covered(scope, since=since):
        missing = _less(covered, known)
        if _is_worth_a_row(missing, since) or not (places or written):
            _insert(row, scope, missing, sealed_with)
            written += 1
            since = missing.covered_to or 0
    return written


def _is_worth_a_row(covered: _Covered, since: int) -> bool:
    far = (covered.covered_to or 0) - since >= NOTED_EVERY
    return bool(covered.key_ids) or far


def _less(covered: _Covered, known: set[UUID]) -> _Covered:
    if covered.key_ids is None:
        return covered
    missing = sorted(set(covered.key_ids) - known)
    return _Covered(tuple(missing), covered.covered_to)


def _insert(
    row: LegalHold, scope: Scope, covered: _Covered, sealed_with: bytes
) -> None:
    subject = scope.id if scope.kind is ScopeKind.SUBJECT else None
    keys = None if covered.key_ids is None else list(covered.key_ids)
    span = [scope.since, scope.until, row.placed_at]
    values: list[Any] = [uuid4(), row.id, subject, keys, *span]
    try:
        with connections[KEYS].cursor() as cursor:
            cursor.execute(_MIRROR, [*values, covered.covered_to, sealed_with])
    except Error as error:
        raise LedgerUnavailable("database keys") from error


def _release_ended() -> int:
    known = LegalHold.objects.filter(
        pk__in=set(_ids(_in_force())), released_at__isnull=False
    )
    return sum(release(row) for row in known)


def _release_never_committed(at: datetime) -> int:
    """Release what a crash left; what the records have no seal of was lost there."""
    ended = 0
    for hold_id in lost():
        if released := _end(hold_id, at=at, entry_id=NO_ENTRY):
            ended += released
        else:
            logger.error("hold %s stands in database keys alone: it was lost", hold_id)
    return ended


def _end(hold_id: UUID, *, at: datetime | None, entry_id: UUID | None) -> int:
    token = _one(_OPEN, [hold_id])
    if token is None:
        return 0
    return (
        _in_force()
        .filter(hold_id=hold_id)
        .update(released_at=at, release_entry_id=entry_id, release_token=bytes(token))
    )


def _in_force() -> QuerySet[KeyHold]:
    return KeyHold.objects.using(KEYS).filter(released_at__isnull=True)


def _ids(mirrored: QuerySet[KeyHold]) -> Iterable[UUID]:
    return mirrored.values_list("hold_id", flat=True).distinct()


def _keys_in(mirrored: QuerySet[KeyHold]) -> set[UUID]:
    lists = mirrored.values_list("key_ids", flat=True)
    return {key_id for key_ids in lists for key_id in key_ids or ()}


def _one(statement: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return row[0] if row else None


def _found(statement: str, values: list[Any]) -> tuple[UUID, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return tuple(entry_id for (entry_id,) in cursor.fetchall())
