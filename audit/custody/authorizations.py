"""Authorizations: what one person asks for and another agrees to, used once.

Promises that requester and decider are two people, that an authorization covers one
action on exactly one scope, once and within seven days, and that each step commits
with its entry or not at all; the database holds the same rules. Does not know who may
ask for what: the edge checks that person's permission. Believes the application about
who is signed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor, ActorKind
from audit.errors import (
    ApproverIsRequester,
    AuthorizationClosed,
    AuthorizationInvalid,
    AuthorizationUnknown,
    DeciderIsNotAPerson,
    NotAuthorized,
)
from audit.events import (
    AuthorizationApproved,
    AuthorizationExecuted,
    AuthorizationExpired,
    AuthorizationRefused,
    AuthorizationRequested,
    Event,
)
from audit.identifiers import new_id
from audit.models import Authorization

LIFETIME: Final = timedelta(days=7)
LONGEST_REASON: Final = 2_000
LONGEST_SCOPE: Final = 200


class Action(StrEnum):
    """What needs two people."""

    EXPORT = "export"
    ERASURE = "erasure"
    PRUNING = "pruning"
    HOLD_RELEASE = "hold_release"
    KEY_ROTATION = "key_rotation"
    SHARD_OPENING = "shard_opening"


class State(StrEnum):
    """Where an authorization is; `ALLOWED_MOVES` says how it gets on."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"
    EXECUTED = "executed"
    EXPIRED = "expired"


