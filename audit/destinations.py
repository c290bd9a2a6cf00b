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
UNICAST: Final = ipaddress.IPv6Network("2000::/3")


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
        address = ipaddress.ip_address(text.partition("%")[0])
        known = getattr(address, "ipv4_mapped", None) or address
        if not known.is_global or known.is_multicast or _is_odd(known):
            raise DestinationRefused(type(known).__name__)


def _is_odd(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """IPv6 that is not global unicast (RFC 4291, 2.4), or holds an IPv4 address.

    NAT64 (RFC 6052), 6to4 (RFC 3056) and Teredo (RFC 4380): whether what is inside is
    public is a gateway's matter, so none of them counts as public here.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return False
    holds_another = address.sixtofour is not None or address.teredo is not None
    return holds_another or address not in UNICAST
