"""Erasure: two people agree, keys are destroyed, and tombstones say what is gone.

The order: first, in one transaction, the authorization is used up and the intent
written down; then, under the lock of the holds, the keys are destroyed and the
tombstones written. The keys' commit stands before that of the tombstones, since no
entry may say that something is gone which is not. A process that dies between the two
leaves the intent, and `resume` ends it: keys that are gone get their tombstone even if
a hold came meanwhile; keys that are not, and are held by then, stay. One erasure's
trouble is not another's: a round logs it and goes on.

Proofs go on holding: no byte of the log changes. Content is gone from every copy of
`default` at once, and from backups of `keys` when those age out, which is then checked.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit import ledger, sealing
from audit.actors import Actor
from audit.custody import authorizations, holds, key_holds
from audit.custody.authorizations import Action, AuthorizationView
from audit.custody.errors import ErasureUnknown, ScopeInvalid
from audit.custody.returning import ended_again, is_back, returned, unnamed_keys
from audit.custody.scopes import ERASABLE, Scope, ScopeKind
from audit.errors import ContentHeld
from audit.events import (
    ContentErased,
    ErasedEntry,
    ErasureChecked,
    ErasureStopped,
)
from audit.identifiers import new_id
from audit.models import ClosedQuery, Entry, Erasure, Payload
from audit.rounds import take_each
from audit.sealing.data_keys import keys_of_subject, living_keys

# Of an entry's 64 KiB each takes some 130 bytes.
ENTRIES_A_TOMBSTONE: Final = 300
_WORD: Final = "reason_class"


class ReasonClass(StrEnum):
    """Why content is erased, in a word that may stand in the log."""

    SUBJECT_REQUEST = "subject_request"
    RETENTION_ENDED = "retention_ended"
    ENTERED_IN_ERROR = "entered_in_error"
    COURT_ORDER = "court_order"
    OTHER = "other"


class ErasureState(StrEnum):
    """`stopped` by a hold, with nothing destroyed; `checked` after the backups."""

    BEGUN = "begun"
    STOPPED = "stopped"
    DONE = "done"
    CHECKED = "checked"


_ENDED: Final = (ErasureState.DONE, ErasureState.CHECKED)


@dataclass(frozen=True, slots=True)
class ErasureView:
    """How far an erasure has come; `entry_id` is that of its (first) tombstone."""

    id: UUID
    authorization_id: UUID
    scope: Scope
    reason_class: ReasonClass
    state: ErasureState
    keys: int
    begun_at: datetime
    ended_at: datetime | None
    entry_id: UUID | None
    backups_gone_at: datetime | None
    checked_at: datetime | None


def request(
    scope: Scope, *, reason_class: ReasonClass, reason: str, by: Actor, at: datetime
) -> AuthorizationView:
    """Ask a second person to agree to an erasure. Raises ScopeInvalid."""
    if scope.kind not in ERASABLE:
        raise ScopeInvalid
    words = scope.as_words() | {_WORD: reason_class.value}
    return authorizations.request(
        Action.ERASURE, scope=words, reason=reason, by=by, at=at
    )


def holds_on(scope: Scope) -> list[UUID]:
    """The holds that would stop an erasure of this by now; others may come."""
    return sorted(_holds_on(*_targets(scope)))


def agreed_scope(asked: AuthorizationView) -> Scope:
    """What an erasure that was asked for is about. Raises ScopeInvalid."""
    return _asked(asked.scope)[0]


def execute(authorization_id: UUID, *, by: Actor, at: datetime) -> ErasureView:
    """Erase what two people agreed on.

    Raises NotAuthorized; ContentHeld under a legal hold, and then the authorization is
    still good; LedgerUnavailable, and then `resume` goes on.
    """
    return finish(begin(authorization_id, by=by, at=at), by=by, at=at)


def begin(authorization_id: UUID, *, by: Actor, at: datetime) -> UUID:
    """Use up the authorization and write down what will be erased; the erasure's id."""
    asked = authorizations.by_id(authorization_id)
    scope, reason_class = _asked(asked.scope)
    with transaction.atomic(durable=True):
        holds.lock()
        authorizations.claim(
            authorization_id, action=Action.ERASURE, scope=asked.scope, by=by, at=at
        )
        key_ids, subject_ids = _targets(scope)
        key_holds.align(at=at)
        if _holds_on(key_ids, subject_ids):
            raise ContentHeld
        row = Erasure.objects.create(
            id=new_id(at),
            authorization_id=authorization_id,
            kind=scope.kind.value,
            scope=scope.as_words(),
            reason_class=reason_class.value,
            key_ids=key_ids,
            subject_ids=subject_ids,
            begun_at=at,
        )
    return row.id


