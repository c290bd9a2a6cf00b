"""From a key as it was sent to the row it belongs to.

Every refusal is one of four errors; none says more about the key than that. The
time of last use is written at most once a minute, so that a busy key costs a
read and not a write per request.
"""

from datetime import datetime, timedelta

from django.db.models import Q

from clinrag.access.errors import KeyExpired, KeyRevoked, KeyUnknown
from clinrag.access.keys import matches, prefix_of
from clinrag.access.models import ApiKey

USE_NOTED_EVERY = timedelta(minutes=1)


def authenticate_key(plaintext: str, *, at: datetime) -> ApiKey:
    """The key's row. Raises KeyUnknown, KeyRevoked or KeyExpired."""
    prefix = prefix_of(plaintext)
    key = ApiKey.objects.filter(prefix=prefix).first() if prefix else None
    if key is None or not matches(plaintext, key.key_sha256):
        raise KeyUnknown
    if key.revoked_at is not None:
        raise KeyRevoked
    if key.is_expired(at):
        raise KeyExpired
    note_use(key, at=at)
    return key


def note_use(key: ApiKey, *, at: datetime) -> None:
    """Remember the moment, unless the last one remembered is under a minute old."""
    stale = at - USE_NOTED_EVERY
    if key.last_used_at is not None and key.last_used_at > stale:
        return
    ApiKey.objects.filter(pk=key.pk).filter(
        Q(last_used_at__isnull=True) | Q(last_used_at__lte=stale)
    ).update(last_used_at=at)
