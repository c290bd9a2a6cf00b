"""An evidence package as it stands: from the request to the deletion of its file.

Promises that a step which matters commits with its entry, that a package is built only
after two people agreed on exactly its scope, and that of two processes one builds. Does
not know who may ask for what, nor what is in a package.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from audit import ledger
from audit.actors import Actor
from audit.custody import authorizations
from audit.custody.authorizations import Action, AuthorizationView
from audit.errors import (
    Erased,
    ExportEmpty,
    ExportGone,
    ExportInvalid,
    ExportNotReady,
    ExportStateWrong,
    ExportUnknown,
)
from audit.events import (
    ExportBuilt,
    ExportCancelled,
    ExportDownloaded,
    ExportFailed,
    ExportRemoved,
)
from audit.exports import erasures, previewing
from audit.exports.proving import choose_bounds
from audit.exports.scopes import Content, Kind, Scope, read
from audit.identifiers import new_id
from audit.models import Export
from audit.sealing import find_subject, key_wrapper

KEPT_FOR: Final = timedelta(days=14)


class State(StrEnum):
    """Where a package is; the authorization says whether it is agreed to."""

    REQUESTED = "requested"
    BUILDING = "building"
    BUILT = "built"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class ExportView:
    """A package as it stands.

    `looked_at` counts entries of the log that were looked at, of `to_look_at`.
    """

    id: UUID
    authorization: AuthorizationView
    kind: Kind
    scope: Mapping[str, str]
    content: Content
    requested_by: str
    requested_by_name: str
    requested_at: datetime
    state: State
    entries_done: int
    looked_at: int
    to_look_at: int
    failure_code: str
    finished_at: datetime | None
    byte_size: int | None
    sha256: str
    manifest_sha256: str
    downloads: int
    expires_at: datetime | None


def request(
    kind: str,
    *,
    scope: Mapping[str, str],
    content: str,
    reason: str,
    by: Actor,
    at: datetime,
    export_id: UUID | None = None,
) -> ExportView:
    """Ask for a package; a second person has to agree before it is built.

    The same `export_id` gives the same package again. Raises ExportInvalid,
    ExportTooLarge, DeciderIsNotAPerson, AuthorizationInvalid, or what the ledger
    raises.
    """
    checked = read(kind, scope)
    if content not in set(Content):
        raise ExportInvalid("content")
    previewing.check_fits(checked)
    identity = export_id or new_id(at)
    with transaction.atomic():
        row = Export.objects.filter(pk=identity).first()
        if row is None:
            row = _create(identity, checked, content, reason=reason, by=by, at=at)
    return _view(row)


def scope_of_person(reference: str) -> dict[str, str]:
    """The scope of all that was sealed for a person; the reference is kept nowhere.

    Raises ExportEmpty if nothing was, or no longer is.
    """
    subject_id = find_subject(reference, wrapped_by=key_wrapper())
    if subject_id is None:
        raise ExportEmpty
    return {"subject_id": str(subject_id)}


def start(export_id: UUID, *, by: Actor, at: datetime) -> ExportView:
    """Begin a package that was agreed to: its authorization is used up with this.

    Building one that has begun again is no error. Raises ExportUnknown, NotAuthorized,
    ExportStateWrong (also while content is being erased, if it is to be read),
    NotYetSigned, or what the ledger raises.
    """
    with transaction.atomic():
        erasures.wait(by_id(export_id).content)
        row = locked(export_id)
        if row.state == State.BUILDING:
            return _view(row)
        if row.state != State.REQUESTED:
            raise ExportStateWrong
        erasures.begin(row)
        authorizations.claim(
            row.authorization_id,
            action=Action.EXPORT,
            scope=_agreed(row.id, row.kind, row.scope, row.content),
            by=by,
            at=at,
        )
        row.state, row.bounds = State.BUILDING.value, choose_bounds()
        row.attended_at = at
        row.save(update_fields=["state", "bounds", "attended_at", "erasures_before"])
    return _view(row)


def cancel(export_id: UUID, *, by: Actor, at: datetime) -> ExportView:
    """Give a package up; one that is being built stops within a page of entries.

    Raises ExportUnknown, ExportStateWrong, or what the ledger raises.
    """
    with transaction.atomic():
        row = locked(export_id)
        if row.state not in {State.REQUESTED, State.BUILDING}:
            raise ExportStateWrong
        _end(row, State.CANCELLED, at=at)
        row.is_cancelled = True
        row.save(update_fields=["is_cancelled"])
        ledger.append(ExportCancelled(**_shared(row)), by=by, at=at)
    return _view(row)


def finish(
    export_id: UUID,
    *,
    byte_size: int,
    sha256: str,
    manifest_sha256: str,
    by: Actor,
    at: datetime,
) -> ExportView:
    """A package is complete and in its place. Raises ExportStateWrong, Erased."""
    with transaction.atomic():
        erasures.wait(by_id(export_id).content)
        row = locked(export_id)
        if row.state != State.BUILDING:
            raise ExportStateWrong
        erasures.check(row)
        built = ExportBuilt(
            **_shared(row),
            content=row.content,
            entries=row.entries_done,
            byte_size=byte_size,
            sha256=sha256,
            manifest_sha256=manifest_sha256,
        )
        ledger.append(built, by=by, at=at)
        row.byte_size, row.sha256 = byte_size, sha256
        row.manifest_sha256, row.expires_at = manifest_sha256, at + KEPT_FOR
        row.save(update_fields=["byte_size", "sha256", "manifest_sha256", "expires_at"])
        _end(row, State.BUILT, at=at)
    return _view(row)


def fail(export_id: UUID, *, code: str, by: Actor, at: datetime) -> ExportView:
    """A package cannot be built, for a reason with this stable code."""
    with transaction.atomic():
        row = locked(export_id)
        if row.state != State.BUILDING:
            raise ExportStateWrong
        row.failure_code = code
        row.save(update_fields=["failure_code"])
        ledger.append(ExportFailed(**_shared(row), code=code), by=by, at=at)
        _end(row, State.FAILED, at=at)
    return _view(row)


def record_download(
    export_id: UUID, *, surface: str, by: Actor, at: datetime
) -> ExportView:
    """Committed before the first byte leaves, in its own transaction.

    Raises ExportUnknown, ExportNotReady, ExportGone, or what the ledger raises.
    """
    with transaction.atomic(durable=True):
        erasures.wait(by_id(export_id).content)
        row = locked(export_id)
        _check_downloadable(row, at=at)
        downloaded = ExportDownloaded(
            **_shared(row), surface=surface, sha256=row.sha256
        )
        ledger.append(downloaded, by=by, at=at)
        Export.objects.filter(pk=export_id).update(downloads=F("downloads") + 1)
        row.downloads += 1
    return _view(row)


def expired(*, at: datetime, limit: int = 100) -> list[UUID]:
    """Packages whose file is to be deleted, oldest first."""
    rows = Export.objects.filter(state=State.BUILT, expires_at__lte=at)
    return list(rows.order_by("expires_at").values_list("pk", flat=True)[:limit])


def record_removal(
    export_id: UUID, *, by: Actor, at: datetime, code: str = ""
) -> ExportView:
    """The file of a package is deleted: its time is over, or what this code says.

    Raises ExportStateWrong.
    """
    with transaction.atomic():
        row = locked(export_id)
        if row.state != State.BUILT:
            raise ExportStateWrong
        ledger.append(ExportRemoved(**_shared(row), sha256=row.sha256), by=by, at=at)
        row.state, row.failure_code = State.REMOVED.value, code
        row.save(update_fields=["state", "failure_code"])
    return _view(row)


def by_id(export_id: UUID) -> ExportView:
    """The package as it stands. Raises ExportUnknown."""
    row = Export.objects.filter(pk=export_id).first()
    if row is None:
        raise ExportUnknown
    return _view(row)


def recent(*, limit: int = 50) -> list[ExportView]:
    """Packages in any state, newest first."""
    return [_view(row) for row in Export.objects.order_by("-requested_at")[:limit]]


def unattended(*, before: datetime, limit: int = 20) -> list[UUID]:
    """Packages whose process has not been heard of since, oldest first."""
    rows = Export.objects.filter(state=State.BUILDING, attended_at__lt=before)
    return list(rows.order_by("attended_at").values_list("pk", flat=True)[:limit])


def locked(export_id: UUID) -> Export:
    """The row, locked in the caller's transaction. Raises ExportUnknown."""
    row = Export.objects.select_for_update().filter(pk=export_id).first()
    if row is None:
        raise ExportUnknown
    return row


