"""Which keys may sign a log, from one that is trusted: rotations and shard openings.

A rotation counts if the statement in its entry is a note that both keys signed. One
that does not hold changes nothing and is told: anybody who can write entries can write
such a one, and must neither take the log over nor spoil it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from audit.offline.canonical import read_entry, write_canonical
from audit.offline.keys import LOG, PublicKey, read_vkey
from audit.offline.notes import Note, SignedTree, read_note, tree_signed_by
from audit.offline.problems import Malformed, Rejected

ROTATED: Final = "log.key_rotated"
OPENED: Final = "log.shard_opened"
ROTATION: Final = "clinrag key rotation"
OPENING: Final = "clinrag shard opening"


@dataclass(frozen=True, slots=True)
class Rotation:
    """That the log goes on under another key from this leaf on; both have signed it."""

    index: int
    old: PublicKey
    new: PublicKey


@dataclass(slots=True)
class Keychain:
    """A trusted key, and what the log's own entries say of keys."""

    trusted: PublicKey
    warnings: list[str] = field(default_factory=list)
    opening: dict[str, Any] | None = None
    _rotations: list[Rotation] = field(default_factory=list)

    def read(self, index: int, data: bytes) -> None:
        """An entry about the log itself; others are passed by. Raises Rejected."""
        entry = read_entry(data)
        if entry["type"] == OPENED and index == 0:
            self.opening = entry["fields"]
        if entry["type"] == ROTATED:
            try:
                self._rotations.append(read_rotation(index, entry["fields"]))
            except Rejected as problem:
                told = f"entry {index}: no rotation of the key: {problem}"
                self.warnings.append(told)

    @property
    def key(self) -> PublicKey:
        """The key that signs the log at its end."""
        return self.rotations[-1].new if self.rotations else self.trusted

    @property
    def rotations(self) -> list[Rotation]:
        """Those that hang together with the trusted key, in the log's order.

        Back from it and on from it, and on only after it has taken over: what a key
        before it signed besides is no way past it. Of copies the earliest counts.
        """
        before = self.led_here
        since = before[-1].index if before else -1
        last, after = self.trusted, list[Rotation]()
        for rotation in self._rotations:
            if rotation.old == last and rotation.index > since:
                last = rotation.new
                after.append(rotation)
        return before + after

    @property
    def led_here(self) -> list[Rotation]:
        """Those that led to the trusted key, in the log's order."""
        first, before = self.trusted, list[Rotation]()
        while (to_it := self._earliest_to(first, before)) is not None:
            before.insert(0, to_it)
            first = to_it.old
        return before

    def _earliest_to(
        self, key: PublicKey, later: Sequence[Rotation]
    ) -> Rotation | None:
        end = later[0].index if later else None
        for rotation in self._rotations:
            if rotation.new == key and (end is None or rotation.index < end):
                return rotation
        return None

    def keys_at(self, size: int) -> list[PublicKey]:
        """Who must sign the tree of this size: at the leaf of a rotation, both."""
        rotations = self.rotations
        keys = [rotation.old for rotation in rotations[:1]] or [self.trusted]
        for rotation in rotations:
            if size > rotation.index:
                keys = [rotation.new]
            if size == rotation.index + 1:
                keys = [rotation.old, rotation.new]
        return keys

    def signed(self, note: Note) -> SignedTree:
        """What a checkpoint says that each key of its size signed; raises Rejected."""
        tree = note.tree()
        for key in self.keys_at(tree.size):
            tree_signed_by(note, [key])
        return tree

    def hands_over(self, opening: "Opening") -> bool:
        """Whether the key of the shard's last note gave way to the opening's key."""
        try:
            last = self.keys_at(self.signed(opening.predecessor).size)[-1]
            return bool(opening.handover.times_signed_by(last))
        except Rejected:
            return False


def read_rotation(index: int, fields: dict[str, Any]) -> Rotation:
    """A rotation that both keys signed; raises Rejected for any other."""
    match fields:
        case {"old_vkey": str(before), "new_vkey": str(after), "statement": str(said)}:
            old, new, note = read_vkey(before), read_vkey(after), read_note(said)
        case _:
            raise Malformed("no rotation", code="rotation_malformed")
    if (old.name, old.kind, new.kind) != (new.name, LOG, LOG) or old == new:
        raise Rejected("the keys are not of one log", code="rotation_of_another")
    if note.text != f"{ROTATION}\n{old.name}\n{before}\n{after}\n":
        raise Rejected("the statement says something else", code="rotation_altered")
    if not (note.times_signed_by(old) and note.times_signed_by(new)):
        raise Rejected("not both keys signed", code="rotation_unsigned")
    return Rotation(index, old, new)


@dataclass(frozen=True, slots=True)
class Opening:
    """The first entry of a shard, once it has been found in order.

    `handover` is the note by which the key of the shard before gives way to `key`;
    only if that key signed it does trust pass on.
    """

    shard: int
    key: PublicKey
    predecessor: Note
    handover: Note


