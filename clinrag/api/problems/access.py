"""The rows for who may do what: accounts, keys, grants, limits."""

from http import HTTPStatus
from typing import Final

from clinrag.access import errors as access
from clinrag.api.problems.rows import SOON, rows

ACCESS: Final = {
    **rows(
        HTTPStatus.UNAUTHORIZED,
        "Not signed in",
        access.KeyMissing,
        access.KeyUnknown,
        access.KeyRevoked,
        access.KeyExpired,
        access.SignInFailed,
    ),
    **rows(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Locked for some minutes",
        access.SignInLocked,
        retry_after=15 * 60,
    ),
    **rows(
        HTTPStatus.FORBIDDEN,
        "Not permitted",
        access.AccessError,
        access.PermissionMissing,
        access.CollectionNotOpen,
    ),
    **rows(HTTPStatus.CONFLICT, "It exists already", access.UserExists),
    **rows(HTTPStatus.NOT_FOUND, "No such account", access.UserUnknown),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid",
        access.UserNameInvalid,
        access.PasswordTooWeak,
        access.RoleUnknown,
        access.ScopeUnknown,
        access.KeyNameInvalid,
        access.KeyExpiryPast,
        access.IdempotencyKeyInvalid,
    ),
    **rows(HTTPStatus.CONFLICT, "Revoked before", access.KeyRevokedBefore),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Idempotency-Key used for another request",
        access.IdempotencyKeyReused,
    ),
    **rows(
        HTTPStatus.CONFLICT,
        "The first request is still running",
        access.IdempotencyTwinRunning,
        retry_after=SOON,
    ),
}
