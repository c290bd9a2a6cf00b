"""Legal holds: what may be neither erased nor pruned, until two people release it.

Promises that a hold, once `place` returned, keeps every key under it: it stands in
`default`, where pruning asks, and is mirrored into database `keys` (`key_holds`),
where a trigger refuses to destroy a key. Placing, releasing, erasing and pruning wait
for each other by one lock in `default`, so a hold comes wholly before an erasure or
wholly after it. Cannot bring back what was erased before.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from audit import ledger
from audit.actors import Actor, ActorKind
from audit.custody import authorizations, key_holds
from audit.custody.authorizations import Action, AuthorizationView, Signatory
from audit.custody.errors import HoldUnknown, ScopeInvalid
from audit.custody.scopes import Scope, spans
from audit.errors import AuthorizationInvalid, DeciderIsNotAPerson
from audit.events import HoldPlaced, HoldReleased
from audit.identifiers import new_id
from audit.models import DataKey, LegalHold
from audit.sealing import KEYS

LONGEST_REASON: Final = 2_000
_LOCK: Final = "SELECT pg_advisory_xact_lock(5201730043)"
_HELD: Final = "SELECT entry_id, hold_id FROM audit_held_entries(%s::uuid[])"


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold as it stands."""

    id: UUID
    scope: Scope
    reason: str
    placed_by: Signatory
    placed_at: datetime
    released_at: datetime | None


def place(scope: Scope, *, reason: str, by: Actor, at: datetime) -> HoldView:
    """Hold what the scope covers, now and as more comes; one person may.

    Raises DeciderIsNotAPerson, AuthorizationInvalid, ScopeInvalid for a span without
    a moment in it, or what the ledger raises. Whether a version exists is for who asks
    to know: the ledger does not.
    """
    if by.kind is not ActorKind.PERSON:
        raise DeciderIsNotAPerson
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise AuthorizationInvalid("reason")
    if not spans(scope.since, scope.until):
        raise ScopeInvalid
    hold_id = new_id(at)
    # Committed by itself: what stands in `keys` for a hold that is never committed
    # could not be released without it.
    seal = key_holds.seal(hold_id)
    with transaction.atomic(durable=True):
        lock()
        row = _record(hold_id, scope, reason=reason, by=by, at=at)
        # Last, for it commits at once: a hold too many in `keys` harms nobody and is
        # released by `mirror` soon; without one a key could be destroyed there.
        key_holds.mirror(row, sealed_with=seal)
    return _view(row)


def request_release(
    hold_id: UUID, *, reason: str, by: Actor, at: datetime
) -> AuthorizationView:
    """Ask a second person to agree that the hold ends. Raises HoldUnknown."""
    _active(hold_id)
    return authorizations.request(
        Action.HOLD_RELEASE, scope={"hold": str(hold_id)}, reason=reason, by=by, at=at
    )


def release(
    hold_id: UUID, *, authorization_id: UUID, by: Actor, at: datetime
) -> HoldView:
    """End the hold on the word of two people. Raises HoldUnknown, NotAuthorized."""
    with transaction.atomic(durable=True):
        lock()
        row = _active(hold_id)
        authorizations.claim(
            authorization_id,
            action=Action.HOLD_RELEASE,
            scope={"hold": str(hold_id)},
            by=by,
            at=at,
        )
        event = HoldReleased(**_told(row), authorization_id=str(authorization_id))
        row.released_entry_id = ledger.append(event, by=by, at=at).entry_id
        row.released_at, row.authorization_id = at, authorization_id
        row.save(update_fields=["released_at", "released_entry_id", "authorization_id"])
    # After the commit: what is released here but not yet there is still safe.
    key_holds.release(row)
    return _view(row)


def mirror(*, at: datetime) -> int:
    """Bring database `keys` in line with the holds; how many of its rows changed.

    For what a crash left undone, and for keys that came under a hold since. A hold that
    this database has lost goes on in `keys`, and an error in the log says so each time.
    """
    with transaction.atomic(durable=True):
        lock()
        return key_holds.align(at=at)


def lock() -> None:
    """Wait for whoever places, releases, erases or prunes, until this commits."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)


def held_among(entry_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Of these entries those under a hold, and under which."""
    found: dict[UUID, set[UUID]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [list(entry_ids)])
        for entry_id, hold_id in cursor.fetchall():
            found.setdefault(entry_id, set()).add(hold_id)
    for entry_id, hold_ids in _held_by_subject(entry_ids).items():
        found.setdefault(entry_id, set()).update(hold_ids)
    return {entry_id: frozenset(holds) for entry_id, holds in found.items()}


def is_held(entry_ids: Collection[UUID]) -> bool:
    """Whether a hold covers any of these entries."""
    return bool(held_among(entry_ids))


def holds_on_subject(subject_id: UUID) -> list[UUID]:
    """The holds that name this subject or everything."""
    rows = LegalHold.objects.filter(released_at__isnull=True)
    named = rows.filter(kind="subject", scope={"subject": str(subject_id)})
    every = rows.filter(kind="everything")
    return [row.id for row in named.union(every)]


def active(limit: int) -> list[HoldView]:
    """Holds in force, newest first."""
    rows = LegalHold.objects.filter(released_at__isnull=True)
    return [_view(row) for row in rows.order_by("-placed_at")[:limit]]


def recent(limit: int) -> list[HoldView]:
    """Holds in force or released, newest first."""
    return [_view(row) for row in LegalHold.objects.order_by("-placed_at")[:limit]]


def by_id(hold_id: UUID) -> HoldView:
    """The hold as it stands. Raises HoldUnknown."""
    row = LegalHold.objects.filter(pk=hold_id).first()
    if row is None:
        raise HoldUnknown
    return _view(row)


def _record(
    hold_id: UUID, scope: Scope, *, reason: str, by: Actor, at: datetime
) -> LegalHold:
    words = scope.as_words()
    placed = HoldPlaced(
        hold_id=str(hold_id), kind=scope.kind.value, scope=tuple(sorted(words.items()))
    )
    receipt = ledger.append(placed, by=by, at=at, sealed={"reason": reason})
    return LegalHold.objects.create(
        id=hold_id,
        kind=scope.kind.value,
        scope=words,
        reason=reason,
        placed_by=by.id,
        placed_by_name=by.name,
        placed_at=at,
        placed_entry_id=receipt.entry_id,
    )


def _active(hold_id: UUID) -> LegalHold:
    row = LegalHold.objects.filter(pk=hold_id, released_at__isnull=True).first()
    if row is None:
        raise HoldUnknown
    return row


def _told(row: LegalHold) -> dict[str, Any]:
    return {
        "hold_id": str(row.id),
        "kind": row.kind,
        "scope": tuple(sorted(row.scope.items())),
    }


def _held_by_subject(entry_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    holds = {
        UUID(row.scope["subject"]): row.id
        for row in LegalHold.objects.filter(released_at__isnull=True, kind="subject")
    }
    if not holds:
        return {}
    rows = DataKey.objects.using(KEYS).filter(pk__in=list(entry_ids))
    named = rows.filter(subject_ids__overlap=list(holds))
    return {
        row.id: {holds[one] for one in row.subject_ids if one in holds} for row in named
    }


def _view(row: LegalHold) -> HoldView:
    return HoldView(
        id=row.id,
        scope=Scope.from_words(row.kind, row.scope),
        reason=row.reason,
        placed_by=Signatory(row.placed_by, row.placed_by_name),
        placed_at=row.placed_at,
        released_at=row.released_at,
    )
