"""The gateway against every way in which a model server misbehaves."""

import asyncio
import socket
import threading
import time
import traceback

import pytest

from clinrag.inference.client import ClientLimits, ModelClient
from clinrag.inference.errors import (
    InferenceError,
    ModelAddressForbidden,
    ModelAddressRefused,
    ModelRejected,
    ModelReturnedRubbish,
    ModelTimeout,
    ModelUnavailable,
)
from clinrag.inference.types import CompletionRequest, Message
from tests.fakes import FakeModelServer, Mode
from tests.malformed import ACCEPTED, REFUSED, SAID

SECRET = "Mrs Example has a rash"
QUICK = ClientLimits(
    connect_seconds=1,
    silence_seconds=0.4,
    total_seconds=1.2,
    reply_bytes=200_000,
    attempts=3,
    first_pause_seconds=0.02,
    longest_pause_seconds=0.2,
    failures_in_a_row=99,
)


def ask(server, *, limits=QUICK, api_key=None, schema=None, client=None):
    client = client or ModelClient(
        server.base_url, model="tiny", api_key=api_key, limits=limits
    )
    return client.complete(
        CompletionRequest(
            messages=(Message("system", "Rules."), Message("user", SECRET)),
            max_tokens=20,
            response_schema=schema,
        )
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("mode", [Mode.OK, Mode.WHOLE])
def test_client_returns_the_answer_when_the_server_behaves(mode):
    with FakeModelServer("Give 5 mg – daily.", mode=mode) as server:
        completion = ask(server, api_key="k-1")

    assert completion.text == "Give 5 mg – daily."
    assert completion.model == "tiny"
    assert completion.finish_reason == "stop"
    assert completion.address_class == "local"
    assert (completion.prompt_tokens, completion.completion_tokens) == (6, 5)
    assert server.authorizations == ["Bearer k-1"]


def test_client_records_the_parameters_it_really_sent():
    with FakeModelServer() as server:
        completion = ask(server, schema={"type": "object"})

    assert completion.parameters == (
        ("max_tokens", "20"),
        ("model", "tiny"),
        ("response_format", "json_schema"),
        ("seed", "0"),
        ("stream", "True"),
        ("temperature", "0.0"),
    )
    assert completion.model_revision == "fp-fake-1"


FAILURES = [
    (Mode.SLOW, {}, ModelTimeout, "silence"),
    (Mode.TRICKLE, {}, ModelTimeout, "total"),
    (Mode.TRICKLE_HEADERS, {}, ModelTimeout, "total"),
    (Mode.STATUS, {"status": 500}, ModelUnavailable, "status_500"),
    (Mode.STATUS, {"status": 503}, ModelUnavailable, "status_503"),
    (Mode.STATUS, {"status": 429}, ModelUnavailable, "status_429"),
    (Mode.STATUS, {"status": 401}, ModelRejected, "status_401"),
    (Mode.STATUS, {"status": 400}, ModelRejected, "status_400"),
    (Mode.CUT, {}, ModelUnavailable, "connection_broken"),
    (Mode.CUT_CLEANLY, {}, ModelUnavailable, "reply_cut"),
    (Mode.ERROR_EVENT, {}, ModelUnavailable, "error_in_stream"),
    (Mode.RUBBISH, {}, ModelReturnedRubbish, "not_json"),
    (Mode.RUBBISH_EVENTS, {}, ModelReturnedRubbish, "not_json"),
    (Mode.HUGE, {}, ModelReturnedRubbish, "too_large"),
    (Mode.REDIRECT, {}, ModelRejected, "status_307"),
]


@pytest.mark.parametrize(("mode", "options", "error", "detail"), FAILURES)
def test_client_raises_in_time_and_without_words_when_the_server_fails(
    mode, options, error, detail
):
    with FakeModelServer(SECRET, mode=mode, delay=5, **options) as server:
        started = time.monotonic()
        with pytest.raises(error) as caught:
            ask(server)
        took = time.monotonic() - started

    assert caught.value.detail == detail
    assert took < QUICK.total_seconds + 0.8
    told = "".join(traceback.format_exception(caught.value))
    assert SECRET not in told
    assert caught.value.__context__ is None or SECRET not in repr(
        vars(caught.value.__context__)
    )


def replying(reply):
    return FakeModelServer(
        mode=Mode.RAW,
        raw=reply.raw,
        media_type=reply.media_type,
        headers=reply.headers,
    )


@pytest.mark.parametrize("name", REFUSED)
def test_client_refuses_a_reply_that_is_malformed(name):
    with replying(REFUSED[name]) as server, pytest.raises(InferenceError) as caught:
        ask(server)

    assert caught.value.detail == REFUSED[name].fault
    assert SAID not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("name", ACCEPTED)
def test_client_reads_a_reply_that_is_merely_odd(name):
    with replying(ACCEPTED[name]) as server:
        completion = ask(server)

    assert completion.text == SAID
    for field, told in ACCEPTED[name].told.items():
        assert getattr(completion, field) == told


@pytest.mark.parametrize("allowed", [False, True])
def test_client_sends_nothing_outside_unless_the_request_allows_it(
    monkeypatch, allowed
):
    """What the name leads to is what counts, and what is connected to."""
    sent = []
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)

    async def note(self, call, address):
        sent.append(address)
        raise ModelUnavailable("noted")

    monkeypatch.setattr(ModelClient, "_exchange", note)
    client = ModelClient("http://models.example/v1", model="tiny", limits=QUICK)
    request = CompletionRequest((Message("user", SECRET),), allows_external=allowed)

    with pytest.raises(ModelUnavailable if allowed else ModelAddressForbidden):
        client.complete(request)

    assert sent == (["8.8.8.8"] if allowed else [])