def finish(erasure_id: UUID, *, by: Actor, at: datetime) -> ErasureView:
    """Destroy the keys and write the tombstones; does nothing a second time.

    Raises ErasureUnknown, LedgerUnavailable.
    """
    with transaction.atomic(durable=True):
        holds.lock()
        row = Erasure.objects.select_for_update().filter(pk=erasure_id).first()
        if row is None:
            raise ErasureUnknown
        if row.state == ErasureState.BEGUN:
            _finish(row, by=by, at=at)
    return _view(row)


def resume(*, by: Actor, at: datetime, limit: int = 100) -> int:
    """Bring to their end the erasures that a crash left; how many were."""
    begun = Erasure.objects.filter(state=ErasureState.BEGUN).order_by("begun_at")
    waiting = list(begun.values_list("pk", flat=True)[:limit])
    return take_each(waiting, lambda one: _resume(one, by=by, at=at), kind="erasure")


def check_due(*, by: Actor, at: datetime, limit: int = 100) -> int:
    """Look once more for the keys whose backups have aged out; how many erasures.

    Keys of any erasure that came back, from a restored backup, are destroyed again at
    once, and looked for again later; under a hold that came since they stay until it
    is released.
    """
    done = Erasure.objects.filter(state=ErasureState.DONE, backups_gone_at__lte=at)
    due = list(done.order_by("begun_at").values_list("pk", flat=True)[:limit])
    again = [one for one in returned(_ENDED) if one not in due]
    return take_each(
        due + again, lambda one: _check_one(one, by=by, at=at), kind="erasure"
    )


def by_id(erasure_id: UUID) -> ErasureView:
    """How far it has come. Raises ErasureUnknown."""
    row = Erasure.objects.filter(pk=erasure_id).first()
    if row is None:
        raise ErasureUnknown
    return _view(row)


def recent(limit: int) -> list[ErasureView]:
    """Erasures in any state, newest first."""
    return [_view(row) for row in Erasure.objects.order_by("-begun_at")[:limit]]


def _resume(erasure_id: UUID, *, by: Actor, at: datetime) -> bool:
    finish(erasure_id, by=by, at=at)
    return True


def _check_one(erasure_id: UUID, *, by: Actor, at: datetime) -> bool:
    with transaction.atomic(durable=True):
        holds.lock()
        row = Erasure.objects.select_for_update().get(pk=erasure_id)
        is_due = row.state == ErasureState.DONE and (row.backups_gone_at or at) <= at
        # Another round may have done it while this one waited for the lock.
        if not is_due and not is_back(row):
            return False
        _check(row, by=by, at=at)
    return True


def erased_among(key_ids: Collection[UUID]) -> set[UUID]:
    """Of these keys those that an erasure ended, should a backup have them still."""
    rows = Erasure.objects.filter(
        state__in=_ENDED, key_ids__overlap=list(key_ids)
    ).values_list("key_ids", flat=True)
    return set(chain.from_iterable(rows)) & set(key_ids)


def _asked(words: Mapping[str, str]) -> tuple[Scope, ReasonClass]:
    (kind,) = words.keys() - {_WORD} or {""}
    return Scope.from_words(kind, words), ReasonClass(words[_WORD])


def _targets(scope: Scope) -> tuple[list[UUID], list[UUID]]:
    """The data keys, and the subjects' keys, that the scope covers."""
    if scope.id is None:
        raise ScopeInvalid
    if scope.kind is ScopeKind.SUBJECT:
        return keys_of_subject(scope.id), [scope.id]
    entry_ids = [scope.id]
    if scope.kind is ScopeKind.QUESTION:
        closed = ClosedQuery.objects.filter(query_id=scope.id)
        entry_ids += closed.values_list("entry_id", flat=True)
    payloads = Payload.objects.filter(entry_id__in=entry_ids)
    return sorted(payloads.values_list("key_id", flat=True)), []


def _holds_on(key_ids: Sequence[UUID], subject_ids: Sequence[UUID]) -> set[UUID]:
    found = {hold for one in holds.held_among(key_ids).values() for hold in one}
    for subject_id in subject_ids:
        found.update(holds.holds_on_subject(subject_id))
    return found | key_holds.held(key_ids, subject_ids)


def _finish(row: Erasure, *, by: Actor, at: datetime) -> None:
    if row.kind == ScopeKind.SUBJECT:
        row.key_ids = keys_of_subject(row.subject_ids[0])
    if living_keys(row.key_ids, row.subject_ids):
        key_holds.align(at=at)
        stopping = _holds_on(row.key_ids, row.subject_ids)
        if stopping:
            _stop(row, stopping, by=by, at=at)
            return
        try:
            sealing.destroy_keys(row.key_ids, subject_ids=row.subject_ids, at=at)
        except ContentHeld:  # sealed for the subject after the holds were looked at
            stopping = _holds_on(row.key_ids, row.subject_ids)
            _stop(row, stopping, by=by, at=at)
            return
        if row.kind == ScopeKind.SUBJECT:  # whatever was sealed until that moment
            row.key_ids = keys_of_subject(row.subject_ids[0])
    row.backups_gone_at = at + timedelta(days=settings.CLINRAG_KEYS_BACKUP_DAYS)
    tombstones = _bury(row, by=by, at=at)
    _end(row, ErasureState.DONE, tombstones[0], at)


