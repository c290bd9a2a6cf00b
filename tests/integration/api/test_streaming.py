"""Asking over ASGI: as events, as one object, with clients that leave."""

import asyncio
import threading
from functools import partial

import pytest
from django.db import connection, connections

from audit.errors import LedgerUnavailable
from clinrag.access.models import IdempotencyRecord
from clinrag.answering.answerers import ModelAnswerer
from clinrag.answering.models import Answer
from clinrag.api import asking, sse, under_way
from clinrag.inference.client import ClientLimits, ModelClient
from clinrag.inference.errors import ModelUnavailable
from tests.asgi import Visit, handler, visit
from tests.fakes import FakeModelServer
from tests.integration.answering.clinic import (
    QUESTION,
    ScriptedAnswerer,
    life,
    recorded,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])
WHOLE_WAY = ["query.received", "answer.released"]


@pytest.fixture
def ask(clinic, make_app):
    """A visit that asks; by default as a stream."""
    bearer = make_app().client.defaults["HTTP_AUTHORIZATION"]

    def ask(*, stream: bool = True, **headers: str) -> Visit:
        accepts = "text/event-stream" if stream else "application/json"
        body = {"question": QUESTION, "collections": ["pain"]}
        sent = {"authorization": bearer, "accept": accepts}
        named = {name.replace("_", "-"): one for name, one in headers.items()}
        return Visit("/api/v1/answers", body, sent | named)

    return ask


class ThinkingServer(FakeModelServer):
    """A model server that replies once it is told to, to nobody before."""

    def __init__(self) -> None:
        super().__init__(self._think)
        self.may_reply = threading.Event()

    def _think(self, _body) -> str:
        self.may_reply.wait(30)
        return "An answer without a form."


@pytest.fixture
def slow_model(clinic):
    """Its reply cannot be read: the built-in answerer stands in for it."""
    with ThinkingServer() as server:
        limits = ClientLimits(total_seconds=40, silence_seconds=40)
        client = ModelClient(server.base_url, model="tiny", limits=limits)
        clinic.serve(ModelAnswerer(client), fallback=True)
        yield server


async def until(condition) -> None:
    while not condition():  # noqa: ASYNC110  # other threads bring it about
        await asyncio.sleep(0.01)


