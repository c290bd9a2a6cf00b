"""What access refuses. Each docstring is the sentence a person reads."""

from typing import ClassVar


class AccessError(Exception):
    """The request was refused."""

    code: ClassVar[str] = "access_error"

    def __str__(self) -> str:
        """Say the class's own sentence: details could carry what was typed."""
        return " ".join((type(self).__doc__ or "").split())


class KeyMissing(AccessError):
    """No key was sent. Send `Authorization: Bearer <key>`, or sign in."""

    code = "key_missing"


class KeyUnknown(AccessError):
    """This key is not known here."""

    code = "key_unknown"


class KeyRevoked(AccessError):
    """This key was revoked."""

    code = "key_revoked"


class KeyExpired(AccessError):
    """This key has expired."""

    code = "key_expired"


class SignInFailed(AccessError):
    """The name and password do not match an active account."""

    code = "sign_in_failed"


class SignInLocked(AccessError):
    """Too many failed attempts. Wait some minutes, then try again."""

    code = "sign_in_locked"


class PermissionMissing(AccessError):
    """The account or key lacks the permission for this."""

    code = "permission_missing"


class CollectionNotOpen(AccessError):
    """The account or key may not use this collection."""

    code = "collection_not_open"


class UserExists(AccessError):
    """An account with this name exists already."""

    code = "user_exists"


class UserUnknown(AccessError):
    """There is no account with this name."""

    code = "user_unknown"


class UserNameInvalid(AccessError):
    """An account name is 1 to 150 letters, digits and @ . + - _ only."""

    code = "user_name_invalid"


class PasswordTooWeak(AccessError):
    """The password is too weak: make it longer, and no common word or name."""

    code = "password_too_weak"


class RoleUnknown(AccessError):
    """There is no such role."""

    code = "role_unknown"


class ScopeUnknown(AccessError):
    """There is no such scope, or none was given."""

    code = "scope_unknown"


class KeyRevokedBefore(AccessError):
    """This key was revoked before."""

    code = "key_revoked_before"


class KeyNameInvalid(AccessError):
    """A key needs a name of 1 to 120 characters."""

    code = "key_name_invalid"


class KeyExpiryPast(AccessError):
    """A key's expiry must lie in the future."""

    code = "key_expiry_past"


class IdempotencyKeyInvalid(AccessError):
    """An Idempotency-Key is 1 to 255 printable ASCII characters."""

    code = "idempotency_key_invalid"


class IdempotencyKeyReused(AccessError):
    """This Idempotency-Key was used for a different request."""

    code = "idempotency_key_reused"


class IdempotencyTwinRunning(AccessError):
    """The first request with this Idempotency-Key is still running."""

    code = "idempotency_twin_running"
