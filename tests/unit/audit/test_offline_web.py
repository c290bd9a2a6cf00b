"""Logs that are read over HTTP, of servers that behave and of servers that do not."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from audit.offline.web import HttpSource
from tests.unit.audit.folder_logs import FolderLog, Key, some_entries


class Handler(BaseHTTPRequestHandler):
    """Serves a log; misbehaves under names that ask for it."""

    def do_GET(self):
        body = self.server.resources.get(self.path[1:])
        act = self.server.acts.get(self.path[1:])
        if act is not None:
            act(self)
        elif body is None:
            self.send_error(404)
        else:
            self.answer(gzip.compress(body), {"Content-Encoding": "gzip"})

    def answer(self, body, headers):
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def redirect(self):
        self.send_response(302)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        pass


class TestWeb:
    @pytest.fixture
    def server(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.log = FolderLog(some_entries(300))
        server.resources, server.acts = server.log.resources, {}
        thread = threading.Thread(
            target=server.serve_forever, args=(0.01,), daemon=True
        )
        thread.start()
        yield server
        server.shutdown()
        server.server_close()
        thread.join()

    @pytest.fixture
    def check(self, run, server):
        def check():
            address = f"http://127.0.0.1:{server.server_port}/"
            return run("fsck", address, "--vkey", server.log.key.vkey)

        return check

    def test_fsck_reads_a_log_over_http(self, check):
        assert check()["size"] == 300

    @pytest.mark.parametrize(
        ("act", "status", "code"),
        [
            (lambda h: h.redirect(), 3, "unreadable"),
            (lambda h: h.send_error(500), 3, "unreadable"),
            (lambda h: h.send_error(404), 3, "missing"),
            (lambda h: h.wfile.write(b"rubbish\r\n"), 3, "unreadable"),
            (lambda h: h.answer(b"x", {"Content-Length": "9"}), 3, "unreadable"),
            (lambda h: h.answer(b"x", {"Content-Encoding": "gzip"}), 3, "unreadable"),
            (
                lambda h: h.answer(
                    gzip.compress(b"x" * 99)[:-9], {"Content-Encoding": "gzip"}
                ),
                3,
                "unreadable",
            ),
            (
                lambda h: h.answer(
                    gzip.compress(b"\x00" * 50_000_000), {"Content-Encoding": "gzip"}
                ),
                1,
                "too_large",
            ),
            (lambda h: h.answer(b"\x00" * 1_100_000, {}), 1, "too_large"),
        ],
    )
    def test_fsck_ends_when_the_server_misbehaves(
        self, check, server, act, status, code
    ):
        server.acts["checkpoint"] = act
        found = check()
        assert (found["status"], found["code"]) == (status, code)

    @pytest.mark.parametrize(
        ("body", "why"),
        [(b"this is no gzip", "the answer is not gzip"),
         (gzip.compress(b"x" * 99, mtime=0)[:-9], "the answer broke off")],
    )  # fmt: skip
    def test_why_an_answer_does_not_unpack_is_told(self, check, server, body, why):
        gzipped = {"Content-Encoding": "gzip"}
        server.acts["checkpoint"] = lambda handler: handler.answer(body, gzipped)
        found = check()
        told = found["status"], found["code"], found["message"]
        assert told == (3, "unreadable", why)

    def test_fsck_ends_when_the_server_says_nothing(self, check, server, monkeypatch):
        done = threading.Event()
        server.acts["checkpoint"] = lambda h: done.wait(5)
        monkeypatch.setattr("audit.offline.places.HttpSource", impatient)
        assert check()["status"] == 3
        done.set()

    def test_fsck_ends_when_the_server_drips(self, check, server, monkeypatch):
        monkeypatch.setattr("audit.offline.web.LONGEST", 0.0)
        assert check()["code"] == "too_slow"

    def test_a_protected_log_is_read_with_an_authorization(
        self, run, server, tmp_path, monkeypatch
    ):
        """From a file or the environment; of all commands that read an address."""
        asked = []

        def guard(handler):
            asked.append(handler.headers["Authorization"])
            if asked[-1] != "Bearer s3cret":
                handler.send_error(401)
                return
            handler.answer(server.resources[handler.path[1:]], {})

        server.acts |= dict.fromkeys(server.resources, guard)
        address = f"http://127.0.0.1:{server.server_port}/"
        key = ("--vkey", server.log.key.vkey)
        state = ("--state", tmp_path / "state")
        older = tmp_path / "older"
        newer = tmp_path / "newer"
        older.write_text(server.log.note(7), encoding="utf-8")
        newer.write_text(server.log.note(), encoding="utf-8")
        (tmp_path / "secret").write_text("Bearer s3cret\n")
        monkeypatch.setenv("LOG_AUTHORIZATION", "Bearer s3cret")
        for given in (
            ("--authorization-file", tmp_path / "secret"),
            ("--authorization-env", "LOG_AUTHORIZATION"),
        ):
            assert run("fsck", address, *key, *given, "--entries")["size"] == 300
            assert run("monitor", address, *key, *state, *given)["entries_read"]
            consistent = ("consistency", older, newer, "--log", address)
            assert run(*consistent, *key, *given)["previous_size"] == 7
        assert set(asked) == {"Bearer s3cret"}
        assert run("fsck", address, *key)["code"] == "unreadable"
        assert asked[-1] is None

    def test_an_authorization_goes_nowhere_else(self, run, server, tmp_path):
        asked = []
        elsewhere = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        elsewhere.resources, elsewhere.acts = (
            server.resources,
            {
                name: lambda handler: asked.append(handler.path)
                for name in [*server.resources, "elsewhere"]
            },
        )
        thread = threading.Thread(
            target=elsewhere.serve_forever, args=(0.01,), daemon=True
        )
        thread.start()

        def redirect(handler):
            handler.send_response(302)
            to = f"http://127.0.0.1:{elsewhere.server_port}{handler.path}"
            handler.send_header("Location", to)
            handler.end_headers()

        server.acts["checkpoint"] = redirect
        (tmp_path / "secret").write_text("Bearer s3cret\n")
        found = run(
            "fsck", f"http://127.0.0.1:{server.server_port}/",
            "--vkey", server.log.key.vkey,
            "--authorization-file", tmp_path / "secret",
        )  # fmt: skip
        elsewhere.shutdown()
        elsewhere.server_close()
        thread.join()
        assert (found["status"], found["code"]) == (3, "unreadable")
        assert asked == []

    @pytest.mark.parametrize(
        ("address", "is_sent"),
        [
            ("http://example.org/", False),
            ("http://127.0.0.1.example.org/", False),
            ("http://localhost:1/", True),
            ("http://[::1]:1/", True),
            ("https://127.0.0.1:1/", True),
        ],
    )
    def test_an_authorization_is_not_sent_in_clear(
        self, run, tmp_path, address, is_sent
    ):
        (tmp_path / "secret").write_text("Bearer s3cret")
        given = ("--authorization-file", tmp_path / "secret")
        found = run("fsck", address, "--vkey", Key("x").vkey, *given)
        told = (3, "unreadable") if is_sent else (2, "authorization_in_clear")
        assert (found["status"], found["code"]) == told

    @pytest.mark.parametrize(
        "said",
        ["", "s3cret", "Bearer ", "Bearer s3cret\nX: y", "Bearer s3cret\rX",
         "Bearer \u00e9", "\u00e9 s3cret", "Bearer s3\x00cret", "Bearer " + "x" * 8_186,
         " Bearer s3cret", "Bear(er s3cret"],
    )  # fmt: skip
    def test_an_authorization_that_is_none_is_refused_and_not_told(
        self, run, tmp_path, monkeypatch, said
    ):
        address = ("http://127.0.0.1:1/", "--vkey", Key("x").vkey)
        (tmp_path / "secret").write_text(said, encoding="utf-8", newline="")
        found = run("fsck", *address, "--authorization-file", tmp_path / "secret")
        assert (found["status"], found["code"]) == (2, "authorization_malformed")
        assert "s3cret" not in str(found)
        monkeypatch.delenv("LOG_AUTHORIZATION", raising=False)
        found = run("fsck", *address, "--authorization-env", "LOG_AUTHORIZATION")
        assert found["code"] == "authorization_malformed"
        found = run("fsck", *address, "--authorization-file", tmp_path / "none")
        assert found["code"] == "missing"

    def test_the_longest_authorization_is_sent(self, run, tmp_path):
        (tmp_path / "secret").write_text("Bearer " + "x" * 8_185 + "\r\n")
        found = run(
            "fsck", "http://127.0.0.1:1/", "--vkey", Key("x").vkey,
            "--authorization-file", tmp_path / "secret",
        )  # fmt: skip
        assert found["code"] == "unreadable"

    @pytest.mark.parametrize(
        "address", ["http://", "http://[x", "http://a b/", "HTTP:///x", "http://\u00e9"]
    )
    def test_an_address_that_is_none_is_malformed(self, run, address):
        found = run("fsck", address, "--vkey", Key("x").vkey)
        assert (found["status"], found["code"]) == (2, "address")

    @pytest.mark.parametrize("place", ["file:///etc", "ftp://x/", "gopher://x"])
    def test_only_http_is_spoken(self, run, place):
        assert run("fsck", place, "--vkey", Key("x").vkey)["status"] == 3


def impatient(prefix, *, authorization):
    return HttpSource(prefix, timeout=0.2, authorization=authorization)
