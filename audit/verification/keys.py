"""Verification of signatures: which keys sign which checkpoints, followed from one.

Promises that from one trusted key of the log the others follow only by what keys signed
together: a rotation, or the handover to a shard. Reads the statements with the offline
verifier's code, not the writer's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from audit import offline, shards
from audit.checkpoints import CheckpointView
from audit.models import Entry
from audit.offline.keychain import Rotation, read_rotation
from audit.offline.keys import read_vkey
from audit.offline.notes import read_note
from audit.verification.opening_entries import (
    handover_text,
    read_fields,
    read_opening,
)
from audit.verification.report import Findings

ROTATED: Final = "log.key_rotated"
COPY: Final = "a copy of a change of the log's key that was made before"
FOLLOWS_NOT: Final = "a change of the log's key that does not follow the key in use"


@dataclass(frozen=True, slots=True)
class KeyEra:
    """A key and the sizes of the checkpoints that it must sign.

    The checkpoint that ends with the entry of a change carries both signatures.
    """

    vkey: str
    first_size: int = 0
    last_size: int | None = None

    def must_sign(self, size: int) -> bool:
        in_time = self.last_size is None or size <= self.last_size
        return self.first_size <= size and in_time


@dataclass(frozen=True, slots=True)
class Keys:
    """The public keys of the log, by shard, oldest first."""

    eras: Mapping[int, tuple[KeyEra, ...]]

    def of(self, shard: int, size: int) -> list[str]:
        """Who must have signed the checkpoint of this size."""
        known = self.eras.get(shard, ())
        return [era.vkey for era in known if era.must_sign(size)]

    def open(self, note: str) -> offline.SignedTree:
        """What a checkpoint says that the right key signed. Raises Rejected."""
        refusal = offline.Rejected("there is no public key to check it with")
        for shard, known in self.eras.items():
            for era in known:
                try:
                    said = offline.verify_checkpoint(note, era.vkey)
                except offline.Rejected as rejection:
                    refusal = rejection
                    continue
                if era.vkey in self.of(shard, said.size):
                    return said
                refusal = offline.Rejected("signed by a key that was not in use")
        raise refusal

    def check(self, stored: CheckpointView, findings: Findings) -> bool:
        """Check a stored checkpoint's signatures, and that the row says the same."""
        findings.count("signature")
        try:
            self._check(stored.shard, stored.size, stored.root, stored.note)
        except offline.Rejected as rejection:
            findings.fail("signature", stored.size, str(rejection))
            return False
        return True

    def _check(self, shard: int, size: int, root: bytes, note: str) -> None:
        wanted = self.of(shard, size)
        if not wanted:
            raise offline.Rejected("there is no public key to check it with")
        for vkey in wanted:
            said = offline.verify_checkpoint(note, vkey)
            if (said.size, said.root) != (size, root):
                raise offline.Rejected("the note says something else")


def read_keys(known: str | None, findings: Findings) -> Keys:
    """Follow the log's keys from a trusted one, through changes and shards.

    What claims to change a key and does not hold is a failure.
    """
    views = shards.shards()
    if known is None:
        return Keys({})
    home = _home(known, views)
    changes = list(_changes())
    first = views[0].number if views else home
    eras = {home: _follow(known, _within(changes, home, views))}
    for view in views:
        if view.number > home and view.number - 1 in eras:
            eras |= _forward(view, eras[view.number - 1], changes, views)
    for view in reversed(views):
        if first < view.number <= home:
            before = view.number - 1
            vkey = read_opening(view.first_index).get("predecessor_vkey", "")
            eras[before] = _follow(vkey, _within(changes, before, views))
    _tell_invalid(changes, eras, findings)
    return Keys(dict(sorted(eras.items())))


