"""The two changes to the log itself that two people agree to: its key, its next shard.

Promises that the new private key is on the signer's disk before the entry that names it
can be committed, and that a refused change leaves no key behind. Signs no checkpoint
that others see: the signer follows the entry by its own rules. Runs where the signer's
directory is, with the application's rights in the database.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from audit import ledger
from audit.actors import Actor
from audit.custody.authorizations import Action, AuthorizationView, claim
from audit.errors import (
    AuditError,
    ChangePending,
    HistoryRewritten,
    KeyFileInvalid,
    ShardRefused,
)
from audit.events import KeyRotated, ShardOpened
from audit.models.log import FIRST_SHARD
from audit.notes import CheckpointText, Signer, Verifier, open_checkpoint
from audit.shards import opening_scope, standing_still, tree
from audit.signing import recovery
from audit.signing.desk import SigningDesk
from audit.signing.files import SignerFiles, SignerState
from audit.signing.reading import log_end
from audit.signing.shards import handover_text
from audit.statements import rotation_text, sign_together

_NAMED: Final = """
SELECT EXISTS (SELECT FROM audit_entry
               WHERE type IN ('log.key_rotated', 'log.shard_opened')
                 AND position(%(vkey)s::bytea IN body) > 0)
    OR EXISTS (SELECT FROM audit_inboxentry WHERE position(%(vkey)s::bytea IN body) > 0)
"""


@dataclass(frozen=True, slots=True)
class HeldNote:
    """A checkpoint kept outside the machine, and the key it is checked with."""

    note: str
    vkey: str


@dataclass(frozen=True, slots=True)
class _Before:
    """The shard that ends: what was signed last, by whom, and the key if it is here."""

    state: SignerState
    verifier: Verifier
    signer: Signer | None
    is_known: bool


def rotation_scope(origin: str) -> dict[str, str]:
    """What an authorization of a change of key is for."""
    return {"origin": origin}


def origin_of(shard: int) -> str:
    """The name of a shard: each is a log of its own to whoever verifies it."""
    origin: str = settings.CLINRAG_LOG_ORIGIN
    return origin if shard == FIRST_SHARD else f"{origin}/{shard}"


def rotate_key(
    files: SignerFiles, *, authorization_id: UUID, by: Actor, at: datetime
) -> Verifier:
    """Make the next key and record that it follows; the signer goes over to it.

    The signer may run meanwhile. Raises NotAuthorized, ChangePending, SignerBusy,
    KeyFileInvalid, or what the ledger raises.
    """
    with files.changing():
        _check_nothing_waits(files)
        old = files.key_of(files.read_state())
        name = old.verifier.name
        new = files.create_next_key(name)
        with _undone_if_refused(files), transaction.atomic():
            agreed = claim(
                authorization_id,
                action=Action.KEY_ROTATION,
                scope=rotation_scope(name),
                by=by,
                at=at,
            )
            text = rotation_text(old.verifier, new.verifier)
            rotated = KeyRotated(
                old_vkey=old.verifier.vkey,
                new_vkey=new.verifier.vkey,
                statement=sign_together(text, [old, new]),
                **_people(agreed),
            )
            ledger.append(rotated, by=by, at=at)
    return new.verifier


def open_shard(
    files: SignerFiles,
    *,
    authorization_id: UUID,
    by: Actor,
    at: datetime,
    held: HeldNote | None = None,
) -> ShardOpened:
    """Record that the log goes on in a new tree, after what was signed last.

    Signer and sequencer must stand still. `held` is needed only if the signer's memory
    is lost. Raises NotAuthorized, ChangePending, SignerBusy, SequencerLeads,
    ShardRefused, KeyFileInvalid, NoteInvalid, or what the ledger raises.
    """
    with files.alone(), files.changing(), standing_still():
        _check_nothing_waits(files)
        before = _before(files, held, at=at)
        # One that the signer refused keeps its number; the next goes past it.
        shard = max(before.state.shard, log_end().shard) + 1
        new = files.create_next_key(origin_of(shard))
        with _undone_if_refused(files, forget=not before.is_known):
            if not before.is_known:
                files.write_state(_seed(before.state, new))
            with transaction.atomic():
                agreed = claim(
                    authorization_id,
                    action=Action.SHARD_OPENING,
                    scope=opening_scope(shard - 1),
                    by=by,
                    at=at,
                )
                opening = _describe(before, shard, new, agreed)
                ledger.append(opening, by=by, at=at)
    return opening


def _describe(
    before: _Before, shard: int, new: Signer, agreed: AuthorizationView
) -> ShardOpened:
    found = recovery.look(before.state, signed_by=before.verifier)
    signers = [new] if before.signer is None else [before.signer, new]
    opening = ShardOpened(
        shard=shard,
        origin=new.verifier.name,
        vkey=new.verifier.vkey,
        first_index=found.next_index,
        predecessor_note=before.state.note,
        predecessor_vkey=before.verifier.vkey,
        recovered_size=found.frontier.size,
        recovered_root=found.frontier.root().hex(),
        lost_from=None if found.lost is None else found.lost[0],
        lost_to=None if found.lost is None else found.lost[1],
        handover="",
        **_people(agreed),
    )
    return replace(opening, handover=sign_together(handover_text(opening), signers))


def _before(files: SignerFiles, held: HeldNote | None, *, at: datetime) -> _Before:
    """What was signed last, brought up to the log's end if that can be signed."""
    if files.read_state() is not None:
        # Rewritten or restored: then the opening says what is lost. After a shard that
        # is refused the log goes on from what was signed.
        with suppress(HistoryRewritten, ShardRefused):
            SigningDesk(files, publishes=False).sign_new(at=at)
    state = files.read_state()
    if state is None:
        return _before_from(files, held)
    signer = files.key_of(state)
    return _Before(state, signer.verifier, signer, is_known=True)


