"""Putting a version in force, and taking it out again.

Promises: one transaction under the document's lock swaps the old edition for the new
at one instant, so no query sees both or neither; every change of validity is kept,
bound to its ledger entry, and changes are kept in the order in which others come to
see them. Time passes without a daemon: which text is in force follows from the dates.
Will not: bring back an older edition when a newer one is withdrawn after it began.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from audit import ledger
from audit.actors import Actor
from audit.events import VersionActivated, VersionSuperseded, VersionWithdrawn
from ingestion import policies
from ingestion.actions.rows import about, lock_version, move, update
from ingestion.actions.timing import settle_document
from ingestion.errors import DescriptionInvalid, ValidityOverlaps
from ingestion.lifecycle import Status
from ingestion.models import CorpusChange, DocumentVersion
from ingestion.queries import VersionView
from ingestion.queries.corpus import version_view

_ORDER_OF_CHANGES: Final = 0x636F72707573  # "corpus"


@transaction.atomic
def activate_version(
    version_id: UUID,
    *,
    by: Actor,
    at: datetime,
    in_force_from: datetime | None = None,
    in_force_to: datetime | None = None,
) -> VersionView:
    """Put an approved version in force, from now unless another date is given.

    An earlier date is allowed unless another edition came into force after it; a
    later one makes it `scheduled`. Raises `VersionNotFound`, `VersionNotApproved`,
    `InvalidTransition`, `ValidityInvalid`, `ValidityOverlaps` and `UnderEmbargo`.
    """
    start = in_force_from or at
    policies.check_window(start, end=in_force_to)
    version = _locked_and_settled(version_id, at=at)
    policies.check_can_activate(version)
    policies.check_embargo(start, until=version.embargo_until)
    previous = _make_room(version, start=start, at=at)
    move(
        version,
        target=Status.IN_FORCE if start <= at else Status.SCHEDULED,
        activated_at=at,
        in_force_from=start,
        in_force_to=in_force_to,
        planned_until=in_force_to,
    )
    _record_activation(version, previous=previous, by=by, at=at)
    return version_view(_reread(version))


@transaction.atomic
def withdraw_version(
    version_id: UUID, *, reason: str, by: Actor, at: datetime
) -> VersionView:
    """Take a version out of force at once, or cancel it before it begins.

    Cancelling a scheduled version gives the edition before it its time back.
    Raises `VersionNotFound`, `VersionNotActivated`, `InvalidTransition` and
    `DescriptionInvalid` when no reason is given.
    """
    if not reason.strip():
        raise DescriptionInvalid("reason")
    version = _locked_and_settled(version_id, at=at)
    policies.check_can_withdraw(version)
    was = (version.in_force_from, version.in_force_to)
    move(
        version,
        target=Status.WITHDRAWN,
        withdrawn_at=at,
        withdrawal_reason=reason.strip(),
        in_force_to=_end_of_withdrawn(version, at=at),
    )
    changed = [version] if was[1] != version.in_force_to else []
    if _is_empty(version) and changed:
        changed += _give_time_back(version)
    receipt = ledger.append(_withdrawn(version), by=by, at=at)
    _remember(changed, entry_id=receipt.entry_id, at=at)
    return version_view(version)


def _locked_and_settled(version_id: UUID, *, at: datetime) -> DocumentVersion:
    version = lock_version(version_id)
    settle_document(version.document_id, at=at)
    return _reread(version)


def _reread(version: DocumentVersion) -> DocumentVersion:
    version.refresh_from_db(fields=["status", "in_force_to"])
    return version


def _others_with_time(version: DocumentVersion) -> QuerySet[DocumentVersion]:
    """The document's other activated versions whose validity is not empty."""
    rows = DocumentVersion.objects.filter(
        Q(in_force_to__isnull=True) | Q(in_force_to__gt=F("in_force_from")),
        document_id=version.document_id,
        in_force_from__isnull=False,
    )
    return rows.exclude(pk=version.pk)


def _make_room(
    version: DocumentVersion, *, start: datetime, at: datetime
) -> DocumentVersion | None:
    """End the edition before at `start`; the exclusion constraint wants it first."""
    previous = _others_with_time(version).order_by("-in_force_from").first()
    if previous is None:
        return None
    if previous.in_force_from is not None and start < previous.in_force_from:
        raise ValidityOverlaps
    if previous.in_force_to is not None and previous.in_force_to <= start:
        return None
    update(previous, in_force_to=start)
    if previous.status == Status.IN_FORCE and start <= at:
        move(previous, target=Status.SUPERSEDED)
    return previous


def _record_activation(
    version: DocumentVersion,
    *,
    previous: DocumentVersion | None,
    by: Actor,
    at: datetime,
) -> None:
    changed = [version] if previous is None else [previous, version]
    if previous is not None:
        ledger.append(_superseded(previous, by_version=version), by=by, at=at)
    receipt = ledger.append(_activated(version, previous=previous), by=by, at=at)
    settle_document(version.document_id, at=at)
    _remember(changed, entry_id=receipt.entry_id, at=at)


def _remember(versions: list[DocumentVersion], *, entry_id: UUID, at: datetime) -> None:
    """The last thing a transaction does.

    One at a time, until it commits: otherwise a change could come to be seen after one
    with a higher number, and a corpus position would name two different corpora.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ORDER_OF_CHANGES])
    CorpusChange.objects.bulk_create(
        CorpusChange(
            entry_id=entry_id,
            version=version,
            in_force_from=version.in_force_from,
            in_force_to=version.in_force_to,
            changed_at=at,
        )
        for version in versions
        if version.in_force_from is not None
    )


def _end_of_withdrawn(version: DocumentVersion, *, at: datetime) -> datetime | None:
    """Now, but never before it began nor after it had ended anyway."""
    if version.in_force_from is None:
        return None
    end = max(at, version.in_force_from)
    return end if version.in_force_to is None else min(end, version.in_force_to)


def _is_empty(version: DocumentVersion) -> bool:
    return version.in_force_from == version.in_force_to


def _give_time_back(version: DocumentVersion) -> list[DocumentVersion]:
    """Let the edition that would have made way stay, up to whatever comes next."""
    rows = DocumentVersion.objects.filter(
        document_id=version.document_id, in_force_to=version.in_force_from
    )
    ended = rows.exclude(pk=version.pk).exclude(status=Status.WITHDRAWN)
    previous = ended.order_by("-in_force_from", "-activated_at").first()
    if previous is None:
        return []
    following = _others_with_time(version).filter(
        in_force_from__gte=version.in_force_from
    )
    starts = [row.in_force_from for row in following if row.pk != previous.pk]
    ends = [end for end in (*starts, previous.planned_until) if end is not None]
    update(previous, in_force_to=min(ends, default=None))
    return [previous]


def _activated(
    version: DocumentVersion, *, previous: DocumentVersion | None
) -> VersionActivated:
    return VersionActivated(
        **about(version),
        in_force_from=_iso(version.in_force_from) or "",
        in_force_to=_iso(version.in_force_to),
        supersedes=None if previous is None else str(previous.id),
    )


def _superseded(
    version: DocumentVersion, *, by_version: DocumentVersion
) -> VersionSuperseded:
    return VersionSuperseded(
        **about(version),
        superseded_by=str(by_version.id),
        in_force_to=_iso(version.in_force_to) or "",
    )


def _withdrawn(version: DocumentVersion) -> VersionWithdrawn:
    return VersionWithdrawn(
        **about(version),
        reason=version.withdrawal_reason,
        in_force_to=_iso(version.in_force_to),
    )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
