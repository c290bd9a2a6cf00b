"""Which key may sign the log at its end: rotations and shard openings, from entries.

A rotation counts if the statement in its entry is a note that both keys signed. One
that does not hold changes nothing and is told: anybody who can write entries can write
such a one, and must neither take the log over nor spoil it.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from audit.offline.canonical import read_entry
from audit.offline.keys import LOG, PublicKey, read_vkey
from audit.offline.notes import read_note, tree_signed_by
from audit.offline.problems import Malformed, Rejected

ROTATED: Final = "log.key_rotated"
OPENED: Final = "log.shard_opened"
HEADLINE: Final = "clinrag key rotation"


@dataclass(slots=True)
class Keychain:
    """The log's key at the end of what has been read, and what was said on the way.

    `given` is the key's text if the caller holds it: the rotation to that very key is
    old news, not one to follow.
    """

    key: PublicKey
    given: str = ""
    rotations: list[dict[str, object]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    opening: dict[str, Any] | None = None
    _former: list[PublicKey] = field(default_factory=list)

    def read(self, index: int, data: bytes) -> None:
        """An entry about the log itself; others are passed by. Raises Rejected."""
        entry = read_entry(data)
        if entry["type"] == ROTATED:
            self._rotate(index, entry["fields"])
        elif entry["type"] == OPENED and index == 0:
            self.opening = entry["fields"]

    @property
    def keys(self) -> list[PublicKey]:
        """All keys that have been the log's, the newest last."""
        return [*self._former, self.key]

    def _rotate(self, index: int, fields: dict[str, Any]) -> None:
        if fields.get("new_vkey") == self.given:
            return
        try:
            new = rotated_key(self.key, fields)
        except Rejected as problem:
            self.warnings.append(f"entry {index}: no rotation of the key: {problem}")
            return
        self.rotations.append({"index": index, "key_id": new.key_id.hex()})
        self._former.append(self.key)
        self.key = new


def rotated_key(old: PublicKey, fields: dict[str, Any]) -> PublicKey:
    """The key that takes over from `old`; raises Rejected unless both agreed."""
    match fields:
        case {"old_vkey": str(before), "new_vkey": str(after), "statement": str(said)}:
            new, note = read_vkey(after), read_note(said)
        case _:
            raise Malformed("no rotation", code="rotation_malformed")
    if read_vkey(before) != old or (new.name, new.kind) != (old.name, LOG):
        raise Rejected("the key is not this log's", code="rotation_of_another")
    if note.text != f"{HEADLINE}\n{old.name}\n{before}\n{after}\n":
        raise Rejected("the statement says something else", code="rotation_altered")
    if not (note.times_signed_by(old) and note.times_signed_by(new)):
        raise Rejected("not both keys signed", code="rotation_unsigned")
    return new


def check_opening(
    opening: dict[str, Any], *, origin: str, predecessor: PublicKey | None
) -> dict[str, object]:
    """What the first entry of a shard says of the shard before; raises Rejected.

    With the key of the shard before, its last note is checked too.
    """
    people = (opening.get("requested_by"), opening.get("approved_by"))
    if opening.get("origin") != origin or people[0] == people[1]:
        raise _opening("the shard was not opened for this log by two people")
    note = opening.get("predecessor_note")
    if not isinstance(note, str):
        raise _opening("the shard does not name the note before it")
    try:
        parsed = read_note(note)
        before = parsed.tree()
        if predecessor is not None:
            before = tree_signed_by(parsed, [predecessor])
    except Rejected as problem:
        raise _opening(f"the note of the shard before: {problem}") from None
    told = ("shard", "recovered_size", "recovered_root", "lost_from", "lost_to")
    return {name: opening.get(name) for name in told} | {
        "predecessor_origin": before.origin,
        "predecessor_size": before.size,
        "predecessor_checked": predecessor is not None,
    }


def _opening(sentence: str) -> Rejected:
    return Rejected(sentence, code="opening_invalid", layer="shard", index=0)
