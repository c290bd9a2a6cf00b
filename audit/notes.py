"""Signed notes and checkpoints, as published by C2SP (signed-note, tlog-checkpoint).

A note is text and signatures over exactly that text. Promises that `open_note` returns
only text that a trusted key signed, and that text, keys and signatures have one
spelling each. Keeps no key and no file; whoever holds the signing key can say anything
in the log's name, so it stays with the signer.
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
COSIGNATURE: Final = b"\x04"
KEY_SIZE: Final = 32
MAX_NOTE_SIZE: Final = 1_000_000
MAX_SIGNATURES: Final = 100
MAX_TIMESTAMP: Final = (1 << 63) - 1
TIMESTAMP_SIZE: Final = 8
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_KEY_NAME: Final = re.compile(r"[^\s+\x00-\x1f]+")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIGNATURE_LINE: Final = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)")
_FIELD: Final = 2**255 - 19
# y of the points whose order divides 8, both signs of x; RFC 8032, 5.1. A key among
# them accepts one signature for many texts.
_EIGHTH: Final = int.from_bytes(
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    "little",
)
_SMALL_ORDER: Final = frozenset({0, 1, _FIELD - 1, _EIGHTH & (2**255 - 1)}) | {
    _FIELD - (_EIGHTH & (2**255 - 1))
}


def decode_base64(text: str) -> bytes:
    """Read standard base64 in its one spelling; raises NoteInvalid for another."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteInvalid("base64") from error
    # Unused bits at the end would let one signature be written in several ways.
    if encode_base64(data) != text:
        raise NoteInvalid("base64")
    return data


def encode_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def key_hash(name: str, public: bytes, kind: bytes = ED25519) -> bytes:
    """Four bytes that tell keys of one name apart; not a fingerprint."""
    return sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def is_safe_key(public: bytes) -> bool:
    """Whether 32 bytes spell a point canonically and its order is not small."""
    y = int.from_bytes(public, "little") & (2**255 - 1)
    return len(public) == KEY_SIZE and y < _FIELD and y not in _SMALL_ORDER


@dataclass(frozen=True, slots=True)
class Verifier:
    """A name and its public key, 32 bytes.

    `kind` is the note's signature type: Ed25519 over the text, as logs sign, or a
    cosignature/v1, which puts a time in front, as witnesses sign.
    """

    name: str
    public: bytes
    kind: bytes = ED25519

    @classmethod
    def from_vkey(cls, vkey: str) -> Self:
        """Read `name+hash+key`. Raises NoteInvalid unless all of it fits together."""
        name, _, rest = vkey.strip().partition("+")
        claimed, _, encoded = rest.partition("+")
        material = decode_base64(encoded)
        verifier = cls(name, material[1:], material[:1])
        if not is_key_name(name) or verifier.kind not in {ED25519, COSIGNATURE}:
            raise NoteInvalid("verifier key")
        if not is_safe_key(verifier.public) or claimed != verifier.hash.hex():
            raise NoteInvalid("verifier key")
        return verifier

    @property
    def hash(self) -> bytes:
        return key_hash(self.name, self.public, self.kind)

    @property
    def vkey(self) -> str:
        material = encode_base64(self.kind + self.public)
        return f"{self.name}+{self.hash.hex()}+{material}"

    def verify(self, text: str, signature: bytes) -> None:
        """Raise NoteInvalid unless the signature is this key's over `text`."""
        if not is_safe_key(self.public):
            raise NoteInvalid("verifier key")
        if self.kind == COSIGNATURE:
            text = cosigned_message(text, cosigned_at(signature))
            signature = signature[TIMESTAMP_SIZE:]
        try:
            key = Ed25519PublicKey.from_public_bytes(self.public)
            key.verify(signature, text.encode())
        except (InvalidSignature, ValueError) as error:
            raise NoteInvalid("signature") from error


def cosigned_message(text: str, timestamp: int) -> str:
    """What a witness signs: C2SP tlog-cosignature, Ed25519 signed message.

    `timestamp` is in POSIX seconds.
    """
    return f"cosignature/v1\ntime {timestamp}\n{text}"


def cosigned_at(signature: bytes) -> int:
    """The POSIX seconds in front of a cosignature; raises NoteInvalid."""
    timestamp = int.from_bytes(signature[:TIMESTAMP_SIZE], "big")
    if len(signature) != TIMESTAMP_SIZE + 64 or timestamp > MAX_TIMESTAMP:
        raise NoteInvalid("cosignature")
    return timestamp


