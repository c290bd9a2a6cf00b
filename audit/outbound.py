"""The one way by which the ledger sends something to a server of somebody else.

Promises that a call ends within its total time, whatever that server does, that no
more than so many bytes are read, as they came, and that no redirect and no proxy from
the environment is followed. What goes out here are checkpoints and hashes of them.
"""

import asyncio
import ssl
from dataclasses import dataclass
from functools import cache

import httpx

from audit.errors import VoucherUnreachable


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a call may take in all, and how much may come back."""

    seconds: float = 10.0
    reply_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; of the media type only its name."""

    status: int
    media_type: str
    body: bytes


def post(url: str, body: bytes, *, media_type: str, bounds: Bounds) -> Answer:
    """Send one POST. Not for a thread with an event loop of its own.

    Raises VoucherUnreachable, which names the kind of failure and not the address.
    """
    try:
        return asyncio.run(_post(url, body, media_type, bounds))
    except (OSError, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise VoucherUnreachable(type(error).__name__) from error


async def _post(url: str, body: bytes, media_type: str, bounds: Bounds) -> Answer:
    # A time-out on each read never ends a server that sends a byte a second.
    async with (
        asyncio.timeout(bounds.seconds),
        httpx.AsyncClient(
            verify=_trust(),
            timeout=bounds.seconds,
            follow_redirects=False,
            trust_env=False,
        ) as client,
        client.stream(
            "POST",
            url,
            content=body,
            headers={"Content-Type": media_type, "Accept-Encoding": "identity"},
        ) as response,
    ):
        content = await _read(response, bounds.reply_bytes)
        kind = response.headers.get("content-type", "").partition(";")[0].strip()
        return Answer(response.status_code, kind.lower(), content)


@cache
def _trust() -> ssl.SSLContext:
    """The system's certificate authorities, read once: that takes a while."""
    return ssl.create_default_context()


async def _read(response: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > limit:
            raise VoucherUnreachable("too much")
    return bytes(body)
