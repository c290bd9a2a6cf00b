"""Where apps want to be told: registering and removing addresses.

Promises: an address nothing may be sent to is refused at once and again at each
sending; a secret is wrapped by the deployment's key before it is stored, told to who
registers the address, and opened only to sign, or to tell it again where that answer
may have been lost. After a rotation of the deployment's keys `rewrap` wraps it anew,
which is command `rewrap_webhook_secrets`.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from audit import ledger
from audit.actors import Actor
from audit.errors import PayloadCorrupt
from audit.events import WebhookRegistered, WebhookRemoved
from audit.identifiers import new_id
from audit.sealing import KeyWrapper, Wrapped
from clinrag.answering.models import WebhookEndpoint
from clinrag.answering.recalls.errors import EndpointExists, EndpointUnknown
from clinrag.answering.recalls.outbound import Rules, check_url
from clinrag.answering.recalls.signing import new_secret, read_secret, told
from clinrag.answering.recalls.types import EndpointView, NewEndpoint


def register_endpoint(
    url: str,
    *,
    app: str,
    wrapped_by: KeyWrapper,
    rules: Rules,
    by: Actor,
    at: datetime,
    secret: str | None = None,
) -> NewEndpoint:
    """Tell `app` at this address from now on; `secret` is made unless one is given.

    Raises AddressRefused, SecretInvalid, EndpointExists, or what the ledger and the
    wrapper raise.
    """
    check_url(url, rules=rules)
    key = new_secret() if secret is None else read_secret(secret)
    endpoint_id = new_id(at)
    wrapped = wrapped_by.wrap(key, key_id=endpoint_id)
    event = WebhookRegistered(
        endpoint_id=str(endpoint_id),
        app=app,
        url_sha256=hashlib.sha256(url.encode()).hexdigest(),
    )
    try:
        with transaction.atomic():
            receipt = ledger.append(event, by=by, at=at)
            row = WebhookEndpoint.objects.create(
                id=endpoint_id,
                app=app,
                url=url,
                wrapping_key=wrapped.name,
                wrapped=wrapped.data,
                registered_by=by.id,
                registered_by_name=by.name,
                registered_at=at,
                registered_entry_id=receipt.entry_id,
            )
    except IntegrityError:
        raise EndpointExists from None
    return NewEndpoint(endpoint_view(row), told(key))


def registered_endpoint(endpoint_id: UUID, *, wrapped_by: KeyWrapper) -> NewEndpoint:
    """One in use, with its secret: only for who registered it, and asks again.

    Raises EndpointUnknown, DeploymentKeyMissing or PayloadCorrupt.
    """
    row = WebhookEndpoint.objects.filter(pk=endpoint_id, removed_at=None).first()
    if row is None:
        raise EndpointUnknown
    secret = open_secret(row, wrapped_by=wrapped_by)
    return NewEndpoint(endpoint_view(row), told(secret))


def remove_endpoint(endpoint_id: UUID, *, by: Actor, at: datetime) -> EndpointView:
    """Send nothing there any more. Raises EndpointUnknown or what the ledger raises."""
    with transaction.atomic():
        living = WebhookEndpoint.objects.filter(pk=endpoint_id, removed_at=None)
        row = living.select_for_update().first()
        if row is None:
            raise EndpointUnknown
        event = WebhookRemoved(endpoint_id=str(row.id), app=row.app)
        row.removed_entry_id = ledger.append(event, by=by, at=at).entry_id
        row.removed_at = at
        living.update(removed_at=at, removed_entry_id=row.removed_entry_id)
    return endpoint_view(row)


def endpoints() -> list[EndpointView]:
    """The addresses in use, by app."""
    rows = WebhookEndpoint.objects.filter(removed_at=None).order_by("app", "id")
    return [endpoint_view(row) for row in rows]


def open_secret(endpoint: WebhookEndpoint, *, wrapped_by: KeyWrapper) -> bytes:
    """Raises DeploymentKeyMissing or PayloadCorrupt."""
    wrapped = Wrapped(endpoint.wrapping_key, bytes(endpoint.wrapped))
    return wrapped_by.unwrap(wrapped, key_id=endpoint.id)


def rewrap(*, wrapped_by: KeyWrapper) -> int:
    """Wrap the secrets under the newest deployment key; returns how many moved.

    Each by itself: it may be stopped and run again. Raises DeploymentKeyMissing if an
    old key is gone already, PayloadCorrupt.
    """
    newest = wrapped_by.newest_name()
    rows = WebhookEndpoint.objects.filter(removed_at=None)
    old = rows.exclude(wrapping_key=newest).order_by("pk")
    return sum(_rewrap_one(row, wrapped_by) for row in old)


def _rewrap_one(row: WebhookEndpoint, wrapper: KeyWrapper) -> int:
    """Whether (1 or 0) the secret was still as it was: another may have come first."""
    secret = open_secret(row, wrapped_by=wrapper)
    wrapped = wrapper.wrap(secret, key_id=row.id)
    if wrapper.unwrap(wrapped, key_id=row.id) != secret:
        raise PayloadCorrupt("wrapped anew")
    same = WebhookEndpoint.objects.filter(
        pk=row.pk,
        removed_at=None,
        wrapping_key=row.wrapping_key,
        wrapped=bytes(row.wrapped),
    )
    return same.update(wrapping_key=wrapped.name, wrapped=wrapped.data)


def endpoint_view(row: WebhookEndpoint) -> EndpointView:
    return EndpointView(
        id=row.id,
        app=row.app,
        url=row.url,
        registered_by_name=row.registered_by_name,
        registered_at=row.registered_at,
        removed_at=row.removed_at,
    )
