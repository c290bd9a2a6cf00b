"""The second person's decision about a version.

Promises: the author is refused here and once more by the database, and so is a
decision that nobody signed or that is bound to no text. Will not: put anything in
force, nor look at a password; `clinrag.answering.foresight.signing` does, and is the
one that calls this.
"""

from dataclasses import dataclass
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
from ingestion.errors import (
    DecisionNotSigned,
    DecisionUnknown,
    DescriptionInvalid,
    InvalidTransition,
)
from ingestion.lifecycle import DECIDED, FORESEEN, PASSWORD, Decision, Status
from ingestion.models import DocumentVersion, Review
from ingestion.queries import ReviewView, VersionView
from ingestion.queries.binding import comparison_sha256, text_sha256
from ingestion.queries.corpus import review_view, version_view

MEANING_LENGTH: Final = 300


@dataclass(frozen=True, slots=True)
class Signature:
    """How the signer was known at that moment, and what was foreseen for him.

    `authenticated_by` is "password"; `foresight` is "fresh", "stale" or "missing", and
    `foresight_sha256` the report's SHA-256 in hexadecimal, empty if it is missing.
    `acknowledged`: he knows that it is not fresh. Text and comparison are bound here.
    """

    authenticated_by: str
    foresight: str
    foresight_sha256: str = ""
    acknowledged: bool = False


@transaction.atomic
def review_version(
    version_id: UUID,
    *,
    decision: str,
    meaning: str,
    by: Actor,
    at: datetime,
    signature: Signature,
    comment: str = "",
) -> ReviewView:
    """Approve, return or reject; `meaning` is what the decision stands for.

    The text that is decided about, and its comparison with the edition in force, are
    bound to the decision by their hashes. Raises `DecisionUnknown`,
    `DescriptionInvalid`, `VersionNotFound`, `ReviewerIsAuthor`,
    `ReviewerIsNotAPerson`, `InvalidTransition` and `DecisionNotSigned`.
    """
    decided = _decision(decision)
    if not 0 < len(meaning.strip()) <= MEANING_LENGTH:
        raise DescriptionInvalid("meaning")
    version = lock_version(version_id)
    policies.check_can_review(version, by=by, decision=decided)
    review = _signed(version, signature=signature, by=by, at=at)
    review.decision, review.meaning = decided.value, meaning.strip()
    review.comment = comment
    _check_signed(review)
    Review.objects.bulk_create([review])
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


def _signed(
    version: DocumentVersion, *, signature: Signature, by: Actor, at: datetime
) -> Review:
    return Review(
        version=version,
        reviewer_id=by.id,
        reviewer_name=by.name[:200],
        authenticated_by=signature.authenticated_by,
        text_sha256=text_sha256(version.id),
        comparison_sha256=comparison_sha256(version.id, at=at),
        foresight_sha256=signature.foresight_sha256,
        foresight=signature.foresight,
        acknowledged=signature.acknowledged,
        decided_at=at,
    )


def _check_signed(review: Review) -> None:
    """Refuse what the database refuses, too: see the constraint `review_is_signed`."""
    is_fresh, is_missing = review.foresight == "fresh", review.foresight == "missing"
    is_known = review.authenticated_by == PASSWORD and review.foresight in FORESEEN
    is_bound = is_missing == (not review.foresight_sha256)
    if review.decision == Decision.APPROVE:
        is_bound &= bool(review.text_sha256) and (is_fresh or review.acknowledged)
    if not (is_known and is_bound):
        raise DecisionNotSigned


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
        printed_name=review.reviewer_name,
        authenticated_by=review.authenticated_by,
        text_sha256=review.text_sha256 or None,
        comparison_sha256=review.comparison_sha256 or None,
        foresight_sha256=review.foresight_sha256 or None,
        foresight=review.foresight,
        acknowledged=review.acknowledged,
    )
