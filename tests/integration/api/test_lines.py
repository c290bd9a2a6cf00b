"""Asking over ASGI while others are taken in, with clients that leave early."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.http import HttpResponse

from clinrag.answering.pipeline import receive
from clinrag.api import asking, under_way
from clinrag.api.awaiting import Awaited
from tests.asgi import Visit, handler, visit
from tests.integration.answering.clinic import QUESTION, life, recorded

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])
ANSWERS, CHAT = "/api/v1/answers", "/v1/chat/completions"
WHOLE_WAY = ["query.received", "answer.released"]


class Leaver(Visit):
    """Is gone when the response begins."""

    async def send(self, message: dict[str, Any]) -> None:
        self.leaving.set()
        await asyncio.Event().wait()


Ask = Callable[..., Visit]


@pytest.fixture
def ask(clinic: Any, make_app: Callable[..., Any]) -> Ask:
    bearer = make_app().client.defaults["HTTP_AUTHORIZATION"]

    def ask(
        path: str = ANSWERS, *, stream: bool = False, kind: type[Visit] = Visit
    ) -> Visit:
        accepts = "text/event-stream" if stream else "application/json"
        body = {
            ANSWERS: {"question": QUESTION, "collections": ["pain"]},
            CHAT: {
                "model": "clinrag:pain",
                "messages": [{"role": "user", "content": QUESTION}],
            },
        }
        return kind(path, body[path], {"authorization": bearer, "accept": accepts})

    return ask


class Gate:
    """Holds whoever is taken in until it opens."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def receive(self, original: Callable[..., Any], *given: Any, **named: Any) -> Any:
        self.reached.set()
        self.open.wait(10)
        return original(*given, **named)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate()
    monkeypatch.setattr(asking, "receive", partial(made.receive, receive))
    yield made
    made.open.set()


async def settled() -> None:
    while under_way._detached:
        await asyncio.wait(set(under_way._detached))


def test_who_leaves_in_the_line_takes_no_turn(ask: Ask, gate: Gate) -> None:
    async def leave() -> tuple[Visit, Visit, Visit]:
        app = handler(at_once=1)
        first, gone, last = ask(), ask(), ask()
        held = asyncio.create_task(visit(first, app=app))
        await asyncio.to_thread(gate.reached.wait, 10)
        waiting = asyncio.create_task(visit(gone, app=app))
        await asyncio.sleep(0.1)
        gone.leaving.set()
        await waiting
        gate.open.set()
        await held
        await visit(last, app=app)
        await settled()
        return first, gone, last

    first, gone, last = asyncio.run(leave())

    assert (first.status, gone.status, last.status) == (201, 0, 201)
    assert sorted(life()) == sorted(WHOLE_WAY * 2)


@pytest.mark.parametrize("path", [ANSWERS, CHAT])
def test_question_is_refused_when_its_turn_does_not_come(
    ask: Ask, gate: Gate, path: str
) -> None:
    async def wait_in_vain() -> Visit:
        app = handler(at_once=1, seconds=0.2)
        held = asyncio.create_task(visit(ask(), app=app))
        await asyncio.to_thread(gate.reached.wait, 10)
        refused = await visit(ask(path), app=app)
        gate.open.set()
        await held
        await settled()
        return refused

    refused = asyncio.run(wait_in_vain())

    told = refused.json()
    code = told["code"] if path == ANSWERS else told["error"]["code"]
    assert (refused.status, code) == (503, "too_many_asked")
    assert refused.headers["retry-after"] == "5"
    assert refused.headers["cache-control"] == "no-store"
    assert "x-request-id" in refused.headers
    assert life() == WHOLE_WAY


@pytest.mark.parametrize("stream", [False, True])
def test_leaving_is_noted_when_nothing_of_the_response_was_sent(
    ask: Ask, *, stream: bool
) -> None:
    async def leave() -> None:
        await visit(ask(stream=stream, kind=Leaver))
        await settled()

    asyncio.run(leave())

    assert life() == [*WHOLE_WAY, "answer.undelivered"]
    assert recorded("answer.undelivered")[0]["fields"]["sent"] == "nothing"


def test_cookies_set_on_the_way_meet_the_end() -> None:
    class Rest:
        async def respond(self) -> HttpResponse:
            return HttpResponse("The end.")

        def abandon(self) -> None:
            raise AssertionError

    awaited = Awaited(Rest())
    awaited.set_cookie("seen", "yes", httponly=True)
    response = asyncio.run(awaited.end())

    assert response.cookies["seen"].value == "yes"
    assert response.cookies["seen"]["httponly"] is True
