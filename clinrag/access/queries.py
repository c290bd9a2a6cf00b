"""Finding accounts and keys by what people know of them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from clinrag.access.errors import KeyUnknown, UserUnknown
from clinrag.access.grants import CollectionLike, open_collections
from clinrag.access.models import ApiKey, User
from clinrag.access.roles import PERMISSIONS_OF_ROLE, Permission


def user_by_name(username: str) -> User:
    """The account with this name. Raises UserUnknown."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise UserUnknown
    return user


def key_by_reference(reference: str) -> ApiKey:
    """The key with this id or prefix. Raises KeyUnknown."""
    try:
        found = ApiKey.objects.filter(pk=UUID(reference))
    except ValueError:
        found = ApiKey.objects.filter(prefix=reference)
    key = found.first()
    if key is None:
        raise KeyUnknown
    return key


def names_of(actor_ids: Iterable[str]) -> dict[str, str]:
    """What the people are called whom the ledger knows by these ids (`user:7`)."""
    keys = [one.removeprefix("user:") for one in actor_ids if one.startswith("user:")]
    users = User.objects.in_bulk([int(key) for key in keys if key.isdecimal()])
    return {f"user:{key}": user.display_name for key, user in users.items()}


def people_who_may(permission: Permission) -> list[tuple[str, str]]:
    """Ids and names of active people with a role that allows it, by name."""
    found = [(f"user:{one.pk}", one.display_name) for one in _people(permission)]
    return sorted(found, key=lambda one: (one[1], one[0]))


def people_who_may_in(
    permission: Permission, *, collections: Sequence[CollectionLike]
) -> list[User]:
    """Active people whose role allows it and to whom all of these are open, by name."""
    found = [
        one
        for one in _people(permission)
        if len(open_collections(one, among=collections)) == len(collections)
    ]
    return sorted(found, key=lambda one: (one.display_name, one.pk))


def _people(permission: Permission) -> Iterable[User]:
    roles = [one for one, may in PERMISSIONS_OF_ROLE.items() if permission in may]
    return User.objects.filter(is_active=True, roles__overlap=roles)
