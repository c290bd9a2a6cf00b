"""A caller in front of the ASGI application, who may leave when he likes."""

import asyncio
import json
from typing import Any

from clinrag.api.awaiting import AwaitingHandler
from clinrag.api.busy import too_many_asked

PATHS = frozenset({"/api/v1/answers", "/v1/chat/completions"})


class Visit:
    """One request: what came back so far, and the moment to leave."""

    def __init__(self, path: str, body: Any, headers: dict[str, str]) -> None:
        self.scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1",
            "method": "POST", "path": path, "raw_path": path.encode(),
            "query_string": b"", "root_path": "", "scheme": "http",
            "server": ("localhost", 80), "client": ("127.0.0.1", 1),
            "headers": [
                (name.lower().encode(), value.encode())
                for name, value in {
                    "host": "localhost", "content-type": "application/json", **headers
                }.items()
            ],
        }  # fmt: skip
        self._body = json.dumps(body).encode()
        self.scope["headers"].append((b"content-length", b"%d" % len(self._body)))
        self._sent = False
        self.leaving = asyncio.Event()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.content = b""
        self._more = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if not self._sent:
            self._sent = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self.leaving.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {
                name.decode().lower(): value.decode()
                for name, value in message["headers"]
            }
        else:
            self.content += message.get("body", b"")
            if not message.get("more_body"):
                self.leaving.set()
        self._more.set()

    async def until(self, text: bytes) -> None:
        while text not in self.content:
            self._more.clear()
            await asyncio.wait_for(self._more.wait(), 20)

    @property
    def events(self) -> list[tuple[str, Any]]:
        """Names and data; signs of life are left out."""
        found = []
        for block in self.content.decode().split("\n\n"):
            fields = dict(
                line.split(": ", 1) for line in block.splitlines() if line[:1] != ":"
            )
            if fields:
                found.append((fields["event"], json.loads(fields["data"])))
        return found

    def json(self) -> Any:
        return json.loads(self.content)


def handler(at_once: int = 4, *, seconds: float = 20) -> AwaitingHandler:
    """Made in the loop that it serves in."""
    made = AwaitingHandler(
        paths=PATHS, at_once=at_once, seconds=seconds, refuse=too_many_asked
    )
    made.load_middleware(is_async=True)
    return made


async def visit(made: Visit, *, app: AwaitingHandler | None = None) -> Visit:
    await (app or handler())(made.scope, made.receive, made.send)
    return made