def test_client_gives_a_place_on_when_who_waited_has_left():
    limits = ClientLimits(concurrency=1, total_seconds=5, silence_seconds=5)

    async def take_turns(client):
        request = CompletionRequest((Message("user", "Hello"),))
        first = asyncio.create_task(client.acomplete(request))
        await asyncio.sleep(0.05)
        leaving = asyncio.create_task(client.acomplete(request))
        last = asyncio.create_task(client.acomplete(request))
        await asyncio.sleep(0.05)
        leaving.cancel()
        return [(await one).text for one in (first, last)]

    with FakeModelServer("Yes.", mode=Mode.SLOW, delay=0.2) as server:
        client = ModelClient(server.base_url, model="tiny", limits=limits)
        assert asyncio.run(take_turns(client)) == ["Yes.", "Yes."]
        assert len(server.requests) == 2


def test_client_raises_unavailable_when_nothing_listens():
    client = ModelClient(
        f"http://127.0.0.1:{free_port()}/v1", model="tiny", limits=QUICK
    )

    with pytest.raises(ModelUnavailable) as caught:
        ask(None, client=client)

    assert caught.value.detail == "connect_failed"


def test_client_raises_unavailable_when_the_host_is_unknown():
    client = ModelClient("http://nowhere.invalid/v1", model="tiny", limits=QUICK)

    with pytest.raises(ModelUnavailable):
        ask(None, client=client)


@pytest.mark.parametrize(
    "url", ["ftp://host/v1", "http://", "http://me:pw@host/v1", "http://h:99999/v1", ""]
)
def test_client_refuses_an_address_that_is_no_plain_http_url(url):
    with pytest.raises(ModelAddressRefused):
        ask(None, client=ModelClient(url, model="tiny", limits=QUICK))


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_client_tries_again_when_the_refusal_is_passing(status):
    with FakeModelServer("Yes.", mode=Mode.BUSY_ONCE, status=status) as server:
        assert ask(server).text == "Yes."

    assert len(server.requests) == 2


@pytest.mark.parametrize("mode", [Mode.STATUS, Mode.CUT, Mode.SLOW])
def test_client_does_not_try_again_when_an_answer_may_have_begun(mode):
    with FakeModelServer(mode=mode, status=500, delay=2) as server:
        with pytest.raises(InferenceError):
            ask(server)

        assert len(server.requests) == 1


def test_client_waits_as_asked_but_no_longer_than_its_cap():
    headers = {"Retry-After": "3600"}
    with FakeModelServer(
        "Yes.", mode=Mode.BUSY_ONCE, status=429, headers=headers
    ) as server:
        started = time.monotonic()
        assert ask(server).text == "Yes."

    assert 0.2 <= time.monotonic() - started < 1.0


@pytest.mark.parametrize(
    ("mode", "kinds"),
    [
        (Mode.OK, ["json_schema", "json_schema"]),
        (Mode.NO_SCHEMA, ["json_schema", "json_object", "json_object"]),
        (Mode.PLAIN_ONLY, ["json_schema", "json_object", None, None]),
    ],
)
def test_client_steps_down_and_remembers_when_the_format_is_unknown(mode, kinds):
    with FakeModelServer("{}", mode=mode) as server:
        client = ModelClient(server.base_url, model="tiny", limits=QUICK)
        ask(server, client=client, schema={"type": "object"})
        completion = ask(server, client=client, schema={"type": "object"})

    asked = [body.get("response_format", {}).get("type") for body in server.requests]
    assert asked == kinds
    assert dict(completion.parameters)["response_format"] == (kinds[-1] or "text")


def test_client_leaves_a_failing_server_alone_for_a_while_then_tries_again():
    limits = ClientLimits(failures_in_a_row=2, rest_seconds=0.3, attempts=1)
    with FakeModelServer("Back.", mode=Mode.STATUS) as server:
        client = ModelClient(server.base_url, model="tiny", limits=limits)
        for _ in range(2):
            with pytest.raises(ModelUnavailable):
                ask(server, client=client)
        with pytest.raises(ModelUnavailable, match="circuit_open"):
            ask(server, client=client)
        assert len(server.requests) == 2

        server.mode = Mode.OK
        time.sleep(0.35)
        assert ask(server, client=client).text == "Back."


def test_client_sends_no_more_calls_at_once_than_allowed():
    limits = ClientLimits(concurrency=2)
    with FakeModelServer(mode=Mode.SLOW, delay=0.15) as server:
        client = ModelClient(server.base_url, model="tiny", limits=limits)
        threads = [
            threading.Thread(target=lambda: ask(server, client=client))
            for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert server.busiest == 2
    assert len(server.requests) == 6


def test_client_ignores_proxies_of_the_environment(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{free_port()}")

    with FakeModelServer("Direct.") as server:
        assert ask(server).text == "Direct."


def test_client_connects_by_name_and_tells_the_name():
    with FakeModelServer("Named.") as server:
        url = server.base_url.replace("127.0.0.1", "localhost")
        completion = ask(server, client=ModelClient(url, model="tiny", limits=QUICK))

    assert completion.text == "Named."
    assert completion.address_class == "local"