ALLOWED_MOVES: Final = {
    State.PENDING: frozenset({State.APPROVED, State.REFUSED, State.EXPIRED}),
    State.APPROVED: frozenset({State.EXECUTED, State.EXPIRED}),
    State.REFUSED: frozenset(),
    State.EXECUTED: frozenset(),
    State.EXPIRED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Signatory:
    """A person as the entry names him."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class AuthorizationView:
    """An authorization as it stands; `executed_at` is when it was used."""

    id: UUID
    action: Action
    scope: Mapping[str, str]
    reason: str
    requested_by: Signatory
    requested_at: datetime
    expires_at: datetime
    decided_by: Signatory | None
    decided_at: datetime | None
    state: State
    executed_at: datetime | None


def request(
    action: Action, *, scope: Mapping[str, str], reason: str, by: Actor, at: datetime
) -> AuthorizationView:
    """Ask for something that a second person has to agree to.

    Raises DeciderIsNotAPerson, AuthorizationInvalid, or what the ledger raises.
    """
    _check_person(by)
    _check_request(scope, reason)
    authorization_id, expires_at = new_id(at), at + LIFETIME
    requested = AuthorizationRequested(
        authorization_id=str(authorization_id),
        action=action.value,
        scope=tuple(sorted(scope.items())),
        expires_at=expires_at.astimezone(UTC).isoformat(),
    )
    with transaction.atomic():
        receipt = ledger.append(requested, by=by, at=at, sealed={"reason": reason})
        row = Authorization.objects.create(
            id=authorization_id,
            action=action.value,
            scope=dict(scope),
            reason=reason,
            requested_by=by.id,
            requested_by_name=by.name,
            requested_at=at,
            requested_entry_id=receipt.entry_id,
            expires_at=expires_at,
        )
    return _view(row)


def approve(authorization_id: UUID, *, by: Actor, at: datetime) -> AuthorizationView:
    """Agree to another person's request.

    Raises AuthorizationUnknown, AuthorizationClosed, ApproverIsRequester,
    DeciderIsNotAPerson, or what the ledger raises.
    """
    with transaction.atomic():
        row = _lock_to_decide(authorization_id, by=by, at=at)
        approved = AuthorizationApproved(**_shared(row), requested_by=row.requested_by)
        return _decide(row, State.APPROVED, approved, by=by, at=at)


def refuse(
    authorization_id: UUID, *, reason: str, by: Actor, at: datetime
) -> AuthorizationView:
    """Decline another person's request, for good. Raises what `approve` raises."""
    _check_request({"": ""}, reason)
    with transaction.atomic():
        row = _lock_to_decide(authorization_id, by=by, at=at)
        refused = AuthorizationRefused(**_shared(row), requested_by=row.requested_by)
        return _decide(row, State.REFUSED, refused, by=by, at=at, reason=reason)


def claim(
    authorization_id: UUID,
    *,
    action: Action,
    scope: Mapping[str, str],
    by: Actor,
    at: datetime,
) -> AuthorizationView:
    """Use an authorization up, inside the transaction of what it allows.

    Raises NotAuthorized unless it is approved, unexpired, unused and for exactly this;
    NotInTransaction outside a transaction. Of two at once, one waits and is refused.
    """
    row = _locked(authorization_id)
    if row is None or not _allows(row, action, scope, at):
        raise NotAuthorized
    executed = AuthorizationExecuted(
        **_shared(row),
        requested_by=row.requested_by,
        approved_by=row.decided_by or "",
    )
    return _end(row, State.EXECUTED, executed, by=by, at=at)


def expire_old(*, by: Actor, at: datetime, limit: int = 100) -> int:
    """Close what was not used in time; the number closed."""
    rows = Authorization.objects.select_for_update(skip_locked=True)
    with transaction.atomic():
        old = rows.filter(state__in=[State.PENDING, State.APPROVED], expires_at__lte=at)
        ended = list(old.order_by("requested_at")[:limit])
        for row in ended:
            expired = AuthorizationExpired(
                **_shared(row), requested_by=row.requested_by
            )
            _end(row, State.EXPIRED, expired, by=by, at=at)
    return len(ended)


def pending(limit: int) -> list[AuthorizationView]:
    """Requests that wait for a second person, oldest first."""
    rows = Authorization.objects.filter(state=State.PENDING)
    return [_view(row) for row in rows.order_by("requested_at")[:limit]]


def recent(limit: int, *, action: Action | None = None) -> list[AuthorizationView]:
    """Authorizations in any state, newest first."""
    rows = Authorization.objects.all()
    if action is not None:
        rows = rows.filter(action=action.value)
    return [_view(row) for row in rows.order_by("-requested_at")[:limit]]


def by_id(authorization_id: UUID) -> AuthorizationView:
    """The authorization as it stands. Raises AuthorizationUnknown."""
    row = Authorization.objects.filter(pk=authorization_id).first()
    if row is None:
        raise AuthorizationUnknown
    return _view(row)


def _check_person(by: Actor) -> None:
    if by.kind is not ActorKind.PERSON:
        raise DeciderIsNotAPerson


def _check_request(scope: Mapping[str, str], reason: str) -> None:
    words = [*scope.keys(), *scope.values()]
    if not scope or any(len(word) > LONGEST_SCOPE for word in words):
        raise AuthorizationInvalid("scope")
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise AuthorizationInvalid("reason")


def _locked(authorization_id: UUID) -> Authorization | None:
    rows = Authorization.objects.select_for_update()
    return rows.filter(pk=authorization_id).first()


def _lock_to_decide(
    authorization_id: UUID, *, by: Actor, at: datetime
) -> Authorization:
    _check_person(by)
    row = _locked(authorization_id)
    if row is None:
        raise AuthorizationUnknown
    if row.requested_by == by.id:
        raise ApproverIsRequester
    if row.state != State.PENDING or row.expires_at <= at:
        raise AuthorizationClosed
    return row


def _allows(
    row: Authorization, action: Action, scope: Mapping[str, str], at: datetime
) -> bool:
    return (
        row.state == State.APPROVED
        and row.expires_at > at
        and row.action == action.value
        and row.scope == dict(scope)
    )


def _shared(row: Authorization) -> dict[str, Any]:
    return {
        "authorization_id": str(row.id),
        "action": row.action,
        "scope": tuple(sorted(row.scope.items())),
    }


def _decide(
    row: Authorization,
    state: State,
    event: Event,
    *,
    by: Actor,
    at: datetime,
    reason: str | None = None,
) -> AuthorizationView:
    sealed = {"reason": reason} if reason else None
    row.decided_entry_id = ledger.append(event, by=by, at=at, sealed=sealed).entry_id
    row.decided_by, row.decided_by_name = by.id, by.name
    row.state, row.decided_at = state.value, at
    decided = ["decided_by", "decided_by_name", "decided_at", "decided_entry_id"]
    row.save(update_fields=["state", *decided])
    return _view(row)


def _end(
    row: Authorization, state: State, event: Event, *, by: Actor, at: datetime
) -> AuthorizationView:
    row.ended_entry_id = ledger.append(event, by=by, at=at).entry_id
    row.state, row.ended_at = state.value, at
    row.save(update_fields=["state", "ended_at", "ended_entry_id"])
    return _view(row)


def _view(row: Authorization) -> AuthorizationView:
    decided = row.decided_by is not None
    return AuthorizationView(
        id=row.id,
        action=Action(row.action),
        scope=dict(row.scope),
        reason=row.reason,
        requested_by=Signatory(row.requested_by, row.requested_by_name),
        requested_at=row.requested_at,
        expires_at=row.expires_at,
        decided_by=Signatory(row.decided_by or "", row.decided_by_name or "")
        if decided
        else None,
        decided_at=row.decided_at,
        state=State(row.state),
        executed_at=row.ended_at if row.state == State.EXECUTED else None,
    )
