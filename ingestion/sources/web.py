"""One address on the web, asked by conditional requests.

Promises: only hosts that the deployment names; of those only ones it calls private may
have a private address or speak plain HTTP. Each redirect is looked at like the first
address, and there are few of them. The connection goes to the address that was looked
at. A call ends within its total time and reads no more than a document may have; what
comes compressed is refused unread. No cookie, no proxy from the environment, no
credentials. 404 and 410 say that it is gone; any other answer is not believed.
"""

import asyncio
import hashlib
import json
import ssl
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from urllib.parse import unquote

import httpx

from audit.destinations import (
    PORTS,
    Destination,
    DestinationRefused,
    find_destination,
)
from ingestion.sources.errors import (
    SourceAnswersOddly,
    SourceRefused,
    SourceTooLarge,
    SourceUnreachable,
)
from ingestion.sources.types import Content, Glimpse, Known, SourceRules

LONGEST_URL: Final = 1000
LONGEST_VALIDATOR: Final = 300
GONE: Final = frozenset({404, 410})
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
NOT_MODIFIED: Final = 304
OK: Final = 200


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came back; `location` of a redirect, a body only of a 200."""

    status: int
    location: str = ""
    fingerprint: str = ""
    body: bytes = b""


class WatchedPage:
    """An address whose one item is the file there. Raises SourceRefused."""

    def __init__(self, address: str, *, rules: SourceRules) -> None:
        self._rules = rules
        self._url = _checked(address, rules=rules)
        self._name = _name_of(self._url)
        self._read: Content | None = None

    def look(self, known: Mapping[str, Known], *, at: datetime) -> Sequence[Glimpse]:
        """Asks for the file; it has the same name whatever redirects lead to it."""
        del at
        before = known.get(self._name)
        reply = _run(self._fetch(_conditions(before)))
        if reply.status in GONE:
            return ()
        if reply.status == NOT_MODIFIED and before is not None:
            return (Glimpse(self._name, before.fingerprint),)
        if reply.status != OK:
            raise SourceAnswersOddly
        self._read = Content(reply.body, reply.fingerprint)
        return (Glimpse(self._name, reply.fingerprint),)

    def read(self, glimpse: Glimpse) -> Content:
        if self._read is None or glimpse.fingerprint != self._read.fingerprint:
            raise SourceAnswersOddly
        return self._read

    async def _fetch(self, headers: Mapping[str, str]) -> _Reply:
        url = self._url
        async with asyncio.timeout(self._rules.seconds):
            for _ in range(self._rules.redirects + 1):
                reply = await self._ask(url, headers)
                if reply.status not in REDIRECTS:
                    return reply
                url = _checked(str(url.join(reply.location)), rules=self._rules)
        raise SourceAnswersOddly

    async def _ask(self, url: httpx.URL, headers: Mapping[str, str]) -> _Reply:
        port = url.port or PORTS[url.scheme]
        is_private = url.host in self._rules.private_hosts
        to = await find_destination(url.host, port=port, may_be_private=is_private)
        async with (
            httpx.AsyncClient(
                verify=_trust(),
                timeout=self._rules.seconds,
                follow_redirects=False,
                trust_env=False,
            ) as client,
            client.stream(
                "GET",
                url.copy_with(host=to.ip),
                headers={**headers, **_always(url)},
                extensions=_named(to),
            ) as response,
        ):
            return await self._told(response)

    async def _told(self, response: httpx.Response) -> _Reply:
        status = response.status_code
        if status in REDIRECTS:
            return _Reply(status, location=response.headers.get("location", ""))
        if status != OK:
            return _Reply(status)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise SourceAnswersOddly
        body = await _bounded(response, self._rules.max_bytes)
        return _Reply(status, fingerprint=_fingerprint(response, body), body=body)


async def _bounded(response: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > limit:
            raise SourceTooLarge
    return bytes(body)


def _fingerprint(response: httpx.Response, body: bytes) -> str:
    """The validators and a hash: some servers have neither of the first two."""
    told = {
        "etag": _short(response.headers.get("etag", "")),
        "modified": _short(response.headers.get("last-modified", "")),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    return json.dumps(told)


def _short(validator: str) -> str:
    """Part of a validator would match nothing, or something else."""
    return validator if len(validator) <= LONGEST_VALIDATOR else ""


def _conditions(before: Known | None) -> dict[str, str]:
    if before is None:
        return {}
    told = json.loads(before.fingerprint)
    # What took the document's place may be younger than what comes back.
    since = "" if before.refused else told["modified"]
    named = {"If-None-Match": told["etag"], "If-Modified-Since": since}
    return {name: value for name, value in named.items() if value}


def _always(url: httpx.URL) -> dict[str, str]:
    return {
        "Host": url.netloc.decode(),
        "Accept-Encoding": "identity",
        "User-Agent": "clinrag-sources/1",
    }


def _named(to: Destination) -> dict[str, str]:
    return {"sni_hostname": to.host}


def _checked(address: str, *, rules: SourceRules) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError):
        raise SourceRefused from None
    is_odd = url.userinfo or url.fragment or len(address) > LONGEST_URL
    is_safe = url.scheme == "https" or url.host in rules.private_hosts
    if url.scheme not in PORTS or is_odd or not is_safe or url.host not in rules.hosts:
        raise SourceRefused
    return url


def _name_of(url: httpx.URL) -> str:
    last = unquote(url.path.rpartition("/")[2])
    printable = "".join(letter for letter in last if letter.isprintable())
    return printable[-255:] or "page"


def _run(call: Coroutine[None, None, _Reply]) -> _Reply:
    """Not for a thread with an event loop of its own."""
    try:
        return asyncio.run(call)
    except DestinationRefused:
        raise SourceRefused from None
    except (OSError, httpx.HTTPError, httpx.InvalidURL, ValueError):
        raise SourceUnreachable from None


@cache
def _trust() -> ssl.SSLContext:
    """The system's certificate authorities, read once: that takes a while."""
    return ssl.create_default_context()
