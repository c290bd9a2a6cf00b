"""What the gateway holds against a model server, and what it must not."""

import asyncio

import pytest

from clinrag.inference import client as gateway
from clinrag.inference.addresses import Destination
from clinrag.inference.client import ClientLimits, ModelClient
from clinrag.inference.errors import (
    InferenceError,
    ModelAddressForbidden,
    ModelUnavailable,
)
from clinrag.inference.types import CompletionRequest, Message
from tests.fakes import FakeModelServer, Mode

REQUEST = CompletionRequest((Message("user", "Hello"),))
# One at a time, and open after the first thing that counts as a failure.
ONE = {"concurrency": 1, "failures_in_a_row": 1, "attempts": 1}


async def ask_at_once(client: ModelClient, number: int) -> list[str]:
    """What each of so many comes to: the text, or the detail of the error."""
    calls = (client.acomplete(REQUEST) for _ in range(number))
    ends = await asyncio.gather(*calls, return_exceptions=True)
    return [
        end.detail if isinstance(end, InferenceError) else getattr(end, "text", "")
        for end in ends
    ]


def test_time_in_the_line_is_not_taken_from_the_call() -> None:
    limits = ClientLimits(waiting_seconds=5, total_seconds=0.8, **ONE)
    with FakeModelServer("Yes.", mode=Mode.SLOW, delay=0.3) as server:
        client = ModelClient(server.base_url, model="tiny", limits=limits)
        assert asyncio.run(ask_at_once(client, 4)) == ["Yes."] * 4


def test_circuit_stays_closed_when_the_line_is_too_long() -> None:
    limits = ClientLimits(waiting_seconds=0.1, total_seconds=5, **ONE)
    with FakeModelServer("Yes.", mode=Mode.SLOW, delay=0.4) as server:
        client = ModelClient(server.base_url, model="tiny", limits=limits)
        ends = asyncio.run(ask_at_once(client, 3))
        assert sorted(ends) == ["Yes.", "too_many_calls", "too_many_calls"]
        assert asyncio.run(ask_at_once(client, 1)) == ["Yes."]


def test_circuit_stays_open_when_an_address_is_forbidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = ClientLimits(
        failures_in_a_row=2, attempts=1, rest_seconds=0, first_pause_seconds=0
    )

    async def outside(_base_url: str, *, seconds: float) -> Destination:
        return Destination("http", "localhost", 1, "/v1", ("8.8.8.8",), "external")

    with FakeModelServer(mode=Mode.STATUS) as server:
        client = ModelClient(server.base_url, model="tiny", limits=limits)
        with pytest.raises(ModelUnavailable):
            client.complete(REQUEST)
        monkeypatch.setattr(gateway, "destination_of", outside)
        with pytest.raises(ModelAddressForbidden):
            client.complete(REQUEST)
        assert client._breaker._failures == 1


def test_schema_that_is_refused_is_not_held_against_the_others() -> None:
    def schema(name: str) -> CompletionRequest:
        return CompletionRequest(
            REQUEST.messages, response_schema={"type": "object", "title": name}
        )

    with FakeModelServer("{}", mode=Mode.NO_SCHEMA) as server:
        client = ModelClient(server.base_url, model="tiny")
        client.complete(schema("long"))
        server.mode = Mode.OK
        for name in ("long", "short"):
            client.complete(schema(name))

    asked = [body["response_format"]["type"] for body in server.requests]
    assert asked == ["json_schema", "json_object", "json_object", "json_schema"]
