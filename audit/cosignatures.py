"""Cosignatures of witnesses on checkpoints, as C2SP publishes them (tlog-cosignature).

A witness that has checked that a checkpoint extends the last one it saw signs it with
the time. Promises to write and read the Ed25519 form, cosignature/v1. Checks nothing
about the checkpoint: whether to cosign is the witness's business, and whose
cosignatures count is the policy's.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.errors import KeyFileInvalid, NoteInvalid
from audit.notes import (
    COSIGNATURE,
    TIMESTAMP_SIZE,
    Note,
    Verifier,
    cosigned_at,
    cosigned_message,
    decode_base64,
    encode_base64,
    is_key_name,
)

_SKEY: Final = re.compile(r"PRIVATE\+KEY\+([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True)
class Cosignature:
    """That a witness saw this checkpoint as the newest at a time; its line holds it."""

    witness: Verifier
    at: datetime
    line: str


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness's name and its private key. Its `repr` shows the name only."""

    verifier: Verifier
    _key: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"Cosigner({self.verifier.name!r})"

    @classmethod
    def generate(cls, name: str) -> Self:
        """Make a new key. Raises NoteInvalid for a name that notes cannot carry."""
        return cls._from_private(name, Ed25519PrivateKey.generate())

    @classmethod
    def from_skey(cls, skey: str) -> Self:
        """Read what `skey` gave. Raises KeyFileInvalid unless it fits together."""
        match = _SKEY.fullmatch(skey.strip())
        try:
            material = decode_base64(match[3] if match else "")
            if match is None or material[:1] != COSIGNATURE:
                raise KeyFileInvalid("cosigner key")
            key = Ed25519PrivateKey.from_private_bytes(material[1:])
            cosigner = cls._from_private(match[1], key)
        except (NoteInvalid, ValueError) as error:
            raise KeyFileInvalid("cosigner key") from error
        if cosigner.verifier.hash.hex() != match[2]:
            raise KeyFileInvalid("cosigner key")
        return cosigner

    @classmethod
    def _from_private(cls, name: str, key: Ed25519PrivateKey) -> Self:
        if not is_key_name(name):
            raise NoteInvalid("key name")
        public = key.public_key().public_bytes_raw()
        return cls(Verifier(name, public, COSIGNATURE), key)

    @property
    def skey(self) -> str:
        """The private key, in the form of the log's own; a secret."""
        verifier = self.verifier
        encoded = encode_base64(COSIGNATURE + self._key.private_bytes_raw())
        return f"PRIVATE+KEY+{verifier.name}+{verifier.hash.hex()}+{encoded}"

    def cosign(self, text: str, *, at: datetime) -> str:
        """A signature line, with its newline, over a checkpoint's text.

        `at` is kept to the second. Raises NoteInvalid for a time before 1970.
        """
        timestamp = int(at.timestamp())
        if timestamp < 0:
            raise NoteInvalid("cosignature")
        signature = self._key.sign(cosigned_message(text, timestamp).encode())
        material = timestamp.to_bytes(TIMESTAMP_SIZE, "big") + signature
        encoded = encode_base64(self.verifier.hash + material)
        return f"— {self.verifier.name} {encoded}\n"


def cosignatures_of(note: str, witnesses: list[Verifier]) -> tuple[Cosignature, ...]:
    """The valid cosignatures by these witnesses, one each, the newest.

    Raises NoteInvalid for a malformed note or a bad line by one of them.
    """
    parsed = Note.parse(note)
    known = {(witness.name, witness.hash): witness for witness in witnesses}
    newest: dict[Verifier, Cosignature] = {}
    for line in parsed.signatures:
        witness = known.get((line.name, line.key_hash))
        if witness is None or witness.kind != COSIGNATURE:
            continue
        witness.verify(parsed.text, line.signature)
        found = Cosignature(
            witness,
            _moment(cosigned_at(line.signature)),
            f"— {line.name} {encode_base64(line.key_hash + line.signature)}\n",
        )
        if witness not in newest or newest[witness].at < found.at:
            newest[witness] = found
    return tuple(newest.values())


def _moment(timestamp: int) -> datetime:
    try:
        return datetime.fromtimestamp(timestamp, tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise NoteInvalid("cosignature") from error
