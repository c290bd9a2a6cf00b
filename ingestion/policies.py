"""Whether a step may be taken, given who asks and what the state is.

Promises: rules come in pairs, `check_…` raises and `can_…` answers; the database
keeps the ones that matter most a second time. Will not: know roles or permissions
(the edge does), read the clock, or write.
"""

from datetime import datetime

from audit.actors import Actor, ActorKind
from ingestion.errors import (
    IngestionError,
    InvalidTransition,
    ReviewerIsAuthor,
    ReviewerIsNotAPerson,
    UnderEmbargo,
    ValidityInvalid,
    VersionNotActivated,
    VersionNotApproved,
)
from ingestion.lifecycle import (
    ACTIVATED,
    DECIDED,
    Decision,
    Status,
    check_can_move,
)
from ingestion.models import DocumentVersion, Source


def check_can_review(
    version: DocumentVersion, *, by: Actor, decision: Decision
) -> None:
    """Raises `ReviewerIsNotAPerson`, `ReviewerIsAuthor` or `InvalidTransition`."""
    if by.kind is not ActorKind.PERSON:
        raise ReviewerIsNotAPerson  # whoever holds a key may be the author
    if by.id in {version.author_id, _who_added(version.author_id)}:
        raise ReviewerIsAuthor  # whoever fills a watched folder brings its editions
    check_can_move(Status(version.status), target=DECIDED[decision])


def can_review(version: DocumentVersion, *, by: Actor, decision: Decision) -> bool:
    return not _raises(check_can_review, version, by=by, decision=decision)


def check_can_activate(version: DocumentVersion) -> None:
    """Raises `InvalidTransition` if activated before, else `VersionNotApproved`."""
    status = Status(version.status)
    if status in ACTIVATED:
        raise InvalidTransition(status, Status.IN_FORCE)
    if status is not Status.APPROVED:
        raise VersionNotApproved


def can_activate(version: DocumentVersion) -> bool:
    return not _raises(check_can_activate, version)


def check_can_withdraw(version: DocumentVersion) -> None:
    """Raises `VersionNotActivated`, or `InvalidTransition` when withdrawn already."""
    if Status(version.status) not in ACTIVATED:
        raise VersionNotActivated
    check_can_move(Status(version.status), target=Status.WITHDRAWN)


def can_withdraw(version: DocumentVersion) -> bool:
    return not _raises(check_can_withdraw, version)


def check_window(start: datetime, *, end: datetime | None) -> None:
    """Raises `ValidityInvalid` unless both have a zone and the end is later."""
    if start.tzinfo is None or (end is not None and end.tzinfo is None):
        raise ValidityInvalid
    if end is not None and end <= start:
        raise ValidityInvalid


def check_embargo(start: datetime | None, *, until: datetime | None) -> None:
    """Raises `UnderEmbargo` if a text begins before its embargo ends.

    Also raises `ValidityInvalid` for an embargo without a time zone.
    """
    if until is not None and until.tzinfo is None:
        raise ValidityInvalid
    if start is not None and until is not None and start < until:
        raise UnderEmbargo


def _who_added(author_id: str) -> str | None:
    """Who set up the source that is the author; None when the author is none."""
    kind, _, source_id = author_id.partition(":")
    if kind != "source":
        return None
    return Source.objects.values_list("added_by", flat=True).get(pk=source_id)


def _raises(check: object, *arguments: object, **named: object) -> bool:
    try:
        check(*arguments, **named)  # type: ignore[operator]
    except IngestionError:
        return True
    return False
