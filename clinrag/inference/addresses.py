"""Where a model server really is.

Promises: a host is resolved once, within the time given; its class is that of its
least protected address; and the addresses returned are the ones to connect to, so
that a name cannot point elsewhere between the check and the call. Does not decide
which class may receive which text.
"""

import asyncio
import ipaddress
import socket
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from clinrag.inference.errors import ModelAddressRefused, ModelUnavailable

Place = Literal["local", "private", "external"]

_EXPOSURE: dict[Place, int] = {"local": 0, "private": 1, "external": 2}
# Behind these stands an IPv4 address anywhere, though the registries call some of them
# not globally reachable: Teredo (RFC 4380), NAT64 (RFC 6052 and RFC 8215).
_WAYS_OUT = tuple(
    ipaddress.ip_network(net) for net in ("2001::/32", "64:ff9b::/96", "64:ff9b:1::/48")
)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Destination:
    """A server's base address in parts, with the addresses it resolves to."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]
    place: Place

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"


def place_of(address: str) -> Place:
    """Return the class of an IP address in text: this machine, this site, or outside.

    Private is what IANA's special-purpose registries call not globally reachable,
    except where it is a way to reach the rest of the world.
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    known = mapped or parsed
    if known.is_loopback:
        return "local"
    leads_out = any(known in net for net in _WAYS_OUT)
    return "external" if known.is_global or leads_out else "private"


async def destination_of(base_url: str, *, seconds: float) -> Destination:
    """Resolve the host of a base URL such as `http://127.0.0.1:8080/v1`.

    Raises ModelAddressRefused when it is not a plain http or https URL, and
    ModelUnavailable when the host is unknown or takes too long to find.
    """
    scheme, host, port, path = _split(base_url)
    addresses = await _resolve(host, port, seconds=seconds)
    places = [place_of(address) for address in addresses]
    return Destination(
        scheme=scheme,
        host=host,
        port=port,
        path=path,
        addresses=addresses,
        place=max(places, key=_EXPOSURE.__getitem__),
    )


def _split(base_url: str) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError as error:
        raise ModelAddressRefused("not_a_url") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ModelAddressRefused("not_http")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ModelAddressRefused("not_plain")
    return (
        parts.scheme,
        parts.hostname,
        port or _PORTS[parts.scheme],
        parts.path.rstrip("/"),
    )


async def _resolve(host: str, port: int, *, seconds: float) -> tuple[str, ...]:
    """Look the host up in a thread of its own: a resolver knows no deadline."""
    if _is_address(host):
        return (host,)
    found: Future[tuple[str, ...]] = Future()
    threading.Thread(target=_look_up, args=(host, port, found), daemon=True).start()
    try:
        async with asyncio.timeout(max(seconds, 0.001)):
            addresses = await asyncio.wrap_future(found)
    except TimeoutError as error:
        raise ModelUnavailable("host_lookup_timeout") from error
    if not addresses:
        raise ModelUnavailable("host_unknown")
    return addresses


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _look_up(host: str, port: int, found: Future[tuple[str, ...]]) -> None:
    if not found.set_running_or_notify_cancel():
        return
    found.set_result(_addresses(host, port))


def _addresses(host: str, port: int) -> tuple[str, ...]:
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in entries))
