"""A witness that misbehaves on request. `test_fake_witness.py` holds it to the real one.

It keeps no more than the last size of each log, and checks no proof.
"""

import threading
import time
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self, cast

from audit.cosignatures import Cosigner
from audit.witnessing.policy import Witness
from audit.witnessing.submissions import SignedCheckpoint, Submission


class Mode(StrEnum):
    OK = "ok"
    FORGETFUL = "forgetful"  # believes each time that it has seen nothing
    CONFLICT = "conflict"  # 409 with a size that is never right
    AHEAD = "ahead"  # 409 with a larger size than the checkpoint's
    CONFLICT_PLAIN = "conflict_plain"  # 409 without the media type
    CONFLICT_RUBBISH = "conflict_rubbish"  # 409 with no size
    OTHER_ROOT = "other_root"  # 409 with the checkpoint's own size, time and again
    OTHER_ROOT_BARE = "other_root_bare"  # the same, and then a 409 that says nothing
    INCONSISTENT = "inconsistent"  # 422
    UNKNOWN = "unknown"  # 404
    FORBIDDEN = "forbidden"  # 403
    BROKEN = "broken"  # 500
    SLOW = "slow"  # nothing for `delay` seconds
    TRICKLE = "trickle"  # a byte of a header now and then
    HUGE = "huge"  # a body without end
    ZIPPED = "zipped"  # says that its rubbish is compressed
    REDIRECT = "redirect"
    RUBBISH = "rubbish"  # HTML
    BINARY = "binary"  # no UTF-8
    NOTHING = "nothing"  # 200 and an empty body
    OTHER_KEY = "other_key"
    OTHER_SIZE = "other_size"  # a cosignature on another checkpoint
    MORE_TEXT = "more_text"  # a cosignature on the checkpoint and a line more
    EARLY = "early"  # a time an hour from now
    ZERO = "zero"  # no time
    HANGS_UP = "hangs_up"


class FakeWitness:
    """Use as a context manager."""

    def __init__(self, *, mode: Mode = Mode.OK, delay: float = 30.0) -> None:
        self.mode = mode
        self.delay = delay
        self.cosigner = Cosigner.generate("witness.example/fake")
        self.other = Cosigner.generate("witness.example/fake")
        self.sizes: dict[str, int] = {}
        self.submissions: list[Submission] = []
        self.stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def witness(self) -> Witness:
        return Witness("fake", self.cosigner.verifier, self.url)

    def __enter__(self) -> Self:
        threading.Thread(
            target=lambda: self._server.serve_forever(poll_interval=0.02), daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeWitness


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def fake(self) -> FakeWitness:
        return cast("_Server", self.server).fake

    def log_message(self, *_: object) -> None:
        """Keep the test output quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        submission = Submission.from_bytes(body)
        self.fake.submissions.append(submission)
        try:
            getattr(self, f"reply_{self.fake.mode.value}")(submission)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    # -- as the real one

    def reply_ok(self, submission: Submission) -> None:
        checkpoint = SignedCheckpoint.parse(submission.note)
        said, text = checkpoint.said, checkpoint.note.text
        size = self.fake.sizes.get(said.origin, 0)
        if submission.old_size != size:
            self.send(409, f"{size}\n".encode(), "text/x.tlog.size")
            return
        self.fake.sizes[said.origin] = said.size
        self.cosign(self.fake.cosigner, text)

    # -- lies

    def reply_forgetful(self, submission: Submission) -> None:
        self.fake.sizes.clear()
        self.reply_ok(submission)

    def reply_conflict(self, submission: Submission) -> None:
        self.send(409, f"{submission.old_size ^ 1}\n".encode(), "text/x.tlog.size")

    def reply_ahead(self, _: Submission) -> None:
        self.send(409, b"9223372036854775807\n", "text/x.tlog.size")

    def reply_conflict_plain(self, _: Submission) -> None:
        self.send(409, b"1\n")

    def reply_conflict_rubbish(self, _: Submission) -> None:
        self.send(409, b"-1\n", "text/x.tlog.size")

    def reply_other_root(self, submission: Submission) -> None:
        size = SignedCheckpoint.parse(submission.note).said.size
        self.send(409, f"{size}\n".encode(), "text/x.tlog.size")

    def reply_other_root_bare(self, submission: Submission) -> None:
        if submission.old_size == SignedCheckpoint.parse(submission.note).said.size:
            self.send(409, b"")
        else:
            self.reply_other_root(submission)

    def reply_other_key(self, submission: Submission) -> None:
        self.cosign(self.fake.other, SignedCheckpoint.parse(submission.note).note.text)

    def reply_other_size(self, submission: Submission) -> None:
        text = SignedCheckpoint.parse(submission.note).note.text
        origin, size, *rest = text.split("\n")
        changed = "\n".join([origin, str(int(size) + 1), *rest])
        self.cosign(self.fake.cosigner, changed)

    def reply_more_text(self, submission: Submission) -> None:
        text = SignedCheckpoint.parse(submission.note).note.text
        longer = f"{text}\nand a line\n"
        line = self.fake.cosigner.cosign(longer, at=datetime.now(UTC))
        self.send(200, f"and a line\n\n{line}".encode())

    def reply_early(self, submission: Submission) -> None:
        text = SignedCheckpoint.parse(submission.note).note.text
        later = datetime.now(UTC) + timedelta(hours=1)
        self.send(200, self.fake.cosigner.cosign(text, at=later).encode())

    def reply_zero(self, submission: Submission) -> None:
        text = SignedCheckpoint.parse(submission.note).note.text
        never = datetime.fromtimestamp(0, UTC)
        self.send(200, self.fake.cosigner.cosign(text, at=never).encode())

    # -- refusals

    def reply_inconsistent(self, _: Submission) -> None:
        self.send(422, b"inconsistent\n")

    def reply_unknown(self, _: Submission) -> None:
        self.send(404, b"unknown log\n")

    def reply_forbidden(self, _: Submission) -> None:
        self.send(403, b"no\n")

    def reply_broken(self, _: Submission) -> None:
        self.send(500, b"")

    # -- bad manners

    def reply_slow(self, submission: Submission) -> None:
        self.fake.stopping.wait(self.fake.delay)
        self.reply_ok(submission)

    def reply_trickle(self, _: Submission) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        end = time.monotonic() + self.fake.delay
        while time.monotonic() < end and not self.fake.stopping.is_set():
            self.wfile.write(b"a")
            self.fake.stopping.wait(0.05)

    def reply_huge(self, _: Submission) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while not self.fake.stopping.is_set():
            self.wfile.write(b"\xe2\x80\x94 x y\n" * 4096)

    def reply_zipped(self, _: Submission) -> None:
        self.send(200, b"\x1f\x8b rubbish", headers={"Content-Encoding": "gzip"})

    def reply_redirect(self, _: Submission) -> None:
        self.send(307, b"", headers={"Location": f"{self.fake.url}/elsewhere"})

    def reply_rubbish(self, _: Submission) -> None:
        self.send(200, b"<html><p>It works!</p></html>\n", "text/html")

    def reply_binary(self, _: Submission) -> None:
        self.send(200, b"\xff\xfe\n")

    def reply_nothing(self, _: Submission) -> None:
        self.send(200, b"")

    def reply_hangs_up(self, _: Submission) -> None:
        self.close_connection = True
        self.connection.close()

    def cosign(self, cosigner: Cosigner, text: str) -> None:
        self.send(200, cosigner.cosign(text, at=datetime.now(UTC)).encode())

    def send(
        self,
        status: int,
        body: bytes,
        media_type: str = "text/plain; charset=utf-8",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
