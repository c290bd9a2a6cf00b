"""Signing the decision about an edition, with what lay before the signer.

Promises: the decision, the report's hash, the comparison's hash and the text's hash
commit together, in one entry; approving without a fresh report is refused unless the
signer says that he knows. Will not: check a password; the edge says how the signer was
known, and nothing else than a person's sign-in is taken for one.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from audit import canonical
from audit.actors import Actor
from clinrag.answering.foresight.errors import (
    ForesightNotAcknowledged,
    SignInNotRecent,
)
from clinrag.answering.foresight.queries import outlook
from clinrag.answering.foresight.types import Freshness
from ingestion import actions, queries
from ingestion.actions import Signature
from ingestion.lifecycle import Decision
from ingestion.queries import ReviewView

AUTHENTICATED_BY: Final = frozenset({"password", "recent_sign_in"})


@dataclass(frozen=True, slots=True)
class Signing:
    """What somebody signs; `meaning` is what the signature stands for."""

    decision: str
    meaning: str
    authenticated_by: str
    comment: str = ""
    acknowledged: bool = False


@transaction.atomic
def sign_decision(
    version_id: UUID, signing: Signing, *, by: Actor, at: datetime
) -> ReviewView:
    """Approve, return or reject a version, signed.

    Raises SignInNotRecent, ForesightNotAcknowledged and what
    `actions.review_version` raises.
    """
    if signing.authenticated_by not in AUTHENTICATED_BY:
        raise SignInNotRecent
    seen = outlook(version_id)
    is_fresh = seen.freshness is Freshness.FRESH
    must_say = signing.decision == Decision.APPROVE and not is_fresh
    if must_say and not signing.acknowledged:
        raise ForesightNotAcknowledged
    signature = Signature(
        authenticated_by=signing.authenticated_by,
        comparison_sha256=_comparison_sha256(version_id, at=at),
        foresight_sha256=seen.report.sha256 if seen.report else "",
        foresight=seen.freshness.value,
        acknowledged=signing.acknowledged and not is_fresh,
    )
    return actions.review_version(
        version_id,
        decision=signing.decision,
        meaning=signing.meaning,
        comment=signing.comment,
        signature=signature,
        by=by,
        at=at,
    )


def _comparison_sha256(version_id: UUID, *, at: datetime) -> str:
    """SHA-256 over which risks the comparison told; empty without an older edition."""
    version = queries.version(version_id)
    older = queries.version_in_force(version.document_id, at=at)
    if older is None or older.id == version_id:
        return ""
    compared = queries.comparison(older.id, version_id)
    told = {
        "older": str(older.id),
        "newer": str(version_id),
        "changed": [
            [str(one.kind), one.anchor, one.old_text, one.new_text]
            for one in compared.changes
        ],
        "risks": [
            [one.rule, str(one.grade), one.old, one.new, one.anchor]
            for one in compared.risks
        ],
    }
    return hashlib.sha256(canonical.encode(told)).hexdigest()
