"""The one way by which an app's server is told something.

Promises that a message goes over HTTPS to a public address and nowhere else, unless
the deployment names the host: the name is resolved once, every address it has is
looked at, and the connection goes to one of those, so that a name cannot be public
when it is looked at and private when it is used. The certificate is still that of the
name. No redirect and no proxy from the environment is followed, a call ends within its
total time, and of the reply only the status counts; what is read of it is bounded.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Final

import httpx

from clinrag.answering.recalls.errors import AddressRefused, DeliveryRefused

LONGEST_URL: Final = 1000
PORTS: Final = {"https": 443, "http": 80}
# A gateway sends on what comes to the last 32 bits: RFC 6052, 2.1.
NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
UNICAST: Final = ipaddress.IPv6Network("2000::/3")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Rules:
    """How long a call may take in all, how much is read, and whom a deployment trusts.

    `trusted_hosts` may have private addresses and speak plain HTTP: the hospital's own.
    """

    seconds: float = 10.0
    reply_bytes: int = 16 * 1024
    trusted_hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Destination:
    """An address looked at: where to connect, and for which name."""

    url: httpx.URL
    host: str
    ip: str


def check_url(url: str, *, rules: Rules) -> None:
    """Raises AddressRefused for what no name service could make right."""
    parsed = _parse(url)
    if parsed.host in rules.trusted_hosts:
        return
    with suppress(ValueError):  # a name's addresses are looked at in sending
        _check_public([parsed.host])
    if parsed.scheme != "https" or "." not in parsed.host:
        raise AddressRefused


def find_destination(url: str, *, rules: Rules) -> Destination:
    """Where to connect for a URL. Raises AddressRefused, or OSError without a name."""
    check_url(url, rules=rules)
    parsed = _parse(url)
    port = parsed.port or PORTS[parsed.scheme]
    found = socket.getaddrinfo(parsed.host, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if parsed.host not in rules.trusted_hosts:
        _check_public(addresses)
    return Destination(parsed, parsed.host, addresses[0])


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
        to = await asyncio.to_thread(find_destination, url, rules=rules)
        return await _post(to, body, headers, rules)


async def _post(
    to: Destination, body: bytes, headers: Mapping[str, str], rules: Rules
) -> int:
    netloc = to.url.netloc.decode()
    async with (
        httpx.AsyncClient(
            verify=_trust(),
            timeout=rules.seconds,
            follow_redirects=False,
            trust_env=False,
        ) as client,
        client.stream(
            "POST",
            to.url.copy_with(host=to.ip),
            content=body,
            headers={
                **headers,
                "Host": netloc,
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


def _check_public(addresses: Iterable[str]) -> None:
    """Raises AddressRefused if one is not public, ValueError if one is no address."""
    for text in addresses:
        if not _is_public(ipaddress.ip_address(text.partition("%")[0])):
            raise AddressRefused


def _is_public(address: Address) -> bool:
    """Of IPv6 what is global unicast (RFC 4291, 2.4), or leads to public IPv4."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    inside = address.ipv4_mapped or address.sixtofour
    if address in NAT64:
        inside = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if inside is not None:
        return _is_public(inside)
    return address in UNICAST and address.is_global


def trusted(names: Collection[str]) -> frozenset[str]:
    """Host names as a deployment lists them, as they are compared."""
    return frozenset(name.strip().lower() for name in names if name.strip())


@cache
def _trust() -> ssl.SSLContext:
    """The system's certificate authorities, read once: that takes a while."""
    return ssl.create_default_context()
