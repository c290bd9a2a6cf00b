"""What changes who may do what. Each action is one transaction and one entry.

The entry in the ledger and the row commit together: no key works that was not
recorded. Plaintext of keys and passwords reaches neither.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from audit import ledger
from audit.actors import Actor
from audit.events import CollectionGranted, KeyIssued, KeyRevoked, UserCreated
from clinrag.access.errors import (
    KeyExpiryPast,
    KeyNameInvalid,
    KeyRevokedBefore,
    KeyUnknown,
    PasswordTooWeak,
    RoleUnknown,
    ScopeUnknown,
    UserExists,
    UserNameInvalid,
)
from clinrag.access.keys import make_key
from clinrag.access.models import ApiKey, CollectionGrant, User
from clinrag.access.roles import STAFF_ROLES, Permission, Role

LONGEST_KEY_NAME = 120


@transaction.atomic
def create_user(
    username: str,
    *,
    password: str,
    roles: Sequence[str],
    full_name: str = "",
    by: Actor,
    at: datetime,
) -> User:
    """Create an account with these roles.

    Raises UserExists, UserNameInvalid, PasswordTooWeak or RoleUnknown.
    """
    known = _known_roles(roles)
    user = User(
        username=username,
        first_name=full_name[:150],
        roles=[role.value for role in known],
        is_staff=not STAFF_ROLES.isdisjoint(known),
        date_joined=at,
    )
    _check_account(user, password)
    user.set_password(password)
    user.save()
    ledger.append(
        UserCreated(
            user_id=f"user:{user.pk}", username=username, roles=tuple(user.roles)
        ),
        by=by,
        at=at,
    )
    return user


@transaction.atomic
def issue_key(
    name: str,
    *,
    scopes: Sequence[str],
    collections: Sequence[str] = (),
    expires_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> tuple[ApiKey, str]:
    """Issue a key; the second value is its plaintext, known to nobody afterwards.

    Raises KeyNameInvalid, ScopeUnknown or KeyExpiryPast.
    """
    _check_key(name, expires_at=expires_at, at=at)
    made = make_key()
    key = ApiKey.objects.create(
        name=name,
        prefix=made.prefix,
        key_sha256=made.sha256,
        scopes=_known_scopes(scopes),
        collections=list(collections),
        created_at=at,
        expires_at=expires_at,
    )
    ledger.append(_issued(key), by=by, at=at)
    return key, made.plaintext


@transaction.atomic
def revoke_key(key_id: UUID, *, by: Actor, at: datetime) -> ApiKey:
    """Make a key useless from now on. Raises KeyUnknown or KeyRevokedBefore."""
    key = ApiKey.objects.select_for_update().filter(pk=key_id).first()
    if key is None:
        raise KeyUnknown
    if key.revoked_at is not None:
        raise KeyRevokedBefore
    key.revoked_at = at
    key.save(update_fields=["revoked_at"])
    ledger.append(KeyRevoked(key_id=f"key:{key.pk}", name=key.name), by=by, at=at)
    return key


@transaction.atomic
def grant_collection(
    collection_id: UUID, *, to: User | ApiKey, by: Actor, at: datetime
) -> CollectionGrant:
    """Open a collection to one person or key; granting twice changes nothing."""
    user, key = (None, to) if isinstance(to, ApiKey) else (to, None)
    grant, created = CollectionGrant.objects.get_or_create(
        collection_id=collection_id, user=user, key=key, defaults={"granted_at": at}
    )
    if created:
        event = CollectionGranted(
            collection_id=str(collection_id),
            holder_id=f"user:{user.pk}" if user else f"key:{to.pk}",
        )
        ledger.append(event, by=by, at=at)
    return grant


def _known_roles(roles: Sequence[str]) -> tuple[Role, ...]:
    if not set(roles) <= set(Role):
        raise RoleUnknown
    return tuple(role for role in Role if role in roles)


def _known_scopes(scopes: Sequence[str]) -> list[str]:
    if not scopes or not set(scopes) <= set(Permission):
        raise ScopeUnknown
    return [scope.value for scope in Permission if scope in scopes]


def _check_account(user: User, password: str) -> None:
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError:
        raise UserNameInvalid from None
    if User.objects.filter(username__iexact=user.username).exists():
        raise UserExists
    try:
        validate_password(password, user)
    except ValidationError:
        raise PasswordTooWeak from None


def _check_key(name: str, *, expires_at: datetime | None, at: datetime) -> None:
    if not 0 < len(name.strip()) <= LONGEST_KEY_NAME or not name.isprintable():
        raise KeyNameInvalid
    if expires_at is not None and expires_at <= at:
        raise KeyExpiryPast


def _issued(key: ApiKey) -> KeyIssued:
    return KeyIssued(
        key_id=f"key:{key.pk}",
        name=key.name,
        scopes=tuple(key.scopes),
        collections=tuple(key.collections),
        expires_at=key.expires_at.isoformat() if key.expires_at else None,
    )
