"""Which collections a person or key may use.

A collection for everyone is open to every account and key; one for the granted
is open to those it was granted to. A key that names collections may use those
and no others: naming them when the key is issued is the grant.

Says nothing about what may be done there: that is the permission's business.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from clinrag.access.errors import CollectionNotOpen
from clinrag.access.models import ApiKey, CollectionGrant, User

EVERYONE = "everyone"


class CollectionLike(Protocol):
    """What of a collection decides who may use it."""

    @property
    def id(self) -> UUID: ...

    @property
    def slug(self) -> str: ...

    @property
    def audience(self) -> str: ...


C = TypeVar("C", bound=CollectionLike)


def granted_collection_ids(holder: User | ApiKey) -> frozenset[UUID]:
    """The collections granted to this person or key by a row of their own."""
    grants = CollectionGrant.objects.all()
    if isinstance(holder, ApiKey):
        grants = grants.filter(key=holder)
    else:
        grants = grants.filter(user=holder)
    return frozenset(grants.values_list("collection_id", flat=True))


def open_collections(holder: User | ApiKey, *, among: Iterable[C]) -> tuple[C, ...]:
    """Those of the collections that this person or key may use, in their order."""
    candidates = tuple(among)
    if isinstance(holder, ApiKey) and holder.collections:
        named = frozenset(holder.collections)
        return tuple(one for one in candidates if one.slug in named)
    if all(one.audience == EVERYONE for one in candidates):
        return candidates
    granted = granted_collection_ids(holder)
    return tuple(
        one for one in candidates if one.audience == EVERYONE or one.id in granted
    )


def check_may_use(
    holder: User | ApiKey, *, collections: Sequence[CollectionLike]
) -> None:
    """Raise CollectionNotOpen unless every one of them is open to the holder."""
    if len(open_collections(holder, among=collections)) != len(collections):
        raise CollectionNotOpen


def check_may_name(holder: User | ApiKey, *, slug: str) -> None:
    """Raise CollectionNotOpen for a key that names collections, but not this one."""
    named = holder.collections if isinstance(holder, ApiKey) else []
    if named and slug not in named:
        raise CollectionNotOpen


def may_use(holder: User | ApiKey, *, collection: CollectionLike) -> bool:
    """Whether the collection is open to the holder."""
    return bool(open_collections(holder, among=(collection,)))
