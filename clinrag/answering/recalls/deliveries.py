"""The outbox: each message is sent until it is accepted, or given up and told.

Promises: a message is claimed with a lease, sent without a transaction open, and its
end committed with its ledger entry. A worker that dies leaves the message to the next
one once the lease is over: a receiver may get it twice, with the same `webhook-id`, and
never not at all. After ten attempts within three days, or when the server says the
address is gone, it is dead until somebody replays it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final, Protocol
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from audit import ledger
from audit.actors import Actor, ActorKind
from audit.errors import DeploymentKeyMissing, LedgerUnavailable, PayloadCorrupt
from audit.events import RecallNotified, RecallUndelivered
from audit.sealing import KeyWrapper
from clinrag.answering.models import WebhookDelivery, WebhookEndpoint
from clinrag.answering.reach import DeliveryState
from clinrag.answering.recalls import signing
from clinrag.answering.recalls.endpoints import open_secret
from clinrag.answering.recalls.errors import (
    AddressRefused,
    DeliveryPending,
    DeliveryRefused,
    DeliveryUnknown,
)
from clinrag.answering.recalls.outbound import Rules

SENDER: Final = Actor(ActorKind.SYSTEM, "task:webhooks", "Webhooks", "task")
LEASE: Final = timedelta(minutes=2)
# The waits the specification proposes, three days in all.
WAITS: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)
MOST_ATTEMPTS: Final = len(WAITS) + 1


class Send(Protocol):
    """What puts a message on the wire: `outbound.send`, or a test's own."""

    def __call__(
        self, url: str, body: bytes, *, headers: Mapping[str, str], rules: Rules
    ) -> int: ...


@dataclass(frozen=True, slots=True)
class Postman:
    """What sending needs."""

    send: Send
    wrapped_by: KeyWrapper
    rules: Rules
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How an attempt ended; without a code it arrived."""

    status: int | None = None
    code: str = ""
    final: bool = False


def deliver_due(postman: Postman, *, limit: int = 50) -> int:
    """Sends what is due, one after the other; returns how many attempts were made."""
    for made in range(limit):
        row = _claim(at=postman.now())
        if row is None:
            return made
        _record(row, _attempt(row, postman), at=postman.now())
    return limit


def replay_delivery(delivery_id: UUID, *, at: datetime) -> None:
    """Send a message once more, from the first attempt, with the same id.

    Raises DeliveryUnknown, or DeliveryPending while it is still being tried.
    """
    with transaction.atomic():
        rows = WebhookDelivery.objects.filter(pk=delivery_id)
        row = rows.select_for_update().first()
        if row is None:
            raise DeliveryUnknown
        if row.state == DeliveryState.PENDING.value:
            raise DeliveryPending
        rows.update(
            state=DeliveryState.PENDING.value,
            attempts=0,
            next_attempt_at=at,
            claimed_until=None,
            ended_at=None,
            ended_entry_id=None,
        )


def _claim(*, at: datetime) -> WebhookDelivery | None:
    """The message that waited longest, counted and leased to this worker."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=at)
    with transaction.atomic():
        due = WebhookDelivery.objects.filter(
            free, state=DeliveryState.PENDING.value, next_attempt_at__lte=at
        )
        locked = due.select_for_update(skip_locked=True, of=("self",))
        row = locked.order_by("next_attempt_at", "id").first()
        if row is None:
            return None
        row.attempts, row.claimed_until = row.attempts + 1, at + LEASE
        _update(row, attempts=row.attempts, claimed_until=row.claimed_until)
    return row


def _attempt(row: WebhookDelivery, postman: Postman) -> _Outcome:
    endpoint = WebhookEndpoint.objects.get(pk=row.endpoint_id)
    if endpoint.removed_at is not None:
        return _Outcome(code="endpoint_removed", final=True)
    body = row.body.encode()
    try:
        secret = open_secret(endpoint, wrapped_by=postman.wrapped_by)
        headers = signing.headers(row.id, body, secret=secret, at=postman.now())
        status = postman.send(endpoint.url, body, headers=headers, rules=postman.rules)
    except (AddressRefused, DeliveryRefused) as error:
        return _Outcome(code=error.code)
    except (DeploymentKeyMissing, LedgerUnavailable, PayloadCorrupt) as error:
        return _Outcome(code=error.code)
    return _judge(status)


def _judge(status: int) -> _Outcome:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _Outcome(status)
    gone = status == HTTPStatus.GONE
    return _Outcome(status, "gone" if gone else "status_not_ok", final=gone)


def _record(row: WebhookDelivery, outcome: _Outcome, *, at: datetime) -> None:
    """Unless the lease ran out and another worker has the message by now."""
    with transaction.atomic():
        mine = WebhookDelivery.objects.select_for_update().filter(
            pk=row.pk,
            state=DeliveryState.PENDING.value,
            attempts=row.attempts,
            claimed_until=row.claimed_until,
        )
        if not mine.exists():
            return
        told = {"last_status": outcome.status, "failure_code": outcome.code}
        if not outcome.code:
            _end(row, DeliveryState.DELIVERED, RecallNotified, at=at, **told)
        elif outcome.final or row.attempts >= MOST_ATTEMPTS:
            _end(row, DeliveryState.DEAD, RecallUndelivered, at=at, **told)
        else:
            wait = WAITS[row.attempts - 1]
            _update(row, claimed_until=None, next_attempt_at=at + wait, **told)


def _end(
    row: WebhookDelivery,
    state: DeliveryState,
    kind: type[RecallNotified | RecallUndelivered],
    *,
    at: datetime,
    **told: Any,
) -> None:
    more = {"code": told["failure_code"]} if kind is RecallUndelivered else {}
    event = kind(
        recall_id=str(row.notice.recall_id),
        delivery_id=str(row.id),
        endpoint_id=str(row.endpoint_id),
        app=row.notice.app,
        event=row.event,
        attempts=row.attempts,
        **more,
    )
    receipt = ledger.append(event, by=SENDER, at=at)
    _update(
        row,
        state=state.value,
        claimed_until=None,
        next_attempt_at=None,
        ended_at=at,
        ended_entry_id=receipt.entry_id,
        **told,
    )


def _update(row: WebhookDelivery, **changes: Any) -> None:
    WebhookDelivery.objects.filter(pk=row.pk).update(**changes)
