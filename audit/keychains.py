"""Which key signs which checkpoints: the log's changes of key, followed from one.

Promises that whoever holds any key of a shard's chain gets the others: each change is a
statement that the old key and the new one signed. What was not signed so is passed
over here; verification names it. Believes the entries to be those of the log.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audit import canonical
from audit.errors import EntryInvalid, NoteInvalid
from audit.events import (
    EventType,
    KeyRotated,
    ShardOpened,
    decode_fields,
    encode_fields,
)
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


def rotations(*, before: int | None = None) -> list[Rotation]:
    """Every change of key that holds, of all or before an index, in order."""
    rows = Entry.objects.filter(type=EventType.LOG_KEY_ROTATED.value)
    if before is not None:
        rows = rows.filter(index__lt=before)
    found = rows.order_by("index").values_list("index", "body")
    read = (_read(index, bytes(body)) for index, body in found)
    return [rotation for rotation in read if rotation is not None]


def eras(known: Verifier, changes: Sequence[Rotation]) -> list[Era]:
    """The chain that `known` is in, oldest first; it alone if it never changed."""
    back = list(_back(known, changes))
    first = back[-1].old if back else known
    chain = [Era(first, None), *(Era(one.new, one.index) for one in reversed(back))]
    later = back[0].index if back else -1
    for change in changes:
        if change.old == chain[-1].verifier and change.index > later:
            chain.append(Era(change.new, change.index))
    return chain


def _back(known: Verifier, changes: Sequence[Rotation]) -> Iterator[Rotation]:
    """The changes that led to a key, newest first.

    What both keys signed is public, and who can write entries can write a copy of it:
    the earliest change to a key is the one that was.
    """
    before = changes
    while step := next((one for one in before if one.new == known), None):
        yield step
        known = step.old
        before = [one for one in before if one.index < step.index]


def newest_keys(known: Verifier, *, before: int) -> dict[str, Verifier]:
    """The key that signs last in each shard, by origin, oldest shard first.

    Followed from one key, through what was recorded before an index. Where the key
    before has not signed a handover, trust does not pass on to the shard after it.
    """
    changes, found = rotations(before=before), {known.name: known}
    openings = _openings(before)
    for opening in reversed(openings):
        if opening.origin in found and opening.predecessor.name not in found:
            found = {opening.predecessor.name: opening.predecessor, **found}
    found[known.name] = eras(known, changes)[-1].verifier
    for opening in openings:
        old = found.get(opening.predecessor.name)
        if old is not None and opening.is_by(old):
            found.setdefault(opening.origin, eras(opening.new, changes)[-1].verifier)
    return found


@dataclass(frozen=True, slots=True)
class _Opening:
    """The opening of a shard, whose own key has signed it."""

    new: Verifier
    predecessor: Verifier
    handover: str
    text: str

    @property
    def origin(self) -> str:
        return self.new.name

    def is_by(self, old: Verifier) -> bool:
        try:
            return check_opening(self.handover, text=self.text, old=old, new=self.new)
        except NoteInvalid:
            return False


def _openings(before: int) -> list[_Opening]:
    rows = Entry.objects.filter(
        type=EventType.LOG_SHARD_OPENED.value, index__lt=before
    ).order_by("index")
    read = (_read_opening(bytes(body)) for body in rows.values_list("body", flat=True))
    return [opening for opening in read if opening is not None]


def _read_opening(body: bytes) -> _Opening | None:
    try:
        said = decode_fields(ShardOpened, canonical.decode_object(body).get("fields"))
        new = Verifier.from_vkey(said.vkey)
        text = opening_text(new, encode_fields(said))
        check_opening(said.handover, text=text, old=None, new=new)
        before = Verifier.from_vkey(said.predecessor_vkey)
    except (EntryInvalid, NoteInvalid, ValueError):
        return None
    return _Opening(new, before, said.handover, text)


def _read(index: int, body: bytes) -> Rotation | None:
    try:
        document = canonical.decode_object(body)
        said = decode_fields(KeyRotated, document.get("fields"))
        old, new = Verifier.from_vkey(said.old_vkey), Verifier.from_vkey(said.new_vkey)
        check_rotation(said.statement, old=old, new=new)
    except (EntryInvalid, NoteInvalid, ValueError):
        return None
    return Rotation(index, old, new)
