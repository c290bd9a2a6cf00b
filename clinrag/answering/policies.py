"""The answering policy of each collection: setting it, and which one holds.

Promises: a policy is set by appending a row, in one transaction with its entry
`collection.policy_set`; who sets it decides on what he saw, for a number is taken
once. A question to several collections is held to the strictest of all, and no
collection lets text go outside where the deployment does not. Will not:
change an answer that was given under an earlier policy.
"""

from collections.abc import Collection as Several
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from audit import ledger
from audit.actors import Actor
from audit.events import CollectionPolicySet
from audit.identifiers import new_id
from clinrag.answering.errors import PolicyChangedMeanwhile
from clinrag.answering.models import CollectionPolicy
from clinrag.answering.policy import (
    GroundingPolicy,
    IdentifierPolicy,
    Policy,
    PolicyTerms,
)
from ingestion.queries import CollectionView


@dataclass(frozen=True, slots=True)
class PolicyView:
    """What holds for a collection; number 0 says that nobody set anything for it."""

    collection: str
    number: int
    terms: PolicyTerms
    set_by_name: str = ""
    set_at: datetime | None = None

    @property
    def is_default(self) -> bool:
        return self.number == 0


@transaction.atomic
def set_policy(
    collection: CollectionView,
    *,
    terms: PolicyTerms,
    seen: int,
    by: Actor,
    at: datetime,
) -> PolicyView:
    """Let `terms` hold from now on; `seen` is the number of the policy they replace.

    Raises PolicyChangedMeanwhile when another one holds.
    """
    number = seen + 1
    former = _newest((collection.id,)).get(collection.id)
    if (former.number if former else 0) != seen:
        raise PolicyChangedMeanwhile
    event = CollectionPolicySet(
        collection_id=str(collection.id),
        slug=collection.slug,
        number=number,
        grounding=terms.grounding.value,
        identifiers=terms.identifiers.value,
        external_models=terms.external_models,
        former_grounding=former.grounding if former else None,
        former_identifiers=former.identifiers if former else None,
        former_external_models=former.external_models if former else None,
    )
    receipt = ledger.append(event, by=by, at=at)
    row = CollectionPolicy(
        id=new_id(at),
        collection_id=collection.id,
        number=number,
        grounding=event.grounding,
        identifiers=event.identifiers,
        external_models=event.external_models,
        set_by=by.id,
        set_by_name=by.name[:200],
        set_at=at,
        entry_id=receipt.entry_id,
    )
    try:
        row.save(force_insert=True)
    except IntegrityError as error:
        raise PolicyChangedMeanwhile from error
    return _view(row, collection)


def policy_of(collection: CollectionView, *, default: Policy) -> PolicyView:
    """What holds for the collection: what was set last, else the deployment's."""
    row = _newest((collection.id,)).get(collection.id)
    if row is None:
        return PolicyView(collection.slug, 0, default.terms)
    return _view(row, collection)


def policies_of(collection: CollectionView) -> tuple[PolicyView, ...]:
    """All that was ever set for the collection, the newest first."""
    rows = CollectionPolicy.objects.filter(collection_id=collection.id)
    return tuple(_view(row, collection) for row in rows.order_by("-number"))


def policy_for(collections: Several[CollectionView], *, default: Policy) -> Policy:
    """The strictest policy of all these collections.

    Only what the deployment allows may go outside: it answers for the agreement with
    whoever runs the model there.
    """
    set_ones = _newest(tuple(one.id for one in collections))
    if not set_ones:
        return default
    unset = len({one.id for one in collections}) > len(set_ones)
    every = [_terms(row) for row in set_ones.values()]
    terms = PolicyTerms.strictest([*every, default.terms] if unset else every)
    allowed = terms.external_models and default.external_models
    return default.with_terms(replace(terms, external_models=allowed))


def _newest(collection_ids: tuple[UUID, ...]) -> dict[UUID, CollectionPolicy]:
    rows = CollectionPolicy.objects.filter(collection_id__in=collection_ids)
    newest = rows.order_by("collection_id", "-number").distinct("collection_id")
    return {row.collection_id: row for row in newest}


def _terms(row: CollectionPolicy) -> PolicyTerms:
    return PolicyTerms(
        GroundingPolicy(row.grounding),
        IdentifierPolicy(row.identifiers),
        row.external_models,
    )


def _view(row: CollectionPolicy, collection: CollectionView) -> PolicyView:
    return PolicyView(
        collection.slug, row.number, _terms(row), row.set_by_name, row.set_at
    )
