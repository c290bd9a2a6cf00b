"""The one way by which an app's server is told something.

Promises that a message goes over HTTPS to a public address and nowhere else, unless
the deployment names the host: the name is resolved once, every address it has is
looked at, and the connection goes to one of those, so that a name cannot be public
when it is looked at and private when it is used. The certificate is still that of the
name. No redirect and no proxy from the environment is followed, a call ends within its
total time, and of the reply only the status counts; what is read of it is bounded.
"""

import asyncio
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import httpx

from audit import destinations
from audit.destinations import PORTS, Destination, DestinationRefused, check_public
from clinrag.answering.recalls.errors import AddressRefused, DeliveryRefused

LONGEST_URL: Final = 1000


@dataclass(frozen=True, slots=True)
class Rules:
    """How long a call may take in all, how much is read, and whom a deployment trusts.

    `trusted_hosts` may have private addresses and speak plain HTTP: the hospital's own.
    """

    seconds: float = 10.0
    reply_bytes: int = 16 * 1024
    trusted_hosts: frozenset[str] = frozenset()


def check_url(url: str, *, rules: Rules) -> None:
    """Raises AddressRefused for what no name service could make right."""
    parsed = _parse(url)
    if parsed.host in rules.trusted_hosts:
        return
    try:
        check_public([parsed.host])
    except DestinationRefused:
        raise AddressRefused from None
    except ValueError:
        pass  # a name's addresses are looked at in sending
    if parsed.scheme != "https" or "." not in parsed.host:
        raise AddressRefused


async def find_destination(url: str, *, rules: Rules) -> tuple[httpx.URL, Destination]:
    """The URL, and where to connect for it.

    Raises AddressRefused, or OSError when nothing has that name.
    """
    check_url(url, rules=rules)
    parsed = _parse(url)
    port = parsed.port or PORTS[parsed.scheme]
    is_trusted = parsed.host in rules.trusted_hosts
    try:
        to = await destinations.find_destination(
            parsed.host, port=port, may_be_private=is_trusted
        )
    except DestinationRefused:
        raise AddressRefused from None
    return parsed, to


def send(url: str, body: bytes, *, headers: Mapping[str, str], rules: Rules) -> int:
    """Send one POST; returns its status. Not for a thread with an event loop.

    Raises AddressRefused, or DeliveryRefused, which names the kind of failure and
    never the address.
    """
    try:
        return asyncio.run(_send(url, body, headers, rules))
    except AddressRefused:
        raise
    except (OSError, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        kind = type(error).__name__
    raise DeliveryRefused(kind)


async def _send(url: str, body: bytes, headers: Mapping[str, str], rules: Rules) -> int:
    async with asyncio.timeout(rules.seconds):
        parsed, to = await find_destination(url, rules=rules)
        return await _post(parsed, to, body, headers=headers, rules=rules)


async def _post(
    url: httpx.URL,
    to: Destination,
    body: bytes,
    *,
    headers: Mapping[str, str],
    rules: Rules,
) -> int:
    async with (
        httpx.AsyncClient(
            verify=_trust(),
            timeout=rules.seconds,
            follow_redirects=False,
            trust_env=False,
        ) as client,
        client.stream(
            "POST",
            url.copy_with(host=to.ip),
            content=body,
            headers={
                **headers,
                "Host": url.netloc.decode(),
                "Content-Type": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": "clinrag-webhooks/1",
            },
            extensions={"sni_hostname": to.host},
        ) as response,
    ):
        await _read_off(response, rules.reply_bytes)
        return response.status_code


async def _read_off(response: httpx.Response, limit: int) -> None:
    """So that a small reply lets the server end in peace; a long one is cut off."""
    size = 0
    async for piece in response.aiter_raw():
        size += len(piece)
        if size > limit:
            return


def _parse(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise AddressRefused from None
    is_odd = parsed.userinfo or parsed.fragment or len(url) > LONGEST_URL
    if parsed.scheme not in PORTS or not parsed.host or is_odd:
        raise AddressRefused
    return parsed


def trusted(names: Collection[str]) -> frozenset[str]:
    """Host names as a deployment lists them, as they are compared."""
    return frozenset(name.strip().lower() for name in names if name.strip())


@cache
def _trust() -> ssl.SSLContext:
    """The system's certificate authorities, read once: that takes a while."""
    return ssl.create_default_context()
