"""Answers `/readyz` in time, even when a check does not come back.

A database that is frozen, or behind a network that swallows packets, is given up by
each check only after seconds (`clinrag.database`), and there are several. One request
at a time goes to the checks: a second would hold one more thread and connection for
nothing.
"""

import asyncio
import json
from http import HTTPStatus

from clinrag.api.bodies import App, Message, Receive, Scope, Send, no_body

PATH = "/readyz"
LATE: tuple[Message, ...] = (
    {
        "type": "http.response.start",
        "status": HTTPStatus.SERVICE_UNAVAILABLE.value,
        "headers": [
            (b"content-type", b"application/json"),
            (b"cache-control", b"no-store"),
            (b"retry-after", b"5"),
        ],
    },
    {
        "type": "http.response.body",
        "body": json.dumps(
            {"status": "not_ready", "checks": {"in_time": "failed"}}
        ).encode(),
    },
)


class ReadyInTime:
    """ASGI application around another: not ready if that took over `seconds`."""

    def __init__(self, app: App, *, seconds: float) -> None:
        self.app = app
        self.seconds = seconds
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self.app(scope, receive, send)
            return
        for message in await self._answer(scope):
            await send(message)

    async def _answer(self, scope: Scope) -> tuple[Message, ...]:
        try:
            await asyncio.wait_for(self._turn.acquire(), self.seconds)
        except TimeoutError:
            return LATE
        asked = asyncio.create_task(self._ask(scope))
        asked.add_done_callback(lambda _: self._turn.release())
        done, _ = await asyncio.wait({asked}, timeout=self.seconds)
        return asked.result() if done else LATE

    async def _ask(self, scope: Scope) -> tuple[Message, ...]:
        said: list[Message] = []

        async def send(message: Message) -> None:
            said.append(message)

        await self.app(scope, no_body(), send)
        return tuple(said)
