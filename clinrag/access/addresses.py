"""Whose address a request comes from, behind proxies that the operator has counted.

Promises that a caller cannot choose it: of `X-Forwarded-For` only what the counted
proxies wrote is believed, from the right, since each adds the address it was called
from at the end (RFC 7239, 5.2, says the same of its successor). Without any, the
header counts for nothing. Believes that nobody gets past the proxies to this server.
"""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final

PEER: Final = "REMOTE_ADDR"
FORWARDED: Final = "HTTP_X_FORWARDED_FOR"


def client_address(meta: Mapping[str, Any], *, proxies: int) -> str:
    """The address that the outermost trusted proxy saw, or that of the connection.

    `meta` are the request's variables as WSGI names them (PEP 3333). The peer's own
    address too, if fewer proxies wrote anything than are counted, or no address.
    """
    peer = str(meta.get(PEER, ""))
    written = str(meta.get(FORWARDED, "")).split(",") if proxies else []
    if len(written) < proxies or not written:
        return peer
    return _address(written[-proxies]) or peer


def _address(written: str) -> str:
    """Some proxies write the port too: `192.0.2.7:4711`, `[2001:db8::1]:4711`."""
    text = written.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
