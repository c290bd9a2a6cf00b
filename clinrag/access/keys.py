"""The form of an API key, pure: making one, reading its prefix, its digest.

A key reads `clr_<prefix>_<secret>`: the prefix is shown in lists and finds the
row, the secret has 256 random bits. Because it is random and long, one SHA-256
is enough; a slow password hash would only slow every request down.

Holds no key after it has returned it, and never logs one.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

PREFIX_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
PREFIX_LENGTH = 8
SECRET_BYTES = 32
FORM = re.compile(rf"clr_([a-z0-9]{{{PREFIX_LENGTH}}})_([A-Za-z0-9_-]{{43}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: the plaintext is shown once and kept nowhere."""

    prefix: str
    plaintext: str = field(repr=False)
    sha256: str


def make_key() -> NewKey:
    """A new key from the operating system's randomness."""
    prefix = "".join(secrets.choice(PREFIX_ALPHABET) for _ in range(PREFIX_LENGTH))
    plaintext = f"clr_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return NewKey(prefix=prefix, plaintext=plaintext, sha256=digest(plaintext))


def digest(plaintext: str) -> str:
    """SHA-256 of the whole key, in hexadecimal."""
    return hashlib.sha256(plaintext.encode()).hexdigest()


def prefix_of(plaintext: str) -> str | None:
    """The prefix, or None when this cannot be a key of ours."""
    match = FORM.fullmatch(plaintext)
    return match.group(1) if match else None


def matches(plaintext: str, key_sha256: str) -> bool:
    """Whether this is the key with that digest; takes the same time either way."""
    return hmac.compare_digest(digest(plaintext), key_sha256)
