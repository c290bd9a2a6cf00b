"""Holding a version for a person's decision.

Promises: a held version goes no further, neither by a stage nor by a review, until a
person releases or rejects it with a reason; what a person released is not held again
for the same findings. Will not: look for anything; what is found is given as counts by
kind, never as text.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor, ActorKind
from audit.events import VersionHeld, VersionHoldDecided
from ingestion.actions.rows import about, lock_version, move
from ingestion.errors import DescriptionInvalid, InvalidTransition, ReviewerIsNotAPerson
from ingestion.lifecycle import HoldDecision, Status
from ingestion.models import DocumentVersion, VersionHold, VersionText
from ingestion.queries import VersionView
from ingestion.queries.corpus import version_view


@transaction.atomic
def hold_version(
    version_id: UUID,
    *,
    code: str,
    findings: Mapping[str, int],
    by: Actor,
    at: datetime,
) -> VersionView:
    """Stop a version that was read, or is in review, until a person decides.

    Does nothing when it is held already, or when a person released it with these very
    findings. May be called inside the transaction that moved the version to `parsed`.
    Raises `VersionNotFound` and `InvalidTransition`.
    """
    version = lock_version(version_id)
    if version.status != Status.HELD and not _released(version, code, findings):
        move(version, target=Status.HELD, attended_at=at)
        hold = VersionHold.objects.create(
            version=version,
            code=code,
            findings=dict(findings),
            held_at=at,
            held_by=by.id,
        )
        ledger.append(_held(hold), by=by, at=at)
    return version_view(version)


@transaction.atomic
def release_hold(
    version_id: UUID, *, reason: str, by: Actor, at: datetime
) -> VersionView:
    """Let a held version go on from where it stood.

    One whose text is not cut yet is `parsed` again: enqueue it. Raises
    `VersionNotFound`, `InvalidTransition`, `ReviewerIsNotAPerson` and
    `DescriptionInvalid` when no reason is given.
    """
    version = _locked(version_id, reason=reason, by=by)
    is_cut = VersionText.objects.filter(version=version).exists()
    target = Status.IN_REVIEW if is_cut else Status.PARSED
    _decide(version, HoldDecision.RELEASE, reason=reason, by=by, at=at)
    move(version, target=target, attended_at=at)
    return version_view(version)


@transaction.atomic
def reject_hold(
    version_id: UUID, *, reason: str, by: Actor, at: datetime
) -> VersionView:
    """End a held version for good; raises what `release_hold` raises."""
    version = _locked(version_id, reason=reason, by=by)
    _decide(version, HoldDecision.REJECT, reason=reason, by=by, at=at)
    move(version, target=Status.REJECTED)
    return version_view(version)


def _locked(version_id: UUID, *, reason: str, by: Actor) -> DocumentVersion:
    if by.kind is not ActorKind.PERSON:
        raise ReviewerIsNotAPerson
    if not reason.strip():
        raise DescriptionInvalid("reason")
    version = lock_version(version_id)
    if version.status != Status.HELD:
        raise InvalidTransition(version.status, Status.PARSED)
    return version


def _decide(
    version: DocumentVersion,
    decision: HoldDecision,
    *,
    reason: str,
    by: Actor,
    at: datetime,
) -> None:
    hold = VersionHold.objects.get(version=version, decided_at=None)
    hold.decision = decision.value
    hold.reason = reason.strip()
    hold.decided_at, hold.decided_by, hold.decided_by_name = at, by.id, by.name[:200]
    hold.save(
        update_fields=[
            "decision", "reason", "decided_at", "decided_by", "decided_by_name",
        ]
    )  # fmt: skip
    decided = VersionHoldDecided(
        **about(version),
        hold_id=str(hold.id),
        decision=decision.value,
        reason=hold.reason,
    )
    ledger.append(decided, by=by, at=at)


def _released(version: DocumentVersion, code: str, findings: Mapping[str, int]) -> bool:
    return VersionHold.objects.filter(
        version=version,
        code=code,
        findings=dict(findings),
        decision=HoldDecision.RELEASE,
    ).exists()


def _held(hold: VersionHold) -> VersionHeld:
    return VersionHeld(
        **about(hold.version),
        hold_id=str(hold.id),
        code=hold.code,
        findings=tuple(sorted(hold.findings.items())),
    )
