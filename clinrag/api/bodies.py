"""Refuses a body by its announced length or its slowness, in front of Django.

Django's ASGI handler spools a whole body to disk before a view sees it, so the
check has to stand in front of Django (`BodyLimit` in `clinrag.asgi`) as well as
in the views, which other servers call. A body without a length is refused: its
end is unknown until it has been read. More than an ordinary upload is let in from
those alone who may upload, and up to the ceiling: such a file ends as a failed
version, on record, and nobody else can fill the disk.

Programs get problem details; who asked for a page gets a page, which Django makes
without the body.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from clinrag.api.errors import ApiError, BodyTooLarge, BodyTooSlow, LengthRequired
from clinrag.api.request_id import choose_request_id
from clinrag.api.responses import MEDIA_TYPE, OWN_PREFIXES, problem_body
from clinrag.withheld import WITHHELD_BODY

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# Any: each server and framework types the three arguments in its own way.
App = Callable[[Any, Any, Any], Awaitable[None]]
Admits = Callable[[Scope], Awaitable[bool]]

# The parts of a multipart body around the file itself.
ENVELOPE_BYTES = 64 * 1024
# A browser reads the answer only after it has sent its body, or most of it: closing
# at once would show its own page about a broken connection instead of ours.
LINGER_SECONDS = 30.0
STATUS_OF = {
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    BodyTooSlow: HTTPStatus.REQUEST_TIMEOUT,
    LengthRequired: HTTPStatus.LENGTH_REQUIRED,
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """For one body: bytes from anybody, from who may upload, and seconds to send."""

    ordinary: int
    ceiling: int
    seconds: float


def check_length(announced: str | None, *, chunked: bool, limit: int) -> None:
    """Raise LengthRequired or BodyTooLarge; no body at all is fine."""
    if chunked:
        raise LengthRequired
    if announced is None or announced == "":
        return
    if not (announced.isascii() and announced.isdigit()):
        raise LengthRequired
    if int(announced) > limit:
        raise BodyTooLarge


class BodyLimit:
    """ASGI application around another: nothing beyond the bounds gets in."""

    def __init__(self, app: App, *, bounds: Bounds, admits: Admits) -> None:
        self.app = app
        self.bounds = bounds
        self.admits = admits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            await self._check(scope)
            await self.app(scope, _in_time(receive, self.bounds.seconds), send)
        except (BodyTooLarge, BodyTooSlow, LengthRequired) as error:
            await self._refuse(error, scope, send=_unhurried(send, receive, scope))

    async def _check(self, scope: Scope) -> None:
        headers = _headers(scope)
        length, chunked = headers.get("content-length"), "transfer-encoding" in headers
        try:
            check_length(length, chunked=chunked, limit=self.bounds.ordinary)
        except BodyTooLarge:
            check_length(length, chunked=chunked, limit=self.bounds.ceiling)
            if not await self.admits(scope):
                raise

    async def _refuse(self, error: ApiError, scope: Scope, *, send: Send) -> None:
        if scope["path"].startswith(OWN_PREFIXES):
            await _send_problem(error, _headers(scope), send)
            return
        await self.app({**scope, WITHHELD_BODY: error.code}, no_body(), send)


def no_body() -> Receive:
    """A caller who sends nothing, and never hangs up: that would end the request."""
    messages: list[Message] = [{"type": "http.request"}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        never: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        return await never

    return receive


def _in_time(receive: Receive, seconds: float) -> Receive:
    """The same body; raises BodyTooSlow when its end is not there in time."""
    loop = asyncio.get_running_loop()
    deadline: float | None = loop.time() + seconds

    async def next_message() -> Message:
        nonlocal deadline
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            raise BodyTooSlow from None
        if not message.get("more_body", False):
            deadline = None  # what follows is waiting for the caller to hang up
        return message

    return next_message


def _unhurried(send: Send, receive: Receive, scope: Scope) -> Send:
    """Closes the connection after the answer, once the caller stopped sending."""
    waits_for_leave = "expect" in _headers(scope)  # RFC 9110, 10.1.1: sends no body

    async def send_last(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), (b"connection", b"close")]
            await send({**message, "headers": headers})
            return
        await send({**message, "more_body": True})
        if not message.get("more_body", False):
            if not waits_for_leave:
                await _read_away(receive)
            await send({"type": "http.response.body", "body": b""})

    return send_last


async def _read_away(receive: Receive) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while (await receive()).get("more_body", False):
                pass


def _headers(scope: Scope) -> dict[str, str]:
    pairs: list[tuple[bytes, bytes]] = scope["headers"]
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}


async def _send_problem(error: ApiError, headers: dict[str, str], send: Send) -> None:
    status = STATUS_OF[type(error)]
    request_id = choose_request_id(headers.get("x-request-id"))
    body = problem_body(
        status.value,
        error.code,
        title=status.phrase,
        detail=str(error),
        request_id=request_id,
    )
    content = json.dumps(body).encode()
    start = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(content)).encode()),
        (b"x-request-id", request_id.encode()),
    ]
    await send(
        {"type": "http.response.start", "status": status.value, "headers": start}
    )
    await send({"type": "http.response.body", "body": content})