def _stop(row: Erasure, stopping: Iterable[UUID], *, by: Actor, at: datetime) -> None:
    stopped = ErasureStopped(
        erasure_id=str(row.id),
        authorization_id=str(row.authorization_id),
        hold_ids=tuple(sorted(str(hold_id) for hold_id in stopping)),
    )
    receipt = ledger.append(stopped, by=by, at=at)
    _end(row, ErasureState.STOPPED, receipt.entry_id, at)


def _end(row: Erasure, state: ErasureState, entry_id: UUID, at: datetime) -> None:
    row.state, row.ended_at, row.ended_entry_id = state.value, at, entry_id
    changed = ["state", "ended_at", "ended_entry_id", "key_ids", "backups_gone_at"]
    row.save(update_fields=changed)


def _bury(
    row: Erasure, *, by: Actor, at: datetime, only: Sequence[UUID] | None = None
) -> list[UUID]:
    """Write the tombstones, of all its keys or some; the ids of their entries."""
    authority = authorizations.by_id(row.authorization_id)
    gone = _gone(row.key_ids if only is None else only)
    count = max(1, -(-len(gone) // ENTRIES_A_TOMBSTONE))
    written = []
    for part in range(count):
        start = part * ENTRIES_A_TOMBSTONE
        tombstone = ContentErased(
            erasure_id=str(row.id),
            authorization_id=str(row.authorization_id),
            requested_by=authority.requested_by.id,
            approved_by=authority.decided_by.id if authority.decided_by else "",
            kind=row.kind,
            scope=tuple(sorted(row.scope.items())),
            reason_class=row.reason_class,
            entries=tuple(gone[start : start + ENTRIES_A_TOMBSTONE]),
            subject_key_ids=tuple(str(one) for one in row.subject_ids),
            part=part + 1,
            parts=count,
            destroyed_at=_iso(at),
            backups_gone_at=_iso(row.backups_gone_at or at),
        )
        written.append(ledger.append(tombstone, by=by, at=at).entry_id)
    return written


def _gone(key_ids: Sequence[UUID]) -> list[ErasedEntry]:
    """An entry's key has the entry's id; one without index waits in the inbox."""
    rows = Entry.objects.filter(entry_id__in=key_ids)
    indices = dict(rows.values_list("entry_id", "index"))
    return [
        ErasedEntry(entry_id=str(one), key_id=str(one), index=indices.get(one))
        for one in key_ids
    ]


def _check(row: Erasure, *, by: Actor, at: datetime) -> None:
    """Look for the keys, end what came back, and name what was sealed with it since."""
    living = living_keys(row.key_ids, row.subject_ids)
    found = living + ended_again([row])
    if living:
        sealing.destroy_keys(row.key_ids, subject_ids=row.subject_ids, at=at)
    unnamed = unnamed_keys(row)
    is_later = found or unnamed
    again = at + timedelta(days=settings.CLINRAG_KEYS_BACKUP_DAYS) if is_later else None
    if unnamed:
        row.key_ids, row.backups_gone_at = sorted([*row.key_ids, *unnamed]), again
        _bury(row, by=by, at=at, only=unnamed)
    checked = ErasureChecked(
        erasure_id=str(row.id),
        keys=len(row.key_ids) + len(row.subject_ids),
        keys_found=found,
        backups_gone_at=_iso(again) if again else None,
    )
    row.checked_entry_id = ledger.append(checked, by=by, at=at).entry_id
    row.checked_at = at
    if again:
        row.state, row.backups_gone_at = ErasureState.DONE.value, again
    else:
        row.state = ErasureState.CHECKED.value
    changed = ["state", "checked_at", "checked_entry_id", "backups_gone_at", "key_ids"]
    row.save(update_fields=changed)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _view(row: Erasure) -> ErasureView:
    return ErasureView(
        id=row.id,
        authorization_id=row.authorization_id,
        scope=Scope.from_words(row.kind, row.scope),
        reason_class=ReasonClass(row.reason_class),
        state=ErasureState(row.state),
        keys=len(row.key_ids) + len(row.subject_ids),
        begun_at=row.begun_at,
        ended_at=row.ended_at,
        entry_id=row.ended_entry_id,
        backups_gone_at=row.backups_gone_at,
        checked_at=row.checked_at,
    )
