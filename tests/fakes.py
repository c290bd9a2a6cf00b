"""Stand-ins that behave as the real thing, faults included.

`FakeModelServer` is a real HTTP server on loopback that speaks the OpenAI chat
format; `tests/integration/inference/test_fake_model_server.py` holds it to a real
server's behaviour.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, cast

Body = dict[str, Any]


class Mode(StrEnum):
    OK = "ok"  # streams the answer
    WHOLE = "whole"  # ignores `stream`, replies with one JSON object
    SLOW = "slow"  # says nothing for `delay` seconds
    TRICKLE = "trickle"  # a byte every so often, without end
    TRICKLE_HEADERS = "trickle_headers"  # the same, inside the response headers
    STATUS = "status"  # replies with `status`
    BUSY_ONCE = "busy_once"  # the first call gets `status`, the next the answer
    CUT = "cut"  # closes the connection in the middle of the stream
    CUT_CLEANLY = "cut_cleanly"  # ends the stream without its end mark
    RUBBISH = "rubbish"  # a page of HTML instead of JSON
    RUBBISH_EVENTS = "rubbish_events"  # an event stream that is not JSON
    HUGE = "huge"  # a stream without end
    REDIRECT = "redirect"
    NO_SCHEMA = "no_schema"  # 400 for response_format json_schema
    PLAIN_ONLY = "plain_only"  # 400 for any response_format
    ERROR_EVENT = "error_event"  # an error told inside the stream
    RAW = "raw"  # replies with `raw`, whatever it is
    WRONG_CITATIONS = "wrong_citations"  # a well-formed answer that cites falsely


WRONG_CITATIONS = json.dumps(
    {
        "abstained": False,
        "claims": [
            {
                "text": "Metformin 4000 mg cures it.",
                "citations": [{"passage": 99, "quote": "metformin cures it"}],
            }
        ],
    }
)


class FakeModelServer:
    """Use as a context manager; `base_url` is what to give to a client."""

    def __init__(
        self,
        answer: str | Callable[[Body], str] = "An answer.",
        *,
        mode: Mode = Mode.OK,
        status: int = 500,
        headers: dict[str, str] | None = None,
        delay: float = 30.0,
        raw: bytes = b"",
        media_type: str = "text/event-stream",
    ) -> None:
        self.raw = raw
        self.media_type = media_type
        self.answer = answer
        self.mode = mode
        self.status = status
        self.headers = headers or {}
        self.delay = delay
        self.requests: list[Body] = []
        self.authorizations: list[str | None] = []
        self.busiest = 0
        self.stopping = threading.Event()
        self._under_way = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(
            target=lambda: self._server.serve_forever(poll_interval=0.02), daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def text_for(self, body: Body) -> str:
        if self.mode is Mode.WRONG_CITATIONS:
            return WRONG_CITATIONS
        return self.answer(body) if callable(self.answer) else self.answer

    def enter(self, body: Body, authorization: str | None) -> int:
        """Note a request; returns how many were seen before it."""
        with self._lock:
            self.requests.append(body)
            self.authorizations.append(authorization)
            self._under_way += 1
            self.busiest = max(self.busiest, self._under_way)
            return len(self.requests) - 1

    def leave(self) -> None:
        with self._lock:
            self._under_way -= 1

    def wait(self, seconds: float) -> None:
        self.stopping.wait(seconds)


def events_of(body: Body, text: str) -> Iterator[bytes]:
    """The stream of a whole answer, in three pieces."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1}
    head |= {"model": body["model"], "system_fingerprint": "fp-fake-1"}
    third = max(1, len(text) // 3)
    deltas: list[dict[str, str]] = [{"role": "assistant", "content": ""}]
    deltas += [
        {"content": piece}
        for piece in (text[:third], text[third : 2 * third], text[2 * third :])
        if piece
    ]
    for delta in deltas:
        yield _event(head, [{"index": 0, "delta": delta, "finish_reason": None}])
    yield _event(head, [{"index": 0, "delta": {}, "finish_reason": "stop"}])
    if body.get("stream_options", {}).get("include_usage"):
        yield _event(head | {"usage": _usage(body, text)}, [])
    yield b"data: [DONE]\n\n"


def _event(head: Body, choices: list[Body]) -> bytes:
    return b"data: " + json.dumps(head | {"choices": choices}).encode() + b"\n\n"


def _usage(body: Body, text: str) -> dict[str, int]:
    prompt = sum(len(message["content"].split()) for message in body["messages"])
    said = len(text.split())
    return {
        "prompt_tokens": prompt,
        "completion_tokens": said,
        "total_tokens": prompt + said,
    }


def _whole(body: Body, text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    reply = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1}
    reply |= {"model": body["model"], "choices": [choice]}
    return json.dumps(reply | {"usage": _usage(body, text)}).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = 0

    @property
    def fake(self) -> FakeModelServer:
        return cast("_Server", self.server).fake

    def log_message(self, *_: object) -> None:
        """Keep the test output quiet."""

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length))
        self.seen = self.fake.enter(body, self.headers.get("authorization"))
        try:
            getattr(self, f"reply_{self.fake.mode.value}")(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            self.fake.leave()

    # -- whole replies

    def reply_whole(self, body: Body) -> None:
        self.send_body(200, "application/json", _whole(body, self.fake.text_for(body)))

    def reply_status(self, body: Body) -> None:
        error = {"message": body["messages"][-1]["content"], "type": "error"}
        content = json.dumps({"error": error}).encode()
        self.send_body(self.fake.status, "application/json", content)

    def reply_busy_once(self, body: Body) -> None:
        (self.reply_ok if self.seen else self.reply_status)(body)

    def reply_no_schema(self, body: Body) -> None:
        kind = body.get("response_format", {}).get("type")
        self.reply_unless(body, refused=kind == "json_schema")

    def reply_plain_only(self, body: Body) -> None:
        self.reply_unless(body, refused="response_format" in body)

    def reply_unless(self, body: Body, *, refused: bool) -> None:
        if refused:
            self.send_body(400, "application/json", b'{"error": {"code": 400}}')
        else:
            self.reply_ok(body)

    def reply_rubbish(self, _: Body) -> None:
        self.send_body(200, "text/html", b"<html><p>It works!</p></html>")

    def reply_raw(self, _: Body) -> None:
        self.send_body(200, self.fake.media_type, self.fake.raw)

    def reply_redirect(self, _: Body) -> None:
        self.send_body(307, "text/plain", b"", Location="http://127.0.0.1:9/v1")

    # -- streams

    def reply_ok(self, body: Body) -> None:
        if not body.get("stream"):
            return self.reply_whole(body)
        self.open_stream()
        for event in events_of(body, self.fake.text_for(body)):
            self.send_chunk(event)
        return self.send_chunk(b"")

    reply_wrong_citations = reply_ok

    def reply_slow(self, body: Body) -> None:
        self.fake.wait(self.fake.delay)
        self.reply_ok(body)

    def reply_trickle(self, _: Body) -> None:
        self.open_stream()
        end = time.monotonic() + self.fake.delay
        while time.monotonic() < end and not self.fake.stopping.is_set():
            self.send_chunk(b":")
            self.fake.wait(0.05)

    def reply_trickle_headers(self, _: Body) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        end = time.monotonic() + self.fake.delay
        while time.monotonic() < end and not self.fake.stopping.is_set():
            self.wfile.write(b"a")
            self.wfile.flush()
            self.fake.wait(0.05)

    def reply_cut(self, body: Body) -> None:
        self.open_stream()
        for event in list(events_of(body, self.fake.text_for(body)))[:3]:
            self.send_chunk(event)
        self.close_connection = True
        self.connection.close()

    def reply_cut_cleanly(self, body: Body) -> None:
        self.open_stream()
        for event in list(events_of(body, self.fake.text_for(body)))[:3]:
            self.send_chunk(event)
        self.send_chunk(b"")

    def reply_rubbish_events(self, _: Body) -> None:
        self.open_stream()
        self.send_chunk(b"data: certainly! here is\n\n")
        self.send_chunk(b"")

    def reply_error_event(self, _: Body) -> None:
        self.open_stream()
        self.send_chunk(b'data: {"error": {"message": "out of memory"}}\n\n')
        self.send_chunk(b"")

    def reply_huge(self, body: Body) -> None:
        self.open_stream()
        event = next(iter(events_of(body, "word " * 20_000)))
        end = time.monotonic() + self.fake.delay
        while time.monotonic() < end and not self.fake.stopping.is_set():
            self.send_chunk(event * 50)

    # -- the wire

    def send_body(
        self, status: int, media_type: str, content: bytes, **headers: str
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        for name, value in (self.fake.headers | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def open_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def send_chunk(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
        self.wfile.flush()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeModelServer
