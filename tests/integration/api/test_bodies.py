"""Bodies that are too large, of unknown length, or not what they should be."""

import asyncio
import json

import pytest

from clinrag.api.bodies import BodyLimit, check_length
from clinrag.api.errors import BodyTooLarge, LengthRequired
from tests.integration.api.conftest import check_problem


def serve(headers: list[tuple[bytes, bytes]]) -> tuple[bool, list[dict]]:
    """Whether the application behind the limit was reached, and what was sent."""
    reached, sent = [], []

    async def application(scope, receive, send) -> None:
        reached.append(scope)

    async def receive() -> dict:
        raise AssertionError("the body was read")

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": headers}
    asyncio.run(BodyLimit(application, limit=10)(scope, receive, send))
    return bool(reached), sent


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"10")]])
def test_body_is_let_in_when_it_is_short(headers) -> None:
    assert serve(headers) == (True, [])


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
    reached, (start, body) = serve([header, (b"x-request-id", b"abc")])
    assert not reached
    assert start["status"] == status
    told = json.loads(body["body"])
    assert (told["code"], told["request_id"]) == (code, "abc")


def test_websocket_scope_is_passed_on() -> None:
    reached = []

    async def application(scope, receive, send) -> None:
        reached.append(scope["type"])

    asyncio.run(BodyLimit(application, limit=1)({"type": "lifespan"}, None, None))
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
