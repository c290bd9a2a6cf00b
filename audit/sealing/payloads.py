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
from typing import Final, Self

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
    is_separable: bool = True

    def __repr__(self) -> str:
        return f"Revealed({sorted(self.texts)})"

    def only(self, name: str) -> Self:
        """One field, with the key that opens its commitment and no other.

        Raises FieldUnknown if there is no such field, or none that can be shown alone:
        in the first schema one key opened all.
        """
        if name not in self.texts or not self.is_separable:
            raise FieldUnknown
        text, key = self.texts[name], self._key_of(name)
        return type(self)({name: text}, key.hex(), is_separable=False)

    def commitments(self) -> dict[str, str]:
        """What the entry says of each field, from the record's key."""
        return {
            name: commit(self._key_of(name), name, text)
            for name, text in self.texts.items()
        }

    def _key_of(self, name: str) -> bytes:
        key = bytes.fromhex(self.commit_key)
        return field_key(key, name) if self.is_separable else key


def seal(texts: Mapping[str, str], *, key: bytes, bound_to: bytes) -> Sealed:
    """Encrypt the texts; they open again only with the same `bound_to`.

    Raises EntryInvalid for names or texts that canonical JSON cannot hold.
    """
    opened = Revealed(dict(texts), secrets.token_hex(KEY_SIZE))
    plaintext = _encode(
        {"commit_key": opened.commit_key, "schema": SCHEMA, "texts": opened.texts}
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
    return reveal(ciphertext, key=key, bound_to=bound_to, pt_commit=pt_commit).texts


def reveal(
    ciphertext: bytes, *, key: bytes, bound_to: bytes, pt_commit: Mapping[str, str]
) -> Revealed:
    """Decrypt, for somebody who has to convince a third person of what it says.

    The key that comes with it helps to guess every field: show all of them, or `only`
    one. Raises PayloadCorrupt if anything differs from what was sealed.
    """
    nonce, rest = ciphertext[:NONCE_SIZE], ciphertext[NONCE_SIZE:]
    try:
        plaintext = AESGCM(key).decrypt(nonce, rest, bound_to)
    except (InvalidTag, ValueError) as error:
        raise PayloadCorrupt("decryption") from error
    opened = _decode(plaintext)
    if opened.commitments() != dict(pt_commit):
        raise PayloadCorrupt("commitment")
    return opened


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


def _encode(value: object) -> bytes:
    try:
        return canonical.encode(value)
    except EntryInvalid as error:
        raise EntryInvalid("sealed text") from error


def _decode(plaintext: bytes) -> Revealed:
    match canonical.decode(plaintext):
        case {"commit_key": str(key), "texts": dict(texts), "schema": str(schema)}:
            if schema == SCHEMA:
                return Revealed(texts, key)
        case {"commit_key": str(key), "texts": dict(texts)}:
            return Revealed(texts, key, is_separable=False)
    raise PayloadCorrupt("plaintext")
