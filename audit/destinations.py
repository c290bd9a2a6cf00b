"""Where a URL really leads, looked at once for all of a call.

Promises: a name is resolved once, every address it has is looked at, and the one to
connect to is among those, so that a name cannot be public when it is looked at and
private when it is used. Will not: connect.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PORTS: Final = {"https": 443, "http": 80}
# A gateway sends on what comes to the last 32 bits: RFC 6052, 2.1.
NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
UNICAST: Final = ipaddress.IPv6Network("2000::/3")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class DestinationRefused(ValueError):
    """An address of this name is not a public one."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A name, and the address to connect to for it."""

    host: str
    ip: str


async def find_destination(
    host: str, *, port: int, may_be_private: bool
) -> Destination:
    """Raises DestinationRefused, or OSError when nothing has that name."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if not may_be_private:
        check_public(addresses)
    return Destination(host, addresses[0])


def check_public(addresses: Iterable[str]) -> None:
    """Raises DestinationRefused if one is not public, ValueError if it is none."""
    for text in addresses:
        if not _is_public(ipaddress.ip_address(text.partition("%")[0])):
            raise DestinationRefused


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
