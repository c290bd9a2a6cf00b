"""Deployment keys in a file: for one machine, or one that has no key server.

A file of base64 lines, 32 bytes each, of its owner alone: the first wraps, all unwrap.
To rotate, put a new line on top and run `rewrap_keys` and `rewrap_webhook_secrets`;
then the old line may go.
AES-GCM with random nonces stays safe for 2^32 keys under one line.
"""

import base64
import secrets
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.errors import DeploymentKeyMissing, PayloadCorrupt
from audit.sealing.wrappers.shape import Wrapped

KEY_SIZE: Final = 32
NONCE_SIZE: Final = 12
_UNSAFE_MODE: Final = 0o037


@dataclass(frozen=True, slots=True)
class FileWrapper:
    """The lines of the file, the newest first."""

    keys: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"FileWrapper({[self.name(key) for key in self.keys]})"

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

    def wrap(self, key: bytes, *, key_id: UUID) -> Wrapped:
        """Wrap under the first line, bound to the id."""
        nonce = secrets.token_bytes(NONCE_SIZE)
        sealed = AESGCM(self.keys[0]).encrypt(nonce, key, key_id.bytes)
        return Wrapped(self.newest_name(), nonce + sealed)

    def unwrap(self, wrapped: Wrapped, *, key_id: UUID) -> bytes:
        """Raises DeploymentKeyMissing for an unknown wrapping key, PayloadCorrupt."""
        by_name = {self.name(key): key for key in self.keys}
        if wrapped.name not in by_name:
            raise DeploymentKeyMissing("an older key is needed")
        nonce, rest = wrapped.data[:NONCE_SIZE], wrapped.data[NONCE_SIZE:]
        try:
            return AESGCM(by_name[wrapped.name]).decrypt(nonce, rest, key_id.bytes)
        except (InvalidTag, ValueError) as error:
            raise PayloadCorrupt("wrapped key") from error

    def newest_name(self) -> str:
        """The name of the first line."""
        return self.name(self.keys[0])

    def check(self) -> None:
        """Reading the file was the check."""


def read_file(path: Path) -> FileWrapper:
    """The deployment keys, read again only when the file changes."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise DeploymentKeyMissing(type(error).__name__) from error
    return _read(path, changed)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> FileWrapper:
    return FileWrapper.read(path)
