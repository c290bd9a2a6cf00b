"""The end of a web process that is told to stop.

A server waits for its connections, then tells the application (ASGI, "Lifespan
Protocol"). Questions whose client has left have no connection any more: this is where
they are waited for. Promises nothing of a process that is killed; the sweeper closes
what that one leaves open.
"""

from collections.abc import Awaitable, Callable

from clinrag.api.bodies import App, Receive, Scope, Send

BEGIN, END = "lifespan.startup", "lifespan.shutdown"


class OrderlyEnd:
    """ASGI application around another: `finish` is awaited before the process ends."""

    def __init__(self, app: App, *, finish: Callable[[], Awaitable[None]]) -> None:
        self.app = app
        self.finish = finish

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        await receive()
        await send({"type": f"{BEGIN}.complete"})
        await receive()
        await self.finish()
        await send({"type": f"{END}.complete"})
