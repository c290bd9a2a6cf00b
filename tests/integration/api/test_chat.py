"""OpenAI's official client, unchanged, in front of the interface."""

import asyncio
import json

import httpx
import openai
import pytest

from clinrag.access.roles import Permission
from clinrag.answering.models import Answer
from clinrag.api import under_way
from clinrag.inference.errors import ModelUnavailable
from tests.asgi import handler
from tests.integration.answering.clinic import (
    QUESTION,
    ScriptedAnswerer,
    life,
    recorded,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])
MESSAGES = [
    {"role": "system", "content": "Answer in rhymes."},
    {"role": "user", "content": QUESTION},
]
WHOLE_WAY = ["query.received", "answer.released"]


@pytest.fixture
def client(clinic, app):
    """Calls with the official client, on a loop of their own."""

    def client(work, *, key=None):
        bearer = app.client.defaults["HTTP_AUTHORIZATION"].partition(" ")[2]

        async def run():
            transport = httpx.ASGITransport(app=handler())
            http = httpx.AsyncClient(transport=transport, base_url="http://localhost")
            async with openai.AsyncOpenAI(
                api_key=key or bearer, base_url="http://localhost/v1", http_client=http
            ) as made:
                found = await work(made)
            while under_way._detached:
                await asyncio.wait(set(under_way._detached))
            return found

        return asyncio.run(run())

    return client


def ask(model="clinrag:pain", messages=MESSAGES, **fields):
    return lambda made: made.chat.completions.create(
        model=model, messages=messages, **fields
    )


def test_question_is_answered_with_its_citations(client):
    found = client(ask(temperature=0.3, max_tokens=50))

    (choice,) = found.choices
    assert choice.finish_reason == "stop"
    assert "≥90 MME/day. [1]" in choice.message.content
    assert "Sources:\n[1] Opioids for chronic pain, 2016" in choice.message.content
    answer = found.model_extra["clinrag"]
    assert found.id == f"chatcmpl-{answer['id']}"
    assert answer["citations"][0]["quote"].startswith("should avoid increasing")
    assert answer["disclaimer"] in choice.message.content
    assert answer["receipt"]["entry_id"] == recorded("answer.")[0]["id"]
    assert life() == WHOLE_WAY


def test_stream_ends_with_the_citations(client):
    async def listen(made):
        stream = await ask(stream=True)(made)
        return [chunk async for chunk in stream]

    first, *middle, last = client(listen)

    assert first.choices[0].delta.role == "assistant"
    assert not first.choices[0].delta.content
    text = "".join(chunk.choices[0].delta.content or "" for chunk in middle)
    assert "≥90 MME/day. [1]" in text
    assert last.choices[0].finish_reason == "stop"
    answer = last.model_extra["clinrag"]
    assert first.model_extra["clinrag"] == {"id": answer["id"]}
    assert answer["citations"][0]["document_title"] == "Opioids for chronic pain"
    assert life() == WHOLE_WAY


def test_models_are_the_collections_open_to_the_key(client):
    async def look(made):
        found = [model.id async for model in made.models.list()]
        return found, await made.models.retrieve("clinrag:pain")

    names, one = client(look)

    assert names == ["clinrag:pain"]
    assert one.id == "clinrag:pain"


@pytest.mark.parametrize(
    ("fields", "error", "code", "param"),
    [
        ({"model": "clinrag:none"}, openai.APIStatusError, "unknown_collection", None),
        ({"model": "gpt-5"}, openai.APIStatusError, "fields_invalid", "model"),
        ({"n": 2}, openai.APIStatusError, "fields_invalid", "n"),
        (
            {"tools": [{"type": "function", "function": {"name": "look"}}]},
            openai.APIStatusError, "fields_invalid", "tools",
        ),
        (
            {"response_format": {"type": "json_object"}},
            openai.APIStatusError, "fields_invalid", "response_format",
        ),
        (
            {"messages": [{"role": "assistant", "content": "Hello"}]},
            openai.APIStatusError, "fields_invalid", "messages",
        ),
        (
            {"messages": [{"role": "user", "content": " "}]},
            openai.APIStatusError, "question_empty", None,
        ),
    ],
)  # fmt: skip
def test_request_is_refused_in_the_shape_of_the_client(
    client, fields, error, code, param
):
    with pytest.raises(error) as caught:
        client(ask(**fields))

    assert caught.value.status_code == 422
    assert (caught.value.code, caught.value.param) == (code, param)
    assert caught.value.type == "invalid_request_error"
    assert not Answer.objects.exists()


def test_key_is_refused_in_the_shape_of_the_client(client):
    with pytest.raises(openai.AuthenticationError) as caught:
        client(ask(), key="crk_wrong")

    assert caught.value.code == "key_unknown"


def test_failure_is_told_once_and_not_asked_again(client, clinic):
    clinic.serve(ScriptedAnswerer(ModelUnavailable("a secret")))
    with pytest.raises(openai.InternalServerError) as caught:
        client(ask())

    assert caught.value.code == "model_failed"
    assert "secret" not in str(caught.value.body)
    assert life() == ["query.received", "answer.failed"]


def test_failure_is_raised_when_the_stream_has_begun(client, clinic):
    clinic.serve(ScriptedAnswerer(ModelUnavailable()))

    async def listen(made):
        return [chunk async for chunk in await ask(stream=True)(made)]

    with pytest.raises(openai.APIError, match="no usable answer"):
        client(listen)
    assert life() == ["query.received", "answer.failed"]


@pytest.mark.parametrize("stream", [False, True])
def test_answer_is_the_same_where_nothing_can_be_awaited(clinic, app, stream):
    body = {"model": "clinrag:pain", "messages": MESSAGES, "stream": stream}
    response = app.post("/v1/chat/completions", body)

    assert response.status_code == 200
    whole = b"".join(response).decode()
    assert "≥90 MME/day. [1]" in whole
    if stream:
        assert whole.endswith("data: [DONE]\n\n")
    else:
        assert json.loads(whole)["clinrag"]["outcome"] == "answered"


def test_models_are_those_that_may_be_asked_not_all_that_may_be_seen(clinic, make_app):
    auditor = make_app(Permission.ASK, Permission.READ_LEDGER, collections=["else"])

    assert auditor.client.get("/v1/models").json()["data"] == []
    assert auditor.client.get("/v1/models/clinrag:pain").status_code == 404


@pytest.mark.parametrize(
    ("name", "status"), [("pain", 200), ("pain+none", 404), ("pain+pain", 404)]
)
def test_model_is_one_collection(clinic, app, name, status):
    found = app.client.get(f"/v1/models/clinrag:{name}")
    assert found.status_code == status


@pytest.mark.parametrize("stream", [False, True])
def test_answer_that_comes_again_says_so(clinic, app, stream):
    body = {"model": "clinrag:pain", "messages": MESSAGES, "stream": stream}
    first, again = (
        app.post("/v1/chat/completions", body, Idempotency_Key="k") for _ in range(2)
    )

    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert b"".join(first) == b"".join(again)
    assert life() == WHOLE_WAY


def test_text_in_parts_is_read(client):
    parts = [{"type": "text", "text": QUESTION}]
    found = client(ask(messages=[{"role": "user", "content": parts}]))

    assert found.model_extra["clinrag"]["outcome"] == "answered"
