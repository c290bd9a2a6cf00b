"""Server-sent events: typed, numbered, with a sign of life in between.

Source: WHATWG HTML, 9.2 "Server-sent events". Data is JSON on one line, so that no
text in it can begin a field of its own. Knows nothing of answers.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer

MEDIA_TYPE: Final = "text/event-stream"
# Proxies give up a connection that says nothing for half a minute or more.
HEARTBEAT_SECONDS: Final = 10.0
HEARTBEAT: Final = b": still here\n\n"


def event(name: str, data: Any, *, number: int) -> bytes:
    """One event; `data` is what the JSON renderer of the interface takes."""
    return f"id: {number}\nevent: {name}\ndata: {as_json(data)}\n\n".encode()


def as_json(data: Any) -> str:
    """As the interface writes it elsewhere."""
    rendered: bytes = JSONRenderer().render(data)
    return rendered.decode()


async def signs_of_life(
    awaited: asyncio.Future[Any], *, seconds: float = HEARTBEAT_SECONDS
) -> AsyncIterator[bytes]:
    """A comment every so often until `awaited` is done; never cancels it."""
    while True:
        done, _ = await asyncio.wait({awaited}, timeout=seconds)
        if done:
            return
        yield HEARTBEAT


def event_stream(events: AsyncIterator[bytes]) -> StreamingHttpResponse:
    """The events as a response that nobody on the way keeps or holds back."""
    response = StreamingHttpResponse(events, content_type=MEDIA_TYPE)
    response.headers["X-Accel-Buffering"] = "no"
    return response