def read_opening(fields: dict[str, Any], log: str | None = None) -> Opening:
    """Read the entry that opens a shard, of this log if one is named.

    Raises Rejected.
    """
    match fields:
        case {
            "shard": int(shard),
            "origin": str(origin),
            "vkey": str(vkey),
            "hash": "sha-256",
            "first_index": int(first),
            "predecessor_note": str(before),
            "handover": str(handover),
            "requested_by": str(one),
            "approved_by": str(other),
        } if one and other and one != other:
            key, note = read_vkey(vkey), read_note(handover)
        case _:
            raise Malformed("no opening by two people", code="opening_malformed")
    digest = hashlib.sha256(before.encode()).hexdigest()
    said = f"{OPENING}\n{origin}\n{shard}\n{first}\n{vkey}\n{digest}\n"
    said += f"{digest_of_rest(fields)}\n"
    is_its = key.name == origin and log in {origin, None}
    if not is_its or note.text != said or not note.times_signed_by(key):
        raise Rejected("the handover does not fit", code="opening_altered")
    return Opening(shard, key, read_note(before), note)


def digest_of_rest(fields: Mapping[str, Any]) -> str:
    """SHA-256 in hex of an opening's fields but the handover, which names this hash.

    Raises Malformed for fields that no entry can have.
    """
    rest = {name: value for name, value in fields.items() if name != "handover"}
    try:
        return hashlib.sha256(write_canonical(rest)).hexdigest()
    except (ValueError, TypeError, RecursionError):
        raise Malformed("no fields of an opening", code="opening_malformed") from None


def check_opening(
    fields: dict[str, Any], *, origin: str, predecessor: PublicKey | None
) -> dict[str, object]:
    """What the first entry of a shard says of the shard before; raises Rejected.

    With the key of the shard before, its last note is checked too, and whether that
    key gave way to this shard's, or had been lost.
    """
    try:
        opening = read_opening(fields, origin)
        before = opening.predecessor.tree()
        if predecessor is not None:
            before = tree_signed_by(opening.predecessor, [predecessor])
        handed = predecessor and opening.handover.times_signed_by(predecessor)
    except Rejected as problem:
        raise Rejected(
            f"the shard was not opened in order: {problem}",
            code="opening_invalid",
            layer="shard",
            index=0,
        ) from None
    told = ("first_index", "recovered_size", "recovered_root", "lost_from", "lost_to")
    return {name: fields.get(name) for name in told} | {
        "shard": opening.shard,
        "predecessor_origin": before.origin,
        "predecessor_size": before.size,
        "predecessor_checked": predecessor is not None,
        "handed_over": bool(handed),
    }


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry, and the leaf of the tree of this origin that it is said to be."""

    origin: str
    leaf: int
    data: bytes


@dataclass(slots=True)
class Trust:
    """Which keys may sign which sizes, from some that are trusted and a few entries.

    For entries without the whole log around them. Believes their places: whoever asks
    has each proved under a checkpoint that `signed` lets pass. Then a key that a change
    took over from vouches for no tree that goes on behind the change; without the entry
    of the change nobody can know of it.
    """

    chains: list[Keychain]

    def signed(self, note: Note) -> SignedTree:
        """What a checkpoint says that the keys of its size signed; raises Rejected."""
        missing = Rejected(
            "the checkpoint is not signed by this key",
            code="signature_missing",
            layer="signature",
        )
        for chain in self.chains:
            try:
                return chain.signed(note)
            except Rejected as problem:
                if problem.code != missing.code:
                    raise
                missing = problem
        raise missing


def trusted_through(keys: Iterable[PublicKey], entries: Iterable[Placed]) -> Trust:
    """These keys, and all that changes of key and handovers lead to from them.

    Of several given keys of one chain the last counts: what an older one signed
    besides is no way past it.
    """
    rotations, openings = _statements(entries)
    given = {key: Keychain(key, _rotations=rotations) for key in keys}
    led_past = {one.old for chain in given.values() for one in chain.led_here}
    chains = [chain for key, chain in given.items() if key not in led_past]
    for opening in sorted(openings, key=lambda one: one.shard):
        known = any(chain.trusted.name == opening.key.name for chain in chains)
        if not known and any(chain.hands_over(opening) for chain in chains):
            chains.append(Keychain(opening.key, _rotations=rotations))
    return Trust(chains)


def _statements(entries: Iterable[Placed]) -> tuple[list[Rotation], list[Opening]]:
    """Those that hold, in the order of the log; a copy in another tree is none."""
    rotations, openings = [], []
    for placed in sorted(entries, key=lambda one: one.leaf):
        try:
            entry = read_entry(placed.data)
            if entry["type"] == ROTATED:
                rotation = read_rotation(placed.leaf, entry["fields"])
                if rotation.old.name == placed.origin:
                    rotations.append(rotation)
            elif entry["type"] == OPENED and placed.leaf == 0:
                openings.append(read_opening(entry["fields"], placed.origin))
        except Rejected:
            continue
    return rotations, openings
