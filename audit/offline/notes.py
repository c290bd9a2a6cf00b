"""Signed notes and checkpoints: C2SP signed-note and tlog-checkpoint, read strictly."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audit.offline.encoding import read_base64, read_decimal
from audit.offline.keys import LOG, NAME, PublicKey, read_vkey
from audit.offline.merkle import HASH_SIZE
from audit.offline.problems import Malformed, Rejected

MAX_SIZE: Final = 1_000_000
MAX_SIGNATURES: Final = 100
KEY_ID_SIZE: Final = 4
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class SignedTree:
    """What a checkpoint says, once its signature has been checked."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """A line under a note: a name, a key's id, and the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def to_line(self) -> str:
        encoded = base64.b64encode(self.key_id + self.signature).decode("ascii")
        return f"— {self.name} {encoded}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the lines under it, nothing of it checked yet."""

    text: str
    signatures: tuple[Signature, ...]

    def times_signed_by(self, key: PublicKey) -> list[int | None]:
        """Check each signature of this key: what time it names, None for a log's.

        An empty list: the key did not sign. Raises Rejected for a bad signature.
        """
        return [
            key.verify(self.text, line.signature)
            for line in self.signatures
            if (line.name, line.key_id) == (key.name, key.key_id)
        ]

    def tree(self) -> SignedTree:
        """What the note says as a checkpoint, on nobody's word; raises Malformed."""
        lines = self.text.split("\n")[:-1]
        if len(lines) < 3 or not all(lines):  # noqa: PLR2004
            raise Malformed("this is no checkpoint", code="checkpoint_malformed")
        origin, size, root = lines[:3]
        tree = SignedTree(origin, read_decimal(size), read_base64(root))
        if len(tree.root) != HASH_SIZE:
            raise Malformed("this is no checkpoint", code="checkpoint_malformed")
        return tree


def read_note(note: str) -> Note:
    """Take a note apart; raises Malformed unless it has the form of one."""
    if len(note) > MAX_SIZE or _CONTROL.search(note):
        raise Malformed("this is no signed note", code="note_malformed")
    text, separator, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if not separator or lines.pop() or not 0 < len(lines) <= MAX_SIGNATURES:
        raise Malformed("this is no signed note", code="note_malformed")
    return Note(text + "\n", tuple(_read_signature(line) for line in lines))


def _read_signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—" or not NAME.fullmatch(name):
        raise Malformed("a malformed signature line", code="note_malformed")
    material = read_base64(encoded)
    if len(material) <= KEY_ID_SIZE:
        raise Malformed("a malformed signature line", code="note_malformed")
    return Signature(name, material[:KEY_ID_SIZE], material[KEY_ID_SIZE:])


def tree_signed_by(note: Note, keys: Sequence[PublicKey]) -> SignedTree:
    """What a checkpoint says if one of these keys, a log's, signed it.

    Raises Rejected, also if it names another origin than the key that signed.
    """
    tree = note.tree()
    for key in keys:
        if key.kind == LOG and note.times_signed_by(key):
            if tree.origin != key.name:
                raise Rejected(
                    "the checkpoint is of another log",
                    code="origin_differs",
                    layer="signature",
                )
            return tree
    raise Rejected(
        "the checkpoint is not signed by this key",
        code="signature_missing",
        layer="signature",
    )


def verify_checkpoint(note: str, vkey: str) -> SignedTree:
    """Check a checkpoint (C2SP tlog-checkpoint) against a verifier key `name+id+key`.

    Raises Rejected.
    """
    return tree_signed_by(read_note(note), [read_vkey(vkey)])
