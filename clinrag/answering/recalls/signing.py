"""Signing webhook messages by the Standard Webhooks specification, version 1.

Promises: pure. A secret reads `whsec_` and 24 to 64 bytes in Base64; a signature is
`v1,` and HMAC-SHA256, in Base64, over the id, the timestamp and the exact body, joined
by full stops. Source: github.com/standard-webhooks/standard-webhooks, spec, "Symmetric
signatures" and "Webhook headers (sending metadata to consumers)".
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from clinrag.answering.recalls.errors import SecretInvalid

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
SHORTEST, LONGEST = 24, 64


def new_secret() -> bytes:
    """From the operating system's randomness."""
    return secrets.token_bytes(SECRET_BYTES)


def told(secret: bytes) -> str:
    """The secret as its owner is told it."""
    return PREFIX + base64.b64encode(secret).decode()


def read_secret(text: str) -> bytes:
    """The bytes of a secret. Raises SecretInvalid."""
    try:
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:
        raise SecretInvalid from None
    if not text.startswith(PREFIX) or not SHORTEST <= len(secret) <= LONGEST:
        raise SecretInvalid
    return secret


def message_id(delivery_id: UUID) -> str:
    """The same for each attempt, so that a receiver can tell a repetition."""
    return f"msg_{delivery_id.hex}"


def headers(
    delivery_id: UUID, body: bytes, *, secret: bytes, at: datetime
) -> dict[str, str]:
    """What goes with the body; `at` is the moment of this attempt."""
    name, seconds = message_id(delivery_id), str(int(at.timestamp()))
    signed = b".".join((name.encode(), seconds.encode(), body))
    mac = hmac.new(secret, signed, hashlib.sha256).digest()
    return {
        "webhook-id": name,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }
