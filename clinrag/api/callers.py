"""Who is calling: a key or a signed-in person, with what they may do."""

import re
from dataclasses import dataclass

from rest_framework.request import Request

from audit.actors import Actor
from clinrag.access.actors import actor_of_key, actor_of_user
from clinrag.access.errors import KeyMissing
from clinrag.access.models import ApiKey, User
from clinrag.access.roles import Permission
from clinrag.api.errors import HeaderInvalid

# The end user an application acts for, in an identifier only it can resolve.
ON_BEHALF_OF = "X-On-Behalf-Of"
OPAQUE = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Caller:
    """The account or key behind a request, and its name in the ledger."""

    holder: User | ApiKey
    actor: Actor
    permissions: frozenset[Permission]

    def may(self, permission: Permission) -> bool:
        """Whether a role or scope allows it."""
        return permission in self.permissions


def caller_from_user(user: User) -> Caller:
    """A person who signed in."""
    return Caller(user, actor_of_user(user, "session"), user.permissions)


def caller_from_key(key: ApiKey, on_behalf_of: str | None) -> Caller:
    """An application; raises HeaderInvalid for an end user that is not opaque."""
    if on_behalf_of is not None and not OPAQUE.fullmatch(on_behalf_of):
        raise HeaderInvalid
    return Caller(key, actor_of_key(key, on_behalf_of), key.permissions)


def caller_of(request: Request) -> Caller | None:
    """Who authentication found, or nobody."""
    found = request.auth
    return found if isinstance(found, Caller) else None


def known_caller(request: Request) -> Caller:
    """Who authentication found; raises KeyMissing for nobody."""
    caller = caller_of(request)
    if caller is None:
        raise KeyMissing
    return caller
