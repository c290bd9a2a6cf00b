"""What a clinical app of the demonstration has to be told at: a small web server.

Promises: listens on this machine alone, keeps what arrives in memory, and says of a
message whether the secret signed it. Knows the Standard Webhooks specification, and
nothing of how this deployment signs. Will not: outlive the demonstration.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import Any, Final

LOOPBACK: Final = "127.0.0.1"
LONGEST: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """A POST as it came: its three headers and its exact body."""

    id: str
    timestamp: str
    signatures: str
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    def is_signed(self, secret: str) -> bool:
        """HMAC-SHA256 over id, timestamp and body, as Standard Webhooks 1 has it."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = b".".join((self.id.encode(), self.timestamp.encode(), self.body))
        mac = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return any(
            hmac.compare_digest(one, f"v1,{mac}") for one in self.signatures.split()
        )


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where messages arrive."""

    url: str
    arrived: SimpleQueue[Message] = field(default_factory=SimpleQueue)

    def next_message(self, *, seconds: float) -> Message | None:
        """The next one, or None if there is none within that time."""
        try:
            return self.arrived.get(timeout=seconds)
        except Empty:
            return None


@contextmanager
def listening() -> Iterator[Receiver]:
    """A receiver on a free port, until the end of the block."""
    arrived: SimpleQueue[Message] = SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers.get("Content-Length") or 0), LONGEST)
            name, timestamp, signatures = (
                self.headers.get(f"webhook-{one}", "") for one in _HEADERS
            )
            body = self.rfile.read(length)
            arrived.put(Message(name, timestamp, signatures, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Nothing: the demonstration says what arrived."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Receiver(f"http://{LOOPBACK}:{server.server_address[1]}/recalls", arrived)
    finally:
        server.shutdown()
        server.server_close()


_HEADERS: Final = ("id", "timestamp", "signature")
