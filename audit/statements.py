"""What two keys of the log say together: short notes inside entries about the log.

Promises that a statement counts only if it says exactly what the entry says and every
key that must sign has signed. Its second line is no number, so none can be taken for a
checkpoint. Keeps no key and knows no database.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from audit import canonical
from audit.errors import NoteInvalid
from audit.notes import Note, Signer, Verifier

ROTATION: Final = "clinrag key rotation"
OPENING: Final = "clinrag shard opening"


def sign_together(text: str, signers: list[Signer]) -> str:
    """One note with a signature line of each signer, in their order."""
    notes = [signer.sign(text) for signer in signers]
    return notes[0] + "".join(note[len(text) + 1 :] for note in notes[1:])


def rotation_text(old: Verifier, new: Verifier) -> str:
    return f"{ROTATION}\n{old.name}\n{old.vkey}\n{new.vkey}\n"


def check_rotation(statement: str, *, old: Verifier, new: Verifier) -> None:
    """Raise NoteInvalid unless both keys, of one name, said that one follows."""
    note = Note.parse(statement)
    if old.name != new.name or old == new or note.text != rotation_text(old, new):
        raise NoteInvalid("not the rotation of this key")
    if set(note.verified([old, new])) != {old, new}:
        raise NoteInvalid("not signed by both keys")


def opening_text(new: Verifier, told: Mapping[str, object]) -> str:
    """What the keys sign about an opening: all that its entry tells but this note.

    `told` are the fields as the entry has them. Raises EntryInvalid.
    """
    others = {name: value for name, value in told.items() if name != "handover"}
    note = str(told["predecessor_note"]).encode()
    lines = (
        OPENING, new.name, told["shard"], told["first_index"], new.vkey,
        sha256(note).hexdigest(),
        # Without it whoever has the database could declare a loss in a planned one.
        sha256(canonical.encode(others)).hexdigest(),
    )  # fmt: skip
    return "".join(f"{line}\n" for line in lines)


def check_opening(
    handover: str,
    *,
    text: str,
    old: Verifier | None,
    new: Verifier,
) -> bool:
    """Whether the old key signed, too; raises NoteInvalid unless the new one did."""
    note = Note.parse(handover)
    signed = note.verified([new] if old is None else [old, new])
    if note.text != text or new not in signed:
        raise NoteInvalid("not the opening of this shard")
    return old is not None and old in signed
