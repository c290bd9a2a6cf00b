"""Deployment keys in an OpenBao or Vault transit engine: they never come here.

Format: the engine's HTTP API (encrypt, decrypt; base64 in JSON, token in a header). A
key made with `derived=true` derives another for each key id; since an engine whose key
is not derived ignores that context in silence, the id also stands inside what is
wrapped, and is compared. One call ends within its time; none is repeated here, follows
a redirect or a proxy; no error holds what was sent or what came back. A stolen token
unwraps whatever its bearer has read from database `keys`, until it is revoked.
"""

import base64
import binascii
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx

from audit.errors import DeploymentKeyMissing, LedgerUnavailable, PayloadCorrupt
from audit.sealing.wrappers.shape import Wrapped

PREFIX: Final = "transit:"
LARGEST_REPLY: Final = 64 * 1024
_ID_SIZE: Final = 16
_UNSAFE_MODE: Final = 0o037
_PROBE: Final = UUID(int=0)


class _Refused(Exception):
    """The engine did not do it; `may_be_corrupt` if the ciphertext is to blame."""

    def __init__(self, detail: str, *, may_be_corrupt: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.may_be_corrupt = may_be_corrupt


@dataclass(frozen=True, slots=True)
class TransitWrapper:
    """One named key of one engine; `url` such as `https://bao.example.org:8200`.

    The token is read from its file at each call: an agent that renews it replaces the
    file. The token needs `update` on `<mount>/encrypt/<key>` and `…/decrypt/<key>`,
    and nothing else; with `create` a misspelt name would make a key.
    """

    url: str
    mount: str
    key: str
    token_file: Path
    timeout_seconds: float = 5.0

    def wrap(self, key: bytes, *, key_id: UUID) -> Wrapped:
        """Raises LedgerUnavailable if the engine does not answer, or not so."""
        body = {"plaintext": _base64(key_id.bytes + key), "context": _context(key_id)}
        try:
            ciphertext = str(self._call("encrypt", body)["ciphertext"])
            version = ciphertext.split(":")[1]
            return Wrapped(self._name(version), ciphertext.encode("ascii"))
        except _Refused as refusal:
            detail = refusal.detail
        except (KeyError, IndexError, ValueError):
            detail = "malformed reply"
        raise LedgerUnavailable(f"transit engine: {detail}")

    def unwrap(self, wrapped: Wrapped, *, key_id: UUID) -> bytes:
        """Raises DeploymentKeyMissing, or PayloadCorrupt if it is another key's."""
        if not wrapped.name.startswith(self._name("")):
            raise DeploymentKeyMissing("another transit key is needed")
        try:
            body = {
                "ciphertext": wrapped.data.decode("ascii"),
                "context": _context(key_id),
            }
            opened = base64.b64decode(str(self._call("decrypt", body)["plaintext"]))
        except _Refused as refusal:
            if refusal.may_be_corrupt:
                raise PayloadCorrupt("wrapped key") from None
            raise DeploymentKeyMissing(f"transit engine: {refusal.detail}") from None
        except (KeyError, binascii.Error, UnicodeDecodeError):
            raise PayloadCorrupt("wrapped key") from None
        if not hmac.compare_digest(opened[:_ID_SIZE], key_id.bytes):
            raise PayloadCorrupt("wrapped key")
        return opened[_ID_SIZE:]

    def newest_name(self) -> str:
        """Asks the engine, which tells its version with each ciphertext."""
        return self.wrap(b"", key_id=_PROBE).name

    def check(self) -> None:
        """Only what is on this machine: wrapping finds out about the rest."""
        self._token()

    def _name(self, version: str) -> str:
        return f"{PREFIX}{self.mount}/{self.key}:{version}"

    def _token(self) -> str:
        try:
            if self.token_file.stat().st_mode & _UNSAFE_MODE:
                raise DeploymentKeyMissing("the token's file is open to others")
            token = self.token_file.read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise DeploymentKeyMissing(type(error).__name__) from None
        if not token:
            raise DeploymentKeyMissing("the token's file is empty")
        return token

    def _call(self, verb: str, body: Mapping[str, str]) -> Mapping[str, Any]:
        address = f"{self.url.rstrip('/')}/v1/{self.mount}/{verb}/{self.key}"
        headers = {"X-Vault-Token": self._token(), "X-Vault-Request": "true"}
        ends_at = time.monotonic() + self.timeout_seconds
        try:
            with _client(self.timeout_seconds).stream(
                "POST", address, json=dict(body), headers=headers
            ) as reply:
                return _data(reply.status_code, _read(reply, ends_at))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _Refused(type(error).__name__) from None


def _read(reply: httpx.Response, ends_at: float) -> bytes:
    """The whole reply; httpx would wait anew for each piece of a slow one."""
    content = b""
    for piece in reply.iter_bytes():
        content += piece
        if len(content) > LARGEST_REPLY:
            raise _Refused("the reply is too large")
        if time.monotonic() > ends_at:
            raise _Refused("the reply took too long")
    return content


def _data(status: int, content: bytes) -> Mapping[str, Any]:
    """The reply's `data`; a status other than 200 says what is wrong and no more."""
    if status == HTTPStatus.BAD_REQUEST:
        raise _Refused("refused", may_be_corrupt=_blames_ciphertext(content))
    if status != HTTPStatus.OK:
        raise _Refused(f"status {status}")
    try:
        data = json.loads(content)["data"]
    except (ValueError, KeyError, TypeError):
        raise _Refused("malformed reply") from None
    if not isinstance(data, dict):
        raise _Refused("malformed reply")
    return data


def _blames_ciphertext(content: bytes) -> bool:
    """400 also says "encryption key not found" and "disallowed by policy (too old)"."""
    return not any(words in content for words in (b"not found", b"policy"))


@lru_cache(maxsize=2)
def _client(timeout_seconds: float) -> httpx.Client:
    # Kept open between calls: a handshake would cost more than the wrapping.
    return httpx.Client(timeout=timeout_seconds, trust_env=False)


def _context(key_id: UUID) -> str:
    return _base64(key_id.bytes)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
