"""A witness over HTTP: `POST /add-checkpoint`, and its key and checkpoints to read.

Python's own server, one thread a connection: a witness judges a few submissions a
minute, and whoever runs one elsewhere installs nothing for it but `cryptography`.
Promises bounds on what a stranger can take: connections, bytes, and time, however
slowly they send. Speaks no TLS: a proxy in front does.
"""

import logging
import re
import socket
import socketserver
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Any, Final, cast

from audit.errors import AuditError
from audit.witnessing.submissions import MAX_BODY
from audit.witnessing.witness import Reply, Witness

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.25
_LENGTH: Final = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What strangers may take; times in seconds."""

    connections: int = 32
    silence_seconds: float = 10.0
    request_seconds: float = 20.0


class WitnessServer(ThreadingHTTPServer):
    """Listens on an address from its making; serves until `close`."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(
        self,
        address: tuple[str, int],
        witness: Witness,
        *,
        limits: ServerLimits | None = None,
    ) -> None:
        self.witness = witness
        self.limits = limits or ServerLimits()
        self._places = BoundedSemaphore(self.limits.connections)
        self._deadlines: dict[socket.socket, float] = {}
        self._lock = Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Without looking the machine's name up, which may take a minute."""
        socketserver.TCPServer.server_bind(self)
        host, self.server_port = self.server_address[:2]
        self.server_name = str(host)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def run(self, stop: Event) -> None:
        """Serve until `stop` is set."""
        serving = Thread(target=self.serve_forever, args=(POLL_SECONDS,), daemon=True)
        serving.start()
        stop.wait()
        self.shutdown()
        self.server_close()

    def give_time(self, connection: socket.socket) -> None:
        """A request begins: it has so long, whatever happens on the wire."""
        with self._lock:
            end = time.monotonic() + self.limits.request_seconds
            self._deadlines[connection] = end

    def service_actions(self) -> None:
        """Called a few times a second: end what takes too long.

        A time-out on each read alone never ends a sender of one byte a second.
        """
        now = time.monotonic()
        with self._lock:
            late = [each for each, end in self._deadlines.items() if end < now]
        for connection in late:
            _hang_up(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._deadlines.pop(request, None)
            self._places.release()

    def handle_error(self, *_: object) -> None:
        """A connection that broke is the other side's business."""
        logger.info("A connection ended early")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "witness"
    sys_version = ""
    wbufsize = -1  # header and body in one packet

    @property
    def _server(self) -> WitnessServer:
        return cast("WitnessServer", self.server)

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(self._server.limits.silence_seconds)

    def handle_one_request(self) -> None:
        self._server.give_time(self.connection)
        super().handle_one_request()

    def handle_expect_100(self) -> bool:
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def log_message(self, *_: object) -> None:
        """Addresses of strangers are not kept."""

    def do_POST(self) -> None:
        if self.path != "/add-checkpoint":
            self._refuse_unread(HTTPStatus.NOT_FOUND)
        elif (length := self._content_length()) is None:
            self._refuse_unread(HTTPStatus.LENGTH_REQUIRED)
        elif length > MAX_BODY:
            self._refuse_unread(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            self._judge(self.rfile.read(length), length)

    def do_GET(self) -> None:
        if "content-length" in self.headers or "transfer-encoding" in self.headers:
            self._refuse_unread(HTTPStatus.BAD_REQUEST)
            return
        match self.path.split("/"):
            case ["", "vkey"]:
                self._send(
                    Reply(HTTPStatus.OK, f"{self._server.witness.vkey}\n".encode())
                )
            case ["", hashed_origin, "checkpoint"]:
                self._send(self._latest(hashed_origin))
            case _:
                self._send(Reply(HTTPStatus.NOT_FOUND, b"nothing here\n"))

    def _judge(self, body: bytes, length: int) -> None:
        if len(body) < length:
            self.close_connection = True
            return
        try:
            reply = self._server.witness.add_checkpoint(body)
        except (OSError, AuditError) as error:
            reply = _failed(error)
        status = int(reply.status)
        logger.info("Checkpoint judged", extra={"status_code": status})
        self._send(reply)

    def _latest(self, hashed_origin: str) -> Reply:
        try:
            return self._server.witness.latest(hashed_origin)
        except (OSError, AuditError) as error:
            return _failed(error)

    def _content_length(self) -> int | None:
        given = self.headers.get_all("content-length") or []
        if len(given) != 1 or "transfer-encoding" in self.headers:
            return None
        digits = given[0].strip()
        return int(digits) if _LENGTH.fullmatch(digits) else None

    def _refuse_unread(self, status: HTTPStatus) -> None:
        """What was not read cannot be told from the next request: hang up."""
        self.close_connection = True
        self._send(Reply(status, f"{status.phrase.lower()}\n".encode()))

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.media_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)


def _failed(error: Exception) -> Reply:
    """The disk is full, gone or damaged: nothing is cosigned until it is mended."""
    code = getattr(error, "code", type(error).__name__)
    logger.critical("The witness cannot use its state", extra={"alarm": code})
    return Reply(HTTPStatus.INTERNAL_SERVER_ERROR, b"the witness cannot remember\n")


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