def _before_from(files: SignerFiles, held: HeldNote | None) -> _Before:
    if held is None:
        raise ShardRefused("the signer remembers nothing: name a held checkpoint")
    verifier = Verifier.from_vkey(held.vkey)
    said: CheckpointText = open_checkpoint(held.note, verifier)
    shard = _shard_of(said.origin)
    place = tree(shard)
    first_index = 0 if place is None else place.first_index
    state = SignerState(None, held.note, shard, first_index)
    return _Before(state, verifier, _key_if_here(files, verifier), is_known=False)


def _seed(state: SignerState, new: Signer) -> SignerState:
    return SignerState(
        None, state.note, state.shard, state.first_index, new.verifier.vkey, 1
    )


def _shard_of(origin: str) -> int:
    base: str = settings.CLINRAG_LOG_ORIGIN
    if origin == base:
        return FIRST_SHARD
    number = origin.removeprefix(f"{base}/")
    if not number.isdecimal() or origin_of(int(number)) != origin:
        raise ShardRefused("the held checkpoint is of another log")
    return int(number)


def _key_if_here(files: SignerFiles, verifier: Verifier) -> Signer | None:
    try:
        signer = files.read_key()
    except KeyFileInvalid:
        return None
    return signer if signer.verifier == verifier else None


def _people(agreed: AuthorizationView) -> dict[str, str]:
    decided_by = agreed.decided_by
    return {
        "authorization_id": str(agreed.id),
        "requested_by": agreed.requested_by.id,
        "approved_by": "" if decided_by is None else decided_by.id,
    }


def _check_nothing_waits(files: SignerFiles) -> None:
    """A waiting key that no entry names is left over from a crash, and replaced."""
    waiting = files.read_next_key()
    if waiting is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, {"vkey": waiting.verifier.vkey.encode()})
        if cursor.fetchone()[0]:
            raise ChangePending


@contextmanager
def _undone_if_refused(files: SignerFiles, *, forget: bool = False) -> Iterator[None]:
    """Not after a lost connection: then nobody knows whether the entry is committed."""
    try:
        yield
    except AuditError:
        files.discard_change(forget=forget)
        raise
