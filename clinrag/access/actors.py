"""Turns accounts and keys into the ledger's plain actors.

The name is that of the account or the application, as it was at the time; an
actor never names a patient.
"""

from audit.actors import Actor, ActorKind
from clinrag.access.models import ApiKey, User


def actor_of_user(user: User, method: str = "session") -> Actor:
    """Name the person for the ledger; `method` tells how they signed in."""
    return Actor(
        kind=ActorKind.PERSON,
        id=f"user:{user.pk}",
        name=user.display_name,
        method=method,
    )


def actor_of_key(key: ApiKey, on_behalf_of: str | None = None) -> Actor:
    """Name the application for the ledger, and the opaque end user it acts for."""
    return Actor(
        kind=ActorKind.APP,
        id=f"key:{key.pk}",
        name=key.name,
        method="api_key",
        on_behalf_of=on_behalf_of,
    )