def is_key_name(name: str) -> bool:
    """Whether a note can carry this name: no space, no plus, no control character."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return _KEY_NAME.fullmatch(name) is not None


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
        try:
            material = decode_base64(match[3])
        except NoteInvalid as error:
            raise KeyFileInvalid("signer key") from error
        if material[:1] != ED25519 or len(material) != 1 + 32:
            raise KeyFileInvalid("signer key")
        key = Ed25519PrivateKey.from_private_bytes(material[1:])
        signer = cls._from_private(match[1], key)
        if signer.verifier.hash.hex() != match[2]:
            raise KeyFileInvalid("signer key")
        return signer

    @classmethod
    def _from_private(cls, name: str, key: Ed25519PrivateKey) -> Self:
        if not is_key_name(name):
            raise NoteInvalid("key name")
        return cls(Verifier(name, key.public_key().public_bytes_raw()), key)

    @property
    def skey(self) -> str:
        """The private key in the form of Go's `note` package; a secret."""
        verifier = self.verifier
        encoded = encode_base64(ED25519 + self._key.private_bytes_raw())
        return f"PRIVATE+KEY+{verifier.name}+{verifier.hash.hex()}+{encoded}"

    def sign(self, text: str) -> str:
        """The signed note of `text`. Raises NoteInvalid for text notes cannot carry."""
        _check_text(text)
        signature = self.verifier.hash + self._key.sign(text.encode())
        return f"{text}\n— {self.verifier.name} {encode_base64(signature)}\n"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One line of a note: whose it says it is, and the bytes after the key's hash."""

    name: str
    key_hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart. Nothing in it is to be believed before `verify`."""

    text: str
    signatures: tuple[NoteSignature, ...]

    @classmethod
    def parse(cls, note: str) -> Self:
        """Raises NoteInvalid unless it has the form of a signed note."""
        text, separator, tail = note.rpartition("\n\n")
        if not separator or not tail.endswith("\n"):
            raise NoteInvalid("no signatures")
        text += "\n"
        _check_text(note)
        lines = tail[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise NoteInvalid("too many signatures")
        return cls(text, tuple(_read_signature(line) for line in lines))

    def verified(self, trusted: Sequence[Verifier]) -> tuple[Verifier, ...]:
        """The trusted keys that signed, each once, in the order of their lines.

        Signatures by unknown keys are ignored; a bad one by a trusted key spoils the
        note, whichever of its lines it is: raises NoteInvalid.
        """
        known = {(verifier.name, verifier.hash): verifier for verifier in trusted}
        found: dict[Verifier, None] = {}
        for line in self.signatures:
            verifier = known.get((line.name, line.key_hash))
            if verifier is not None:
                verifier.verify(self.text, line.signature)
                found[verifier] = None
        return tuple(found)


def open_note(note: str, trusted: Sequence[Verifier]) -> str:
    """The text of a note that at least one trusted key signed.

    Raises NoteInvalid, also if any signature by a trusted key does not hold.
    """
    parsed = Note.parse(note)
    if not parsed.verified(trusted):
        raise NoteInvalid("no signature by a trusted key")
    return parsed.text


def _read_signature(line: str) -> NoteSignature:
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None:
        raise NoteInvalid("signature line")
    material = decode_base64(match[2])
    if len(material) < len(ED25519) + 4:
        raise NoteInvalid("signature line")
    return NoteSignature(match[1], material[:4], material[4:])


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise NoteInvalid("text")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise NoteInvalid("text") from error
    if size > MAX_NOTE_SIZE:
        raise NoteInvalid("too large")


@dataclass(frozen=True, slots=True)
class CheckpointText:
    """What a checkpoint says: this log had this root at this size.

    Extension lines are carried along and mean nothing here.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def to_text(self) -> str:
        lines = [self.origin, str(self.size), encode_base64(self.root)]
        return "".join(f"{line}\n" for line in [*lines, *self.extensions])

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a note's text; no line may be empty. Raises NoteInvalid."""
        match text.split("\n"):
            case [origin, size, encoded, *extensions, ""] if _DECIMAL.fullmatch(size):
                root = decode_base64(encoded)
            case _:
                raise NoteInvalid("checkpoint")
        if not origin or not all(extensions) or int(size) >= 1 << 63:
            raise NoteInvalid("checkpoint")
        if len(root) != sha256().digest_size:
            raise NoteInvalid("checkpoint")
        return cls(origin, int(size), root, tuple(extensions))


def open_checkpoint(note: str, verifier: Verifier) -> CheckpointText:
    """What a checkpoint signed by this log says.

    Raises NoteInvalid also if the checkpoint names another origin than the key.
    """
    checkpoint = CheckpointText.from_text(open_note(note, [verifier]))
    if checkpoint.origin != verifier.name:
        raise NoteInvalid("origin")
    return checkpoint
