"""Sealing: what people wrote, encrypted beside the log and bound to its entry.

Each record is sealed with AES-256-GCM under a random key of its own; that key is
wrapped by the deployment key and committed in the database `keys` before the payload
is, since an orphan key harms nobody and a payload without its key is lost. The entry
carries a hash of the ciphertext, and for each field an HMAC-SHA-256 under a key kept
inside the ciphertext: GCM alone does not bind one plaintext, and a field can be shown
alone. Whoever holds database `keys`, the payload and the deployment key reads it.
"""

import base64
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import Error, connections, transaction

from audit import canonical
from audit.errors import (
    DataKeyLost,
    DeploymentKeyMissing,
    EntryInvalid,
    LedgerUnavailable,
    PayloadCorrupt,
)
from audit.models import DataKey

KEYS: Final = "keys"
KEY_SIZE: Final = 32
NONCE_SIZE: Final = 12
_UNSAFE_MODE: Final = 0o037

_INSERT_KEY: Final = (
    "INSERT INTO audit_datakey (id, wrapping_key, wrapped) VALUES (%s, %s, %s)"
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A ciphertext (nonce, ciphertext, tag) and what the entry says of it."""

    ciphertext: bytes
    ct_hash: str
    pt_commit: dict[str, str]

    def describe(self) -> dict[str, object]:
        """The entry's `sealed` member."""
        return {"ct_hash": self.ct_hash, "pt_commit": dict(self.pt_commit)}


def seal(texts: Mapping[str, str], *, key: bytes, bound_to: bytes) -> Sealed:
    """Encrypt the texts; they open again only with the same `bound_to`.

    Raises EntryInvalid for names or texts that canonical JSON cannot hold.
    """
    commit_key = secrets.token_bytes(KEY_SIZE)
    plaintext = _encode({"commit_key": commit_key.hex(), "texts": dict(texts)})
    nonce = secrets.token_bytes(NONCE_SIZE)
    ciphertext = nonce + AESGCM(key).encrypt(nonce, plaintext, bound_to)
    commitments = {name: commit(commit_key, name, text) for name, text in texts.items()}
    return Sealed(ciphertext, ciphertext_hash(ciphertext), commitments)


def unseal(
    ciphertext: bytes, *, key: bytes, bound_to: bytes, pt_commit: Mapping[str, str]
) -> dict[str, str]:
    """Decrypt, and check every field against its commitment.

    Raises PayloadCorrupt if anything differs from what was sealed.
    """
    return reveal(ciphertext, key=key, bound_to=bound_to, pt_commit=pt_commit).texts


@dataclass(frozen=True, slots=True)
class Revealed:
    """Sealed texts, and in hex the key with which others check their commitments."""

    texts: dict[str, str]
    commit_key: str

    def __repr__(self) -> str:
        return f"Revealed({sorted(self.texts)})"


def reveal(
    ciphertext: bytes, *, key: bytes, bound_to: bytes, pt_commit: Mapping[str, str]
) -> Revealed:
    """Decrypt, for somebody who has to convince a third person of what it says.

    Raises PayloadCorrupt if anything differs from what was sealed.
    """
    nonce, rest = ciphertext[:NONCE_SIZE], ciphertext[NONCE_SIZE:]
    try:
        plaintext = AESGCM(key).decrypt(nonce, rest, bound_to)
    except (InvalidTag, ValueError) as error:
        raise PayloadCorrupt("decryption") from error
    texts, commit_key = _decode(plaintext)
    found = {name: commit(commit_key, name, text) for name, text in texts.items()}
    if found != dict(pt_commit):
        raise PayloadCorrupt("commitment")
    return Revealed(texts, commit_key.hex())


def ciphertext_hash(ciphertext: bytes) -> str:
    """What the entry's `ct_hash` holds: SHA-256 in hex of the payload as stored."""
    return sha256(ciphertext).hexdigest()


def commit(commit_key: bytes, name: str, text: str) -> str:
    """HMAC-SHA-256, in hex, of the field's name, a zero byte, and its text."""
    message = name.encode() + b"\x00" + text.encode()
    return hmac.digest(commit_key, message, "sha256").hex()


def _encode(value: object) -> bytes:
    try:
        return canonical.encode(value)
    except EntryInvalid as error:
        raise EntryInvalid("sealed text") from error


def _decode(plaintext: bytes) -> tuple[dict[str, str], bytes]:
    match canonical.decode(plaintext):
        case {"commit_key": str(commit_key), "texts": dict(texts)}:
            return texts, bytes.fromhex(commit_key)
    raise PayloadCorrupt("plaintext")


@dataclass(frozen=True, slots=True)
class DeploymentKeys:
    """The keys that wrap data keys: the first wraps, all unwrap.

    A file of base64 lines, 32 bytes each; the rotation puts a new line on top. AES-GCM
    with random nonces stays safe for 2^32 data keys under one line.
    """

    keys: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"DeploymentKeys({[self.name(key) for key in self.keys]})"

    @staticmethod
    def name(key: bytes) -> str:
        """What a wrapped key remembers of its wrapping key; tells nothing of it."""
        return sha256(b"clinrag deployment key\n" + key).hexdigest()[:16]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises DeploymentKeyMissing if the file is absent, malformed or open."""
        try:
            if path.stat().st_mode & _UNSAFE_MODE:
                raise DeploymentKeyMissing("the file is open to others")
            lines = path.read_text(encoding="ascii").split()
            keys = tuple(base64.b64decode(line, validate=True) for line in lines)
        except (OSError, ValueError) as error:
            raise DeploymentKeyMissing(type(error).__name__) from error
        if not keys or any(len(key) != KEY_SIZE for key in keys):
            raise DeploymentKeyMissing("malformed")
        return cls(keys)

    def wrap(self, data_key: bytes, key_id: UUID) -> tuple[str, bytes]:
        """The wrapping key's name, and the wrapped key, bound to its id."""
        nonce = secrets.token_bytes(NONCE_SIZE)
        sealed = AESGCM(self.keys[0]).encrypt(nonce, data_key, key_id.bytes)
        return self.name(self.keys[0]), nonce + sealed

    def unwrap(self, wrapping_key: str, wrapped: bytes, key_id: UUID) -> bytes:
        """Raises DeploymentKeyMissing for an unknown wrapping key, PayloadCorrupt."""
        by_name = {self.name(key): key for key in self.keys}
        if wrapping_key not in by_name:
            raise DeploymentKeyMissing("an older key is needed")
        nonce, rest = wrapped[:NONCE_SIZE], wrapped[NONCE_SIZE:]
        try:
            return AESGCM(by_name[wrapping_key]).decrypt(nonce, rest, key_id.bytes)
        except (InvalidTag, ValueError) as error:
            raise PayloadCorrupt("wrapped key") from error


def deployment_keys(path: Path) -> DeploymentKeys:
    """The deployment keys, read again only when the file changes."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise DeploymentKeyMissing(type(error).__name__) from error
    return _read_keys(path, changed)


@lru_cache(maxsize=4)
def _read_keys(path: Path, _changed: int) -> DeploymentKeys:
    return DeploymentKeys.read(path)


def create_data_key(key_id: UUID, *, wrapped_by: DeploymentKeys) -> bytes:
    """Make a data key and commit it, wrapped, before anything is sealed with it.

    `keys` is a connection of its own, so this commits inside a transaction on
    `default` too. Raises LedgerUnavailable if it cannot be committed.
    """
    data_key = AESGCM.generate_key(bit_length=8 * KEY_SIZE)
    wrapping_key, wrapped = wrapped_by.wrap(data_key, key_id)
    try:
        with (
            transaction.atomic(using=KEYS, durable=True),
            connections[KEYS].cursor() as cursor,
        ):
            cursor.execute(_INSERT_KEY, [key_id, wrapping_key, wrapped])
    except Error as error:
        raise LedgerUnavailable("database keys") from error
    return data_key


def open_data_keys(
    key_ids: Iterable[UUID], *, wrapped_by: DeploymentKeys
) -> dict[UUID, bytes]:
    """The data keys that still exist; destroyed ones are left out.

    Raises DataKeyLost if a row is missing altogether.
    """
    wanted = set(key_ids)
    rows = DataKey.objects.using(KEYS).in_bulk(wanted)
    if wanted - rows.keys():
        raise DataKeyLost
    return {
        key_id: wrapped_by.unwrap(row.wrapping_key, bytes(row.wrapped), key_id)
        for key_id, row in rows.items()
        if row.wrapped is not None
    }
