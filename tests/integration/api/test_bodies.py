"""Bodies that are too large, of unknown length, or not what they should be."""

import asyncio
import json

import pytest

from clinrag.api.bodies import BodyLimit, Bounds, check_length
from clinrag.api.errors import BodyTooLarge, LengthRequired
from clinrag.withheld import WITHHELD_BODY
from tests.integration.api.conftest import check_problem

BOUNDS = Bounds(ordinary=10, ceiling=100, seconds=0.2)


class Caller:
    """Sends `body` in pieces, the last of them perhaps never."""

    def __init__(self, *pieces: bytes, ends: bool = True) -> None:
        self.left = list(pieces)
        self.ends = ends
        self.seen: list[dict] = []

    async def receive(self) -> dict:
        if not self.left and not self.ends:
            await asyncio.sleep(60)
        body = self.left.pop(0) if self.left else b""
        more = bool(self.left) or not self.ends
        return {"type": "http.request", "body": body, "more_body": more}

    async def send(self, message: dict) -> None:
        self.seen.append(message)


class Application:
    """Reads the body as Django does, and answers."""

    def __init__(self) -> None:
        self.scopes: list[dict] = []
        self.read = b""

    async def __call__(self, scope, receive, send) -> None:
        self.scopes.append(scope)
        more = True
        while more:
            message = await receive()
            self.read += message.get("body", b"")
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"page"})


def serve(
    headers: list[tuple[bytes, bytes]],
    *,
    path: str = "/api/v1/answers",
    admits: bool = False,
    caller: Caller | None = None,
) -> tuple[Application, list[dict]]:
    """The application behind the limit, with what it was given, and what was sent."""
    application, calling = Application(), caller or Caller(b"x")

    async def admitted(scope) -> bool:
        return admits

    limited = BodyLimit(application, bounds=BOUNDS, admits=admitted)
    scope = {"type": "http", "headers": headers, "path": path}
    asyncio.run(limited(scope, calling.receive, calling.send))
    return application, calling.seen


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"10")]])
def test_body_is_let_in_when_it_is_short(headers) -> None:
    application, _ = serve(headers)
    assert application.read == b"x"


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ((b"content-length", b"11"), 413, "body_too_large"),
        ((b"content-length", b"-1"), 411, "length_required"),
        ((b"content-length", "²".encode("latin-1")), 411, "length_required"),
        ((b"transfer-encoding", b"chunked"), 411, "length_required"),
    ],
)
def test_body_is_refused_unread_when_too_long_or_endless(header, status, code) -> None:
    application, (start, body, _) = serve([header, (b"x-request-id", b"abc")])
    assert not application.scopes
    assert start["status"] == status
    assert (b"connection", b"close") in start["headers"]
    told = json.loads(body["body"])
    assert (told["code"], told["request_id"]) == (code, "abc")


@pytest.mark.parametrize(
    ("length", "admits", "let_in"),
    [
        (b"11", True, True),
        (b"100", True, True),
        (b"101", True, False),
        (b"100", False, False),
    ],
)
def test_long_body_is_let_in_from_who_may_send_files(length, admits, let_in) -> None:
    application, _ = serve([(b"content-length", length)], admits=admits)
    assert bool(application.scopes) is let_in


def test_page_is_made_without_the_body_when_it_is_too_long() -> None:
    caller = Caller(b"a" * 50, b"b" * 51)
    application, sent = serve(
        [(b"content-length", b"101")], path="/upload", caller=caller
    )
    [scope] = application.scopes
    assert scope[WITHHELD_BODY] == "body_too_large"
    assert application.read == b""
    assert [one.get("body") for one in sent[1:]] == [b"page", b""]
    assert caller.left == []  # read away, so that the page is seen


def test_answer_does_not_wait_for_a_body_that_waits_for_leave() -> None:
    caller = Caller(b"x", ends=False)
    headers = [(b"content-length", b"101"), (b"expect", b"100-continue")]
    serve(headers, caller=caller)
    assert caller.left == [b"x"]


@pytest.mark.parametrize("path", ["/api/v1/answers", "/upload"])
def test_body_is_refused_when_its_end_does_not_come(path, monkeypatch) -> None:
    monkeypatch.setattr("clinrag.api.bodies.LINGER_SECONDS", 0.05)
    application, sent = serve(
        [(b"content-length", b"10")], path=path, caller=Caller(b"x", ends=False)
    )
    if path == "/upload":
        assert application.scopes[-1][WITHHELD_BODY] == "body_too_slow"
    else:
        assert sent[0]["status"] == 408
        assert json.loads(sent[1]["body"])["code"] == "body_too_slow"


def test_websocket_scope_is_passed_on() -> None:
    reached = []

    async def application(scope, receive, send) -> None:
        reached.append(scope["type"])

    limited = BodyLimit(application, bounds=BOUNDS, admits=None)
    asyncio.run(limited({"type": "lifespan"}, None, None))
    assert reached == ["lifespan"]


def test_length_is_checked_to_the_byte() -> None:
    check_length("10", chunked=False, limit=10)
    with pytest.raises(BodyTooLarge):
        check_length("11", chunked=False, limit=10)
    with pytest.raises(LengthRequired):
        check_length(None, chunked=True, limit=10)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        ("{", "application/json", 400, "body_malformed"),
        (b"\xff\xfe", "application/json", 400, "body_malformed"),
        ('{"question": NaN}', "application/json", 400, "body_malformed"),
        ("[" * 100_000, "application/json", 400, "body_malformed"),
        (
            "question=x",
            "application/x-www-form-urlencoded",
            415,
            "media_type_unsupported",
        ),
        ("{}", "text/plain", 415, "media_type_unsupported"),
        (" " * 300_000, "application/json", 413, "body_too_large"),
        ("[]", "application/json", 422, "fields_invalid"),
        ("null", "application/json", 422, "fields_invalid"),
        ('"x"', "application/json", 422, "fields_invalid"),
    ],
)
def test_body_is_refused_when_it_is_not_a_json_object(
    app, body, media_type, status, code
) -> None:
    response = app.client.post("/api/v1/answers", body, content_type=media_type)
    check_problem(response, status, code)
