"""Payloads: texts encrypted together, each committed to alone.

The entry carries a hash of the ciphertext, and for each field an HMAC-SHA-256 under a
key kept inside the ciphertext: GCM alone does not bind one plaintext. Every field has
a commitment key of its own, so showing one to an outsider lets nobody guess another.
Payloads of the first schema, whose fields shared a key, still open.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import canonical
from audit.errors import EntryInvalid, FieldUnknown, PayloadCorrupt

KEY_SIZE: Final = 32
NONCE_SIZE: Final = 12
SCHEMA: Final = "clinrag.sealed/2"
_FIELD_LABEL: Final = b"clinrag field commitment\x00"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A ciphertext (nonce, ciphertext, tag) and what the entry says of it."""

    ciphertext: bytes
    ct_hash: str
    pt_commit: dict[str, str]

    def describe(self) -> dict[str, object]:
        """The entry's `sealed` member."""
        return {"ct_hash": self.ct_hash, "pt_commit": dict(self.pt_commit)}


@dataclass(frozen=True, slots=True)
class Revealed:
    """Sealed texts, and in hex the key with which others check their commitments.

    With all the texts it is the record's key; with one of them that field's key, under
    which the commitment is HMAC-SHA-256(key, name ‖ 0x00 ‖ text).
    """

    texts: dict[str, str]
    commit_key: str

    def __repr__(self) -> str:
        return f"Revealed({sorted(self.texts)})"


@dataclass(frozen=True, slots=True)
class _Opened:
    texts: dict[str, str]
    commit_key: bytes
    is_separable: bool

    def field_key(self, name: str) -> bytes:
        if not self.is_separable:
            return self.commit_key
        return field_key(self.commit_key, name)

    def commitments(self) -> dict[str, str]:
        return {
            name: commit(self.field_key(name), name, text)
            for name, text in self.texts.items()
        }


def seal(texts: Mapping[str, str], *, key: bytes, bound_to: bytes) -> Sealed:
    """Encrypt the texts; they open again only with the same `bound_to`.

    Raises EntryInvalid for names or texts that canonical JSON cannot hold.
    """
    opened = _Opened(dict(texts), secrets.token_bytes(KEY_SIZE), is_separable=True)
    plaintext = _encode(
        {"commit_key": opened.commit_key.hex(), "schema": SCHEMA, "texts": opened.texts}
    )
    nonce = secrets.token_bytes(NONCE_SIZE)
    ciphertext = nonce + AESGCM(key).encrypt(nonce, plaintext, bound_to)
    return Sealed(ciphertext, ciphertext_hash(ciphertext), opened.commitments())


def unseal(
    ciphertext: bytes, *, key: bytes, bound_to: bytes, pt_commit: Mapping[str, str]
) -> dict[str, str]:
    """Decrypt, and check every field against its commitment.

    Raises PayloadCorrupt if anything differs from what was sealed.
    """
    return _open(ciphertext, key, bound_to, pt_commit).texts


def reveal(
    ciphertext: bytes, *, key: bytes, bound_to: bytes, pt_commit: Mapping[str, str]
) -> Revealed:
    """Decrypt, for somebody who has to convince a third person of what it says.

    The key that comes with it helps to guess every field, so the texts are shown all
    or not at all: `reveal_field` is for one. Raises PayloadCorrupt.
    """
    opened = _open(ciphertext, key, bound_to, pt_commit)
    return Revealed(opened.texts, opened.commit_key.hex())


def reveal_field(
    ciphertext: bytes,
    name: str,
    *,
    key: bytes,
    bound_to: bytes,
    pt_commit: Mapping[str, str],
) -> Revealed:
    """One field, with the key that opens its commitment and no other.

    Raises PayloadCorrupt, or FieldUnknown if there is no such field, or none that can
    be shown alone (the first schema had one key for all).
    """
    opened = _open(ciphertext, key, bound_to, pt_commit)
    if name not in opened.texts or not opened.is_separable:
        raise FieldUnknown
    return Revealed({name: opened.texts[name]}, opened.field_key(name).hex())


def ciphertext_hash(ciphertext: bytes) -> str:
    """What the entry's `ct_hash` holds: SHA-256 in hex of the payload as stored."""
    return sha256(ciphertext).hexdigest()


def field_key(commit_key: bytes, name: str) -> bytes:
    """The commitment key of one field: HMAC-SHA-256 of its name under the record's."""
    return hmac.digest(commit_key, _FIELD_LABEL + name.encode(), "sha256")


def commit(key: bytes, name: str, text: str) -> str:
    """HMAC-SHA-256, in hex, of the field's name, a zero byte, and its text."""
    message = name.encode() + b"\x00" + text.encode()
    return hmac.digest(key, message, "sha256").hex()


def _open(
    ciphertext: bytes, key: bytes, bound_to: bytes, pt_commit: Mapping[str, str]
) -> _Opened:
    nonce, rest = ciphertext[:NONCE_SIZE], ciphertext[NONCE_SIZE:]
    try:
        plaintext = AESGCM(key).decrypt(nonce, rest, bound_to)
    except (InvalidTag, ValueError) as error:
        raise PayloadCorrupt("decryption") from error
    opened = _decode(plaintext)
    if opened.commitments() != dict(pt_commit):
        raise PayloadCorrupt("commitment")
    return opened


def _encode(value: object) -> bytes:
    try:
        return canonical.encode(value)
    except EntryInvalid as error:
        raise EntryInvalid("sealed text") from error


def _decode(plaintext: bytes) -> _Opened:
    match canonical.decode(plaintext):
        case {
            "commit_key": str(key),
            "schema": "clinrag.sealed/2",
            "texts": dict(texts),
        }:
            return _Opened(texts, bytes.fromhex(key), is_separable=True)
        case {"commit_key": str(key), "texts": dict(texts), **others} if not others:
            return _Opened(texts, bytes.fromhex(key), is_separable=False)
    raise PayloadCorrupt("plaintext")
