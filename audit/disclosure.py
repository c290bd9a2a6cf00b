"""Reading sealed content: reading is an event, and it is recorded first.

Promises that an entry naming reader, purpose and surface is committed before anything
is decrypted, and that what comes back is what the ledger committed to. The purpose is
one of `audit.purposes`; what a reader adds in his own words is sealed beside the
entry. Cannot see who reads the database and the keys past it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit import canonical, ledger, purposes, queries, sealing
from audit.actors import Actor
from audit.custody import erasure
from audit.errors import Erased, NothingSealed, PayloadCorrupt
from audit.events import ContentDisclosed
from audit.models import Payload
from audit.queries import EntryView
from audit.sealing import Revealed


def read_sealed(
    entry_ids: Sequence[UUID],
    *,
    by: Actor,
    at: datetime,
    purpose: str,
    surface: str,
    subject_ids: tuple[str, ...] = (),
    reason: str | None = None,
) -> dict[UUID, dict[str, str]]:
    """The sealed texts of each entry, after the reading has been committed.

    Runs its own transaction. Content whose key was destroyed is left out. Raises
    PurposeUnknown, EntryUnknown, NothingSealed, DataKeyLost, PayloadCorrupt or
    LedgerUnavailable.
    """
    revealed = reveal_sealed(
        entry_ids,
        by=by,
        at=at,
        purpose=purpose,
        surface=surface,
        subject_ids=subject_ids,
        reason=reason,
    )
    return {entry_id: opened.texts for entry_id, opened in revealed.items()}


def reveal_sealed(
    entry_ids: Sequence[UUID],
    *,
    by: Actor,
    at: datetime,
    purpose: str,
    surface: str,
    subject_ids: tuple[str, ...] = (),
    reason: str | None = None,
) -> dict[UUID, Revealed]:
    """As `read_sealed`, with the keys that let a third person check the texts."""
    purposes.check(purpose)
    found = [queries.entry(entry_id) for entry_id in entry_ids]
    disclosed = ContentDisclosed(
        answer_ids=subject_ids,
        purpose=purpose,
        surface=surface,
        entry_ids=tuple(str(view.id) for view in found),
    )
    sealed = {"reason": reason} if reason else None
    with transaction.atomic(durable=True):
        ledger.append(disclosed, by=by, at=at, sealed=sealed)
    payloads = Payload.objects.in_bulk(list(entry_ids))
    keys = _keys(payloads)
    return {
        view.id: _open(view, payloads.get(view.id), keys)
        for view in found
        if view.id not in payloads or payloads[view.id].key_id in keys
    }


def read_field(
    entry_id: UUID,
    *,
    name: str,
    by: Actor,
    at: datetime,
    purpose: str,
    surface: str,
    reason: str | None = None,
) -> Revealed:
    """One field, with the key by which an outsider checks it and no other.

    Raises Erased, FieldUnknown, and what `read_sealed` raises.
    """
    revealed = reveal_sealed(
        [entry_id], by=by, at=at, purpose=purpose, surface=surface, reason=reason
    )
    if entry_id not in revealed:
        raise Erased
    return revealed[entry_id].only(name)


def _keys(payloads: dict[UUID, Payload]) -> dict[UUID, bytes]:
    """The keys that open them; an erased one opens nothing though a backup had it."""
    key_ids = {payload.key_id for payload in payloads.values()}
    living = key_ids - erasure.erased_among(key_ids)
    return sealing.open_data_keys(living, wrapped_by=sealing.key_wrapper())


def _open(
    view: EntryView, payload: Payload | None, keys: dict[UUID, bytes]
) -> Revealed:
    if not view.is_readable:
        raise PayloadCorrupt("entry")
    document = canonical.decode_object(view.entry_bytes)
    match document.pop("sealed", None):
        case {"ct_hash": str(ct_hash), "pt_commit": dict(pt_commit)}:
            pass
        case _:
            raise NothingSealed
    if payload is None:
        raise PayloadCorrupt("missing")
    ciphertext = bytes(payload.ciphertext)
    if sealing.ciphertext_hash(ciphertext) != ct_hash:
        raise PayloadCorrupt("hash")
    return sealing.reveal(
        ciphertext,
        key=keys[payload.key_id],
        bound_to=canonical.encode(document),
        pt_commit=pt_commit,
    )
