"""The second person's decision about a version.

Promises: the author is refused here and once more by the database. Will not: put
anything in force.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor
from audit.events import VersionReviewed
from ingestion import policies
from ingestion.actions.rows import about, lock_version, move
from ingestion.actions.stages import ready_for_review
from ingestion.errors import DecisionUnknown, DescriptionInvalid, InvalidTransition
from ingestion.lifecycle import DECIDED, Decision, Status
from ingestion.models import DocumentVersion, Review
from ingestion.queries import ReviewView, VersionView
from ingestion.queries.corpus import review_view, version_view

MEANING_LENGTH: Final = 300


@transaction.atomic
def review_version(
    version_id: UUID,
    *,
    decision: str,
    meaning: str,
    by: Actor,
    at: datetime,
    comment: str = "",
) -> ReviewView:
    """Approve, return or reject; `meaning` is what the decision stands for.

    Raises `DecisionUnknown`, `DescriptionInvalid`, `VersionNotFound`,
    `ReviewerIsAuthor`, `ReviewerIsNotAPerson` and `InvalidTransition`.
    """
    decided = _decision(decision)
    if not 0 < len(meaning.strip()) <= MEANING_LENGTH:
        raise DescriptionInvalid("meaning")
    version = lock_version(version_id)
    policies.check_can_review(version, by=by, decision=decided)
    review = Review.objects.create(
        version=version,
        reviewer_id=by.id,
        reviewer_name=by.name[:200],
        decision=decided.value,
        meaning=meaning.strip(),
        comment=comment,
        decided_at=at,
    )
    approved_at = at if decided is Decision.APPROVE else None
    move(version, target=DECIDED[decided], approved_at=approved_at)
    ledger.append(_reviewed(version, review=review), by=by, at=at)
    return review_view(review)


@transaction.atomic
def resubmit_version(version_id: UUID, *, by: Actor, at: datetime) -> VersionView:
    """Ask for review again after a version was returned with questions.

    Raises `VersionNotFound` or `InvalidTransition`.
    """
    version = lock_version(version_id)
    if version.status != Status.RETURNED:
        raise InvalidTransition(version.status, Status.IN_REVIEW)
    move(version, target=Status.IN_REVIEW)
    ledger.append(ready_for_review(version), by=by, at=at)
    return version_view(version)


def _decision(decision: str) -> Decision:
    try:
        return Decision(decision)
    except ValueError as error:
        raise DecisionUnknown from error


def _reviewed(version: DocumentVersion, *, review: Review) -> VersionReviewed:
    return VersionReviewed(
        **about(version),
        review_id=str(review.id),
        decision=review.decision,
        meaning=review.meaning,
    )
