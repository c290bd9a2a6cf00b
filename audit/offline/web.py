"""Reading a log over HTTP, with limits on size and time and without redirects."""

import time
import zlib
from collections.abc import Collection
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
)

from audit.offline.problems import Malformed, Missing, Unreadable
from audit.offline.sources import bounded, checked_name

TIMEOUT: Final = 20.0
"""Seconds for connecting, and for each wait for bytes."""
LONGEST: Final = 120.0
"""Seconds for one resource: a server that drips bytes does not hold us."""
_HEADERS: Final = {"Accept-Encoding": "gzip, identity", "User-Agent": "clinrag"}
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PIECE: Final = 65_536
_GONE: Final = frozenset({404, 410})
_GZIP: Final = 31
# Hashes do not compress: their gzip is longer than they are.
_PACKING: Final = 65_536


def _opener() -> OpenerDirector:
    """Only http and https; a redirect is an error like any other status."""
    opener = OpenerDirector()
    for handler in (HTTPHandler, HTTPSHandler):
        opener.add_handler(handler())
    opener.add_handler(HTTPDefaultErrorHandler())
    opener.add_handler(HTTPErrorProcessor())
    return opener


class HttpSource:
    """A log's prefix, `http://…` or `https://…`.

    `authorization` is the value of that header. It goes to no other address, since no
    redirect is followed, and not in clear, except to this machine itself.
    """

    def __init__(
        self,
        prefix: str,
        *,
        timeout: float = TIMEOUT,
        authorization: str | None = None,
    ) -> None:
        try:
            parts = urlsplit(prefix)
        except ValueError:
            parts = urlsplit("")
        plain = prefix.isascii() and prefix.isprintable() and " " not in prefix
        if parts.scheme not in {"http", "https"} or not parts.hostname or not plain:
            raise Malformed("this is no http or https address", code="address")
        is_secret = parts.scheme == "https" or parts.hostname in _HERE
        if authorization is not None and not is_secret:
            raise Malformed(
                "an authorization is not sent in clear: use https",
                code="authorization_in_clear",
            )
        self._headers = dict(_HEADERS)
        if authorization is not None:
            self._headers["Authorization"] = authorization
        self._prefix = prefix.rstrip("/") + "/"
        self._timeout = timeout
        self._opener = _opener()

    def read(self, name: str, *, limit: int) -> bytes:
        request = Request(  # noqa: S310 - the scheme was checked
            self._prefix + checked_name(name),
            headers=self._headers,
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                return _body(response, limit)
        except HTTPError as error:
            error.close()
            if error.code in _GONE:
                raise Missing(f"{name} is missing", code="missing") from None
            raise Unreadable(
                f"{name} was answered with status {error.code}", code="unreadable"
            ) from None
        except (URLError, OSError, HTTPException, ValueError) as error:
            reason = type(getattr(error, "reason", error)).__name__
            raise Unreadable(
                f"{name} could not be read ({reason})", code="unreadable"
            ) from None

    def names(self) -> Collection[str]:
        raise Unreadable("an address cannot be listed", code="unreadable")


def _body(response: Any, limit: int) -> bytes:
    ends = time.monotonic() + LONGEST
    pieces, size = [], 0
    while piece := response.read1(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > limit + _PACKING:
            raise Malformed("this is larger than it may be", code="too_large")
        if time.monotonic() > ends:
            raise Unreadable("the server is too slow", code="too_slow")
    body = b"".join(pieces)
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared) != size:
        raise Unreadable("the answer broke off", code="unreadable")
    if response.headers.get("Content-Encoding", "").lower() == "gzip":
        return _unpack(body, limit)
    return bounded(body, limit)


def _unpack(body: bytes, limit: int) -> bytes:
    """RFC 1952, never unpacking more than one byte beyond the limit."""
    reader = zlib.decompressobj(_GZIP)
    try:
        data = bounded(reader.decompress(body, limit + 1), limit)
    except zlib.error:
        raise Unreadable("the answer is not gzip", code="unreadable") from None
    if not reader.eof:
        raise Unreadable("the answer broke off", code="unreadable")
    return data
