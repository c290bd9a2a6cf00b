"""Which key signs which checkpoints: the log's changes of key, followed from one.

Promises that whoever holds any key of a shard's chain gets the others: each change is a
statement that the old key and the new one signed. What was not signed so is passed
over here; verification names it. Believes the entries to be those of the log.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from audit import canonical
from audit.errors import EntryInvalid, NoteInvalid
from audit.events import EventType, KeyRotated, ShardOpened, decode_fields
from audit.models import Entry
from audit.notes import Verifier
from audit.statements import check_opening, check_rotation, opening_text


@dataclass(frozen=True, slots=True)
class Rotation:
    """A change of key that both keys signed; the entry is a leaf of `old`'s shard."""

    index: int
    old: Verifier
    new: Verifier


@dataclass(frozen=True, slots=True)
class Era:
    """A key, and from which index on the entries' first checkpoints are its own.

    The checkpoint of exactly that many entries carries the signature before it, too.
    """

    verifier: Verifier
    from_index: int | None


def rotations() -> list[Rotation]:
    """Every change of key that holds, in the order of the log."""
    rows = Entry.objects.filter(type=EventType.LOG_KEY_ROTATED.value)
    found = rows.order_by("index").values_list("index", "body")
    read = (_read(index, bytes(body)) for index, body in found)
    return [rotation for rotation in read if rotation is not None]


def eras(known: Verifier, changes: Sequence[Rotation]) -> list[Era]:
    """The chain that `known` is in, oldest first; it alone if it never changed."""
    before: list[Era] = []
    verifier, later = known, None
    for change in reversed(changes):
        if change.new == verifier:
            before.append(Era(verifier, change.index))
            verifier = change.old
            later = change.index if later is None else later
    chain = [Era(verifier, None), *reversed(before)]
    current = known
    for change in changes:
        if change.old == current and (later is None or change.index > later):
            current = change.new
            chain.append(Era(current, change.index))
    return chain


def newest(known: Verifier) -> Verifier:
    """The key that signs now in the shard of `known`."""
    return eras(known, rotations())[-1].verifier


def handed_over(known: Verifier) -> Verifier:
    """The key that the newest shard began with, if keys from `known` on gave way.

    Where a handover is not signed by the key before, the chain ends: the key returned
    is then that of an older shard.
    """
    changes = rotations()
    verifier = eras(known, changes)[-1].verifier
    rows = Entry.objects.filter(type=EventType.LOG_SHARD_OPENED.value)
    for body in rows.order_by("index").values_list("body", flat=True):
        successor = _successor(bytes(body), verifier)
        if successor is not None:
            verifier = eras(successor, changes)[-1].verifier
    return verifier


def _successor(body: bytes, old: Verifier) -> Verifier | None:
    try:
        said = decode_fields(ShardOpened, canonical.decode_object(body).get("fields"))
        new = Verifier.from_vkey(said.vkey)
        text = opening_text(
            new,
            shard=said.shard,
            first_index=said.first_index,
            predecessor_note=said.predecessor_note,
        )
        by_old = check_opening(said.handover, text=text, old=old, new=new)
    except (EntryInvalid, NoteInvalid, ValueError):
        return None
    return new if by_old else None


def _read(index: int, body: bytes) -> Rotation | None:
    try:
        document = canonical.decode_object(body)
        said = decode_fields(KeyRotated, document.get("fields"))
        old, new = Verifier.from_vkey(said.old_vkey), Verifier.from_vkey(said.new_vkey)
        check_rotation(said.statement, old=old, new=new)
    except (EntryInvalid, NoteInvalid, ValueError):
        return None
    return Rotation(index, old, new)