@dataclass(frozen=True, slots=True)
class _Change:
    """An entry that says the key changes, at a leaf of its shard's tree.

    `rotation` is None unless both keys said so.
    """

    index: int
    leaf: int
    rotation: Rotation | None

    def new_after(self, old: str) -> str | None:
        """The key that takes over from `old`, if one does here."""
        if self.rotation is None or self.rotation.old.vkey != old:
            return None
        return self.rotation.new.vkey

    def old_before(self, new: str) -> str | None:
        """The key that `new` takes over from, if it does here."""
        if self.rotation is None or self.rotation.new.vkey != new:
            return None
        return self.rotation.old.vkey


def _changes() -> Iterator[_Change]:
    rows = Entry.objects.filter(type=ROTATED).order_by("index")
    for index, body in rows.values_list("index", "body"):
        fields = dict(read_fields(bytes(body)))
        try:
            rotation = read_rotation(index, fields)
        except offline.Rejected:
            yield _Change(index, index, None)
        else:
            yield _Change(index, index, rotation)


def _within(
    changes: Sequence[_Change], shard: int, views: Sequence[shards.ShardView]
) -> list[_Change]:
    firsts = {view.number: view.first_index for view in views}
    first = firsts.get(shard, 0)
    end = min((at for at in firsts.values() if at > first), default=None)
    return [
        replace(change, leaf=change.index - first)
        for change in changes
        if change.index >= first and (end is None or change.index < end)
    ]


def _follow(known: str, changes: Sequence[_Change]) -> tuple[KeyEra, ...]:
    """The chain that a key is in: back by changes to it, on by changes from it."""
    chain, since = [KeyEra(known)], -1
    for change, old in _back(known, changes):
        since, size = max(since, change.leaf), change.leaf + 1
        chain[:1] = [KeyEra(old, 0, size), replace(chain[0], first_size=size)]
    for change in changes:
        new = change.new_after(chain[-1].vkey) if change.leaf > since else None
        if new is not None:
            size = change.leaf + 1
            chain[-1:] = [replace(chain[-1], last_size=size), KeyEra(new, size)]
    return tuple(chain)


def _back(known: str, changes: Sequence[_Change]) -> Iterator[tuple[_Change, str]]:
    """The changes that led to a key, newest first, and the key before each.

    What both keys signed is public, and who can write entries can write a copy of it:
    the earliest change to a key is the one that was.
    """
    end: int | None = None
    while True:
        found = (
            (change, old)
            for change in changes
            if end is None or change.leaf < end
            if (old := change.old_before(known)) is not None
        )
        step = next(found, None)
        if step is None:
            return
        yield step
        end, known = step[0].leaf, step[1]


def _home(known: str, views: Sequence[shards.ShardView]) -> int:
    name = known.strip().partition("+")[0]
    found = [view.number for view in views if view.origin == name]
    return found[0] if found else (views[0].number if views else 1)


def _forward(
    view: shards.ShardView,
    before: tuple[KeyEra, ...],
    changes: Sequence[_Change],
    views: Sequence[shards.ShardView],
) -> dict[int, tuple[KeyEra, ...]]:
    """The keys of a shard that the one before handed over to.

    Taken from its opening as both keys signed it: of the table's row nothing counts.
    """
    opening = read_opening(view.first_index)
    vkey = str(opening.get("vkey"))
    try:
        note = read_note(str(opening.get("handover")))
        by_both = all(
            note.times_signed_by(read_vkey(one)) for one in (before[-1].vkey, vkey)
        )
        is_said = note.text == handover_text(opening)
    except offline.Rejected:
        return {}
    if not by_both or not is_said:
        return {}
    return {view.number: _follow(vkey, _within(changes, view.number, views))}


def _tell_invalid(
    changes: Sequence[_Change],
    eras: Mapping[int, tuple[KeyEra, ...]],
    findings: Findings,
) -> None:
    followed = {era.vkey for known in eras.values() for era in known[1:]}
    seen: set[str | None] = set()
    for change in changes:
        new = None if change.rotation is None else change.rotation.new.vkey
        if new not in followed:
            findings.fail("entry", change.index, FOLLOWS_NOT)
        elif new in seen:
            findings.fail("entry", change.index, COPY)
        seen.add(new)
