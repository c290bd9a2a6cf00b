"""Signing the decision about an edition: the one way, for page, interface and shell.

Promises: nobody signs but who was known a moment ago by his password; the report's
hash, the comparison's and the text's commit with the decision, in one entry; a report
other than the one the signer saw is refused, and so is approving without a fresh one
unless he says that he knows. Will not: know accounts or passwords; the edge hands in
how the signer is found out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.actors import Actor
from clinrag.answering.foresight.errors import (
    ForesightNotAcknowledged,
    ForesightNotSeen,
)
from clinrag.answering.foresight.queries import outlook
from clinrag.answering.foresight.types import Freshness
from ingestion import actions
from ingestion.actions import Signature
from ingestion.lifecycle import PASSWORD, Decision
from ingestion.queries import ReviewView


@dataclass(frozen=True, slots=True)
class Signing:
    """What somebody signs; `meaning` is what the signature stands for.

    `foresight_sha256`: of the report that he saw, empty if there was none.
    """

    decision: str
    meaning: str
    comment: str = ""
    foresight_sha256: str = ""
    acknowledged: bool = False


def sign_decision(
    version_id: UUID,
    signing: Signing,
    *,
    authenticate: Callable[[], Actor],
    at: datetime,
) -> ReviewView:
    """Approve, return or reject a version, signed by whom `authenticate` finds.

    It is called first, and in no transaction, so that its refusals stay on record.
    Raises what it raises, ForesightNotSeen, ForesightNotAcknowledged and what
    `actions.review_version` raises.
    """
    return _sign(version_id, signing, by=authenticate(), at=at)


@transaction.atomic
def _sign(version_id: UUID, signing: Signing, *, by: Actor, at: datetime) -> ReviewView:
    return actions.review_version(
        version_id,
        decision=signing.decision,
        meaning=signing.meaning,
        comment=signing.comment,
        signature=_signature(version_id, signing, at=at),
        by=by,
        at=at,
    )


def _signature(version_id: UUID, signing: Signing, *, at: datetime) -> Signature:
    seen = outlook(version_id, at=at)
    newest = seen.report.sha256 if seen.report else ""
    if signing.foresight_sha256 != newest:
        raise ForesightNotSeen
    is_fresh = seen.freshness is Freshness.FRESH
    must_say = signing.decision == Decision.APPROVE and not is_fresh
    if must_say and not signing.acknowledged:
        raise ForesightNotAcknowledged
    return Signature(
        authenticated_by=PASSWORD,
        foresight=seen.freshness.value,
        foresight_sha256=newest,
        acknowledged=signing.acknowledged and not is_fresh,
    )