def count_sessions() -> int:
    """Connections to the two databases, this one's included."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'test_%'"
        )
        return cursor.fetchone()[0]


async def settled() -> None:
    """Until nothing is under way any more."""
    while under_way._detached:
        await asyncio.wait(set(under_way._detached))


async def see(made: Visit) -> Visit:
    await visit(made)
    await settled()
    return made


def test_events_come_in_order_when_they_are_asked_for(ask):
    made = asyncio.run(see(ask()))

    names = [name for name, _ in made.events]
    assert names == ["accepted", "sources", "claim", "verdict", "done"]
    told = dict(made.events)
    assert told["accepted"]["answer_id"] == told["done"]["id"]
    assert told["sources"]["passages"][0]["in_prompt"] is True
    assert told["claim"]["citations"] == [1]
    assert told["verdict"] == {"position": 1, "verdict": "supported"}
    assert told["done"]["receipt"]["entry_id"] == recorded("answer.")[0]["id"]
    assert made.headers["content-type"] == "text/event-stream"
    assert made.headers["cache-control"] == "no-store"
    assert "x-request-id" in made.headers
    assert life() == WHOLE_WAY


def test_one_object_comes_when_no_events_are_asked_for(ask):
    made = asyncio.run(see(ask(stream=False)))

    assert made.status == 201
    assert made.json()["outcome"] == "answered"
    assert made.headers["location"].endswith(made.json()["id"])
    assert "ratelimit" in made.headers
    assert "content-security-policy" in made.headers


def test_no_words_leave_before_they_are_on_record(ask, clinic):
    said = []

    class Listening(Visit):
        async def send(self, message):
            said.append((message.get("body", b""), await under_way.threads().run(life)))
            await super().send(message)

    made = ask()
    made.__class__ = Listening
    asyncio.run(see(made))

    words = [ended for body, ended in said if b"90 MME" in body]
    assert words
    assert all(ended == WHOLE_WAY for ended in words)
    before = [body for body, ended in said if ended == ["query.received"]]
    assert any(b"event: accepted" in body for body in before)


@pytest.mark.parametrize("stream", [True, False])
def test_problem_is_told_as_such_when_the_question_cannot_be_asked(
    ask, clinic, settings, stream
):
    settings.CLINRAG_INBOX_LIMIT = 1
    made = asyncio.run(see(ask(stream=stream)))

    assert made.status == 503
    assert made.headers["content-type"] == "application/problem+json"
    assert made.json()["code"] == "inbox_too_deep"


def test_error_is_an_event_when_the_stream_has_begun(ask, clinic):
    clinic.serve(ScriptedAnswerer(ModelUnavailable("a secret")))
    made = asyncio.run(see(ask()))

    assert [name for name, _ in made.events] == ["accepted", "sources", "error"]
    problem = dict(made.events)["error"]
    assert (problem["code"], problem["status"]) == ("model_failed", 502)
    assert problem["request_id"] == made.headers["x-request-id"]
    assert b"secret" not in made.content
    assert life()[-1] == "answer.failed"


def test_problem_has_its_status_when_the_model_fails_and_no_stream_was_asked_for(
    ask, clinic
):
    clinic.serve(ScriptedAnswerer(ModelUnavailable()))
    made = asyncio.run(see(ask(stream=False)))

    assert (made.status, made.json()["code"]) == (502, "model_failed")


@pytest.mark.parametrize(("stream", "sent"), [(True, "sources"), (False, "nothing")])
def test_answer_is_recorded_and_the_leaving_too_when_the_client_leaves(
    ask, slow_model, stream, sent
):
    async def leave():
        made = ask(stream=stream)
        asked = asyncio.create_task(visit(made))
        if stream:
            await made.until(b"event: sources")
        await until(lambda: slow_model.requests)
        made.leaving.set()
        await asked
        assert await under_way.threads().run(life) == ["query.received"]
        slow_model.may_reply.set()
        await settled()
        return made

    made = asyncio.run(leave())

    assert life() == [*WHOLE_WAY, "answer.undelivered"]
    (left,) = recorded("answer.undelivered")
    assert left["fields"]["sent"] == sent
    assert b"90 MME" not in made.content


def test_answer_is_recorded_when_the_client_left_before_it_was_begun(
    ask, clinic, monkeypatch
):
    made, going = ask(), threading.Event()

    async def leave():
        asked = asyncio.create_task(visit(made))
        await asyncio.to_thread(going.wait, 10)
        made.leaving.set()
        await asked
        await until(lambda: under_way._detached)
        await settled()

    def receive(original, *arguments, **options):
        run = original(*arguments, **options)
        going.set()
        threading.Event().wait(0.2)
        return run

    monkeypatch.setattr(asking, "receive", partial(receive, asking.receive))
    asyncio.run(leave())

    assert life() == [*WHOLE_WAY, "answer.undelivered"]
    assert recorded("answer.undelivered")[0]["fields"]["sent"] == "nothing"


def test_interruption_is_on_record_when_the_process_has_to_end(ask, slow_model):
    async def left_behind():
        made = ask()
        asking = asyncio.create_task(visit(made))
        await until(lambda: slow_model.requests)
        made.leaving.set()
        await asking
        await under_way.finish_all(seconds=0.05)
        slow_model.may_reply.set()

    asyncio.run(left_behind())

    assert life() == ["query.received", "answer.failed", "answer.undelivered"]
    assert recorded("answer.")[0]["fields"]["reason"] == "answer_interrupted"


def test_answer_is_waited_for_when_the_process_has_to_end(ask, slow_model):
    async def left_behind():
        made = ask()
        asking = asyncio.create_task(visit(made))
        await until(lambda: slow_model.requests)
        made.leaving.set()
        await asking
        asyncio.get_running_loop().call_later(0.1, slow_model.may_reply.set)
        await under_way.finish_all()

    asyncio.run(left_behind())

    assert life() == [*WHOLE_WAY, "answer.undelivered"]


def test_earlier_answer_comes_again_as_events_when_the_key_is_the_same(ask):
    first = asyncio.run(see(ask(idempotency_key="k")))
    again = asyncio.run(see(ask(idempotency_key="k")))

    assert again.headers["idempotency-replayed"] == "true"
    names = [name for name, _ in again.events]
    assert names == ["accepted", "claim", "verdict", "done"]
    ids = {dict(made.events)["done"]["id"] for made in (first, again)}
    assert len(ids) == 1
    assert life() == WHOLE_WAY
    assert IdempotencyRecord.objects.get().state == "finished"


def test_twin_is_refused_when_the_first_is_still_under_way(ask, slow_model):
    async def twice():
        first, twin = ask(idempotency_key="k"), ask(idempotency_key="k")
        asked = asyncio.create_task(visit(first))
        await first.until(b"event: accepted")
        await visit(twin)
        slow_model.may_reply.set()
        await asked
        await settled()
        return twin

    twin = asyncio.run(twice())

    assert (twin.status, twin.json()["code"]) == (409, "idempotency_twin_running")
    assert life() == WHOLE_WAY


def test_no_connection_is_held_while_the_model_thinks_for_one_who_waits(
    clinic, slow_model
):
    held = connections["default"], connections["keys"]
    seen = []

    def look(_body) -> str:
        seen.append([one.connection for one in held])
        return "An answer without a form."

    slow_model.answer = look
    assert clinic.ask().outcome == "answered"

    assert seen == [[None, None]]


def test_many_wait_for_the_model_with_no_thread_and_no_connection(
    ask, slow_model, settings
):
    async def all_at_once():
        app = handler(at_once=2)
        visits = [ask() for _ in range(12)]
        tasks = [asyncio.create_task(visit(one, app=app)) for one in visits]
        await until(lambda: len(slow_model.requests) == 12)
        waiting = [t for t in threading.enumerate() if "ThreadPool" in t.name]
        sessions = await under_way.threads().run(count_sessions)
        slow_model.may_reply.set()
        await asyncio.gather(*tasks)
        await settled()
        return visits, len(waiting), sessions

    before = count_sessions()
    visits, waiting, sessions = asyncio.run(all_at_once())

    assert slow_model.busiest == 12
    assert waiting <= 1  # Django's own, for its signals
    assert sessions <= before + 1  # the one that counts
    assert {visit.events[-1][0] for visit in visits} == {"done"}


def test_stream_shows_signs_of_life_while_the_model_works(ask, slow_model, monkeypatch):
    monkeypatch.setattr(
        "clinrag.api.deliveries.signs_of_life",
        partial(sse.signs_of_life, seconds=0.1),
    )

    async def watch():
        made = ask()
        asked = asyncio.create_task(visit(made))
        await made.until(b": still here\n\n: still here\n\n")
        slow_model.may_reply.set()
        await asked
        await settled()
        return made

    assert asyncio.run(watch()).events[-1][0] == "done"


def test_ledger_that_fails_at_the_end_is_an_error_and_no_words(
    ask, clinic, monkeypatch
):
    def refuse(*_arguments, **_options):
        raise LedgerUnavailable

    monkeypatch.setattr("clinrag.answering.pipeline.record_end", refuse)
    made = asyncio.run(see(ask()))

    assert dict(made.events)["error"]["code"] == "ledger_unavailable"
    assert b"90 MME" not in made.content
    assert Answer.objects.get().state == "open"