def scope_of(row: Export) -> Scope:
    """What a package is about."""
    return read(row.kind, row.scope)


def _create(
    identity: UUID, scope: Scope, content: str, *, reason: str, by: Actor, at: datetime
) -> Export:
    words = dict(scope.words)
    asked = authorizations.request(
        Action.EXPORT,
        scope=_agreed(identity, scope.kind, words, content),
        reason=reason,
        by=by,
        at=at,
    )
    return Export.objects.create(
        id=identity,
        authorization_id=asked.id,
        kind=scope.kind.value,
        scope=words,
        content=content,
        requested_by=by.id,
        requested_by_name=by.name,
        requested_at=at,
    )


def _agreed(
    identity: UUID, kind: str, words: Mapping[str, str], content: str
) -> dict[str, str]:
    """What two people agree on: this package, of this, with this content."""
    return {"export": str(identity), "kind": str(kind), "content": content} | dict(
        words
    )


def _check_downloadable(row: Export, *, at: datetime) -> None:
    if row.state in {State.REQUESTED, State.BUILDING}:
        raise ExportNotReady
    if row.state == State.REMOVED or (row.expires_at and row.expires_at <= at):
        raise ExportGone
    if row.state != State.BUILT:
        raise ExportStateWrong
    try:
        erasures.check(row)
    except Erased as error:
        raise ExportGone from error


def _end(row: Export, state: State, *, at: datetime) -> None:
    row.state, row.finished_at = state.value, at
    row.save(update_fields=["state", "finished_at"])


def _shared(row: Export) -> dict[str, Any]:
    return {
        "export_id": str(row.id),
        "authorization_id": str(row.authorization_id),
        "kind": row.kind,
    }


def _view(row: Export) -> ExportView:
    return ExportView(
        id=row.id,
        authorization=authorizations.by_id(row.authorization_id),
        kind=Kind(row.kind),
        scope=dict(row.scope),
        content=Content(row.content),
        requested_by=row.requested_by,
        requested_by_name=row.requested_by_name,
        requested_at=row.requested_at,
        state=State(row.state),
        entries_done=row.entries_done,
        looked_at=row.looked_at,
        to_look_at=row.progress.get("to_look_at", 0),
        failure_code=row.failure_code,
        finished_at=row.finished_at,
        byte_size=row.byte_size,
        sha256=row.sha256,
        manifest_sha256=row.manifest_sha256,
        downloads=row.downloads,
        expires_at=row.expires_at,
    )
