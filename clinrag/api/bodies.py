"""Refuses a body by its announced length, before any of it is read.

Django's ASGI handler spools a whole body to disk before a view sees it, so the
check has to stand in front of Django (`BodyLimit` in `clinrag.asgi`) as well as
in the views, which other servers call. A body without a length is refused: its
end is unknown until it has been read.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from clinrag.api.errors import ApiError, BodyTooLarge, LengthRequired
from clinrag.api.request_id import choose_request_id
from clinrag.api.responses import MEDIA_TYPE, problem_body

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# Any: each server and framework types the three arguments in its own way.
App = Callable[[Any, Any, Any], Awaitable[None]]

# The parts of a multipart body around the file itself.
ENVELOPE_BYTES = 64 * 1024
STATUS_OF = {
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    LengthRequired: HTTPStatus.LENGTH_REQUIRED,
}


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
    """ASGI application around another: nothing longer than `limit` gets in."""

    def __init__(self, app: App, *, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self.app(scope, receive, send)
            return
        await _send_problem(refusal, _headers(scope), send)

    def _refusal(self, scope: Scope) -> ApiError | None:
        headers = _headers(scope)
        chunked = "transfer-encoding" in headers
        try:
            check_length(
                headers.get("content-length"), chunked=chunked, limit=self.limit
            )
        except (BodyTooLarge, LengthRequired) as error:
            return error
        return None


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
    start = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"connection", b"close"),
        (b"x-request-id", request_id.encode()),
    ]
    await send(
        {"type": "http.response.start", "status": status.value, "headers": start}
    )
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
