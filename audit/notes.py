"""Signed notes and checkpoints, as published by C2SP (signed-note, tlog-checkpoint).

A note is text and Ed25519 signatures over exactly that text. Promises that `open_note`
returns only text that a trusted key signed. Keeps no key and no file; whoever holds
the signing key can say anything in the log's name, so it stays with the signer.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from audit.errors import KeyFileInvalid, NoteInvalid

ED25519: Final = b"\x01"
MAX_NOTE_SIZE: Final = 1_000_000
MAX_SIGNATURES: Final = 100
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]*")
_KEY_NAME: Final = re.compile(r"[^\s+]+")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIGNATURE_LINE: Final = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)")


def _decode64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteInvalid("base64") from error


def _encode64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def key_hash(name: str, public: bytes) -> bytes:
    """Four bytes that tell keys of one name apart; not a fingerprint."""
    return sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A log's name and its public key, 32 bytes."""

    name: str
    public: bytes

    @classmethod
    def from_vkey(cls, vkey: str) -> Self:
        """Read `name+hash+key`. Raises NoteInvalid unless all of it fits together."""
        name, _, rest = vkey.strip().partition("+")
        claimed, _, encoded = rest.partition("+")
        material = _decode64(encoded)
        verifier = cls(name, material[1:])
        fits = material[:1] == ED25519 and len(material) == 1 + 32
        if not (fits and _KEY_NAME.fullmatch(name)) or claimed != verifier.hash.hex():
            raise NoteInvalid("verifier key")
        return verifier

    @property
    def hash(self) -> bytes:
        return key_hash(self.name, self.public)

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{_encode64(ED25519 + self.public)}"

    def verify(self, text: str, signature: bytes) -> None:
        """Raise NoteInvalid unless the signature is this key's over `text`."""
        try:
            key = Ed25519PublicKey.from_public_bytes(self.public)
            key.verify(signature, text.encode())
        except (InvalidSignature, ValueError) as error:
            raise NoteInvalid("signature") from error


@dataclass(frozen=True, slots=True)
class Signer:
    """A log's name and its private key. Its `repr` shows the name only."""

    verifier: Verifier
    _key: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"Signer({self.verifier.name!r})"

    @classmethod
    def generate(cls, name: str) -> Self:
        """Make a new key. Raises NoteInvalid for a name that notes cannot carry."""
        return cls._from_private(name, Ed25519PrivateKey.generate())

    @classmethod
    def from_skey(cls, skey: str) -> Self:
        """Read what `skey` gave. Raises KeyFileInvalid unless it fits together."""
        match = re.fullmatch(
            r"PRIVATE\+KEY\+([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)", skey.strip()
        )
        if match is None:
            raise KeyFileInvalid("signer key")
        material = _decode64(match[3])
        if material[:1] != ED25519 or len(material) != 1 + 32:
            raise KeyFileInvalid("signer key")
        key = Ed25519PrivateKey.from_private_bytes(material[1:])
        signer = cls._from_private(match[1], key)
        if signer.verifier.hash.hex() != match[2]:
            raise KeyFileInvalid("signer key")
        return signer

    @classmethod
    def _from_private(cls, name: str, key: Ed25519PrivateKey) -> Self:
        if not _KEY_NAME.fullmatch(name):
            raise NoteInvalid("key name")
        return cls(Verifier(name, key.public_key().public_bytes_raw()), key)

    @property
    def skey(self) -> str:
        """The private key in the form of Go's `note` package; a secret."""
        verifier = self.verifier
        encoded = _encode64(ED25519 + self._key.private_bytes_raw())
        return f"PRIVATE+KEY+{verifier.name}+{verifier.hash.hex()}+{encoded}"

    def sign(self, text: str) -> str:
        """The signed note of `text`. Raises NoteInvalid for text notes cannot carry."""
        _check_text(text)
        signature = self.verifier.hash + self._key.sign(text.encode())
        return f"{text}\n— {self.verifier.name} {_encode64(signature)}\n"


def open_note(note: str, trusted: Sequence[Verifier]) -> str:
    """The text of a note that at least one trusted key signed.

    Signatures by unknown keys are ignored; a bad one by a trusted key spoils the note.
    Raises NoteInvalid.
    """
    text, signatures = _split(note)
    known = {(verifier.name, verifier.hash): verifier for verifier in trusted}
    signed_by = set()
    for name, signature in signatures:
        verifier = known.get((name, signature[:4]))
        if verifier is not None and verifier not in signed_by:
            verifier.verify(text, signature[4:])
            signed_by.add(verifier)
    if not signed_by:
        raise NoteInvalid("no signature by a trusted key")
    return text


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > MAX_NOTE_SIZE:
        raise NoteInvalid("too large")
    text, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise NoteInvalid("no signatures")
    text += "\n"
    _check_text(text)
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteInvalid("too many signatures")
    return text, [_read_signature(line) for line in lines]


def _read_signature(line: str) -> tuple[str, bytes]:
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None:
        raise NoteInvalid("signature line")
    signature = _decode64(match[2])
    if len(signature) < len(ED25519) + 4:
        raise NoteInvalid("signature line")
    return match[1], signature


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise NoteInvalid("text")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NoteInvalid("text") from error


@dataclass(frozen=True, slots=True)
class CheckpointText:
    """What a checkpoint says: this log had this root at this size."""

    origin: str
    size: int
    root: bytes

    def to_text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_encode64(self.root)}\n"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read the first three lines; extension lines are ignored, as C2SP says.

        Raises NoteInvalid.
        """
        match text.split("\n"):
            case [origin, size, encoded, *_, ""] if origin and _DECIMAL.fullmatch(size):
                root = _decode64(encoded)
            case _:
                raise NoteInvalid("checkpoint")
        if len(root) != sha256().digest_size or int(size) >= 1 << 63:
            raise NoteInvalid("checkpoint")
        return cls(origin, int(size), root)


def open_checkpoint(note: str, verifier: Verifier) -> CheckpointText:
    """What a checkpoint signed by this log says.

    Raises NoteInvalid also if the checkpoint names another origin than the key.
    """
    checkpoint = CheckpointText.from_text(open_note(note, [verifier]))
    if checkpoint.origin != verifier.name:
        raise NoteInvalid("origin")
    return checkpoint
