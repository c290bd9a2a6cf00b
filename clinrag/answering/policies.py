"""The answering policy of each collection: setting it, and which one holds.

Promises: a policy is set by appending a row, in one transaction with its entry
`collection.policy_set`; who sets it decides on what he saw, for a number is taken
once. One person may set it; to loosen any term takes a reason, and `loosened` lists
who did. A question to several collections is held to the strictest of all, and no
collection lets text go outside where the deployment does not. Will not:
change an answer that was given under an earlier policy.
"""

from collections.abc import Collection as Several
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from audit import ledger
from audit.actors import Actor
from audit.events import CollectionPolicySet
from audit.identifiers import new_id
from clinrag.answering.errors import PolicyChangedMeanwhile, PolicyReasonMissing
from clinrag.answering.models import CollectionPolicy
from clinrag.answering.policy import (
    GroundingPolicy,
    IdentifierPolicy,
    Policy,
    PolicyTerms,
)
from clinrag.privacy.identifiers import screen
from ingestion.queries import CollectionView, collections

LONGEST_REASON: Final = 2_000


@dataclass(frozen=True, slots=True)
class PolicyView:
    """What holds for a collection; number 0 says that nobody set anything for it."""

    collection: str
    number: int
    terms: PolicyTerms
    set_by_name: str = ""
    set_at: datetime | None = None
    loosens: bool = False
    reason: str = ""

    @property
    def is_default(self) -> bool:
        return self.number == 0


@transaction.atomic
def set_policy(
    collection: CollectionView,
    *,
    terms: PolicyTerms,
    seen: int,
    default: Policy,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> PolicyView:
    """Let `terms` hold from now on; `seen` is the number of the policy they replace.

    `default` is the deployment's, which held if nothing was set. Raises
    PolicyChangedMeanwhile when another one holds, PolicyReasonMissing.
    """
    number, why = seen + 1, reason.strip()
    former = _newest((collection.id,)).get(collection.id)
    if (former.number if former else 0) != seen:
        raise PolicyChangedMeanwhile
    loosens = terms.is_looser_than(_terms(former) if former else default.terms)
    _check_reason(why, is_needed=loosens)
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
        loosens=loosens,
        reason=why or None,
    )
    return _view(_kept(collection.id, event, by=by, at=at), collection)


def _kept(
    collection_id: UUID, event: CollectionPolicySet, *, by: Actor, at: datetime
) -> CollectionPolicy:
    """The row, with its entry; raises PolicyChangedMeanwhile for a number taken."""
    receipt = ledger.append(event, by=by, at=at)
    row = CollectionPolicy(
        id=new_id(at),
        collection_id=collection_id,
        number=event.number,
        grounding=event.grounding,
        identifiers=event.identifiers,
        external_models=event.external_models,
        loosens=bool(event.loosens),
        reason=event.reason or "",
        set_by=by.id,
        set_by_name=by.name[:200],
        set_at=at,
        entry_id=receipt.entry_id,
    )
    try:
        row.save(force_insert=True)
    except IntegrityError as error:
        raise PolicyChangedMeanwhile from error
    return row


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


def loosened(*, limit: int) -> list[PolicyView]:
    """Policies that were made less strict, of every collection, the newest first."""
    rows = CollectionPolicy.objects.filter(loosens=True).order_by("-set_at", "-id")
    known = {one.id: one for one in collections()}
    found = [row for row in rows[:limit] if row.collection_id in known]
    return [_view(row, known[row.collection_id]) for row in found]


def effective_terms(collection: CollectionView, *, default: Policy) -> PolicyTerms:
    """What questions to it alone are held to: its own terms under the deployment's."""
    return policy_for((collection,), default=default).terms


def policy_for(several: Several[CollectionView], *, default: Policy) -> Policy:
    """The strictest policy of all these collections.

    Only what the deployment allows may go outside: it answers for the agreement with
    whoever runs the model there.
    """
    set_ones = _newest(tuple(one.id for one in several))
    if not set_ones:
        return default
    unset = len({one.id for one in several}) > len(set_ones)
    every = [_terms(row) for row in set_ones.values()]
    terms = PolicyTerms.strictest([*every, default.terms] if unset else every)
    allowed = terms.external_models and default.external_models
    return default.with_terms(replace(terms, external_models=allowed))


def _check_reason(reason: str, *, is_needed: bool) -> None:
    """It stands in the ledger in the clear, so that it may name no patient."""
    if is_needed and not reason:
        raise PolicyReasonMissing
    if len(reason) > LONGEST_REASON or screen(reason).findings:
        raise PolicyReasonMissing


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
        collection.slug,
        row.number,
        _terms(row),
        row.set_by_name,
        row.set_at,
        row.loosens,
        row.reason,
    )
