"""OpenAI's official client embeds by the embedder that searches."""

import asyncio
import math

import httpx
import openai
import pytest

from clinrag.access.roles import Permission
from tests.asgi import handler

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


@pytest.fixture
def embed(clinic, app):
    """Asks for embeddings with the official client."""
    bearer = app.client.defaults["HTTP_AUTHORIZATION"].partition(" ")[2]
    name = clinic.services.embedder.name

    def embed(texts, *, model=name, **fields):
        async def run():
            transport = httpx.ASGITransport(app=handler())
            http = httpx.AsyncClient(transport=transport, base_url="http://localhost")
            async with openai.AsyncOpenAI(
                api_key=bearer, base_url="http://localhost/v1", http_client=http
            ) as made:
                return await made.embeddings.create(model=model, input=texts, **fields)

        return asyncio.run(run())

    return embed


def test_texts_are_embedded_by_the_embedder_that_searches(clinic, embed):
    texts = ["opioid dosage", "acute pain"]
    packed, plain = embed(texts), embed(texts, encoding_format="float")

    assert [row.index for row in packed.data] == [0, 1]
    expected = clinic.services.embedder.embed_passages(texts)
    for rows in (packed, plain):
        for row, vector in zip(rows.data, expected, strict=True):
            assert row.embedding == pytest.approx(vector, abs=1e-6)
    assert math.isclose(sum(x * x for x in plain.data[0].embedding), 1, abs_tol=1e-5)
    assert packed.usage.prompt_tokens > 0


def test_identifiers_are_taken_out_before_a_text_is_embedded(embed, settings):
    named = embed("Can Mr Okafor, NHS number 943 476 5919, take aspirin?")
    bare = embed("Can Mr , NHS number , take aspirin?")
    assert named.data[0].embedding == pytest.approx(bare.data[0].embedding, abs=1e-6)

    settings.CLINRAG_IDENTIFIER_POLICY = "refuse"
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        embed("Can Mr Okafor take aspirin?")
    assert "Okafor" not in str(refused.value)


@pytest.mark.parametrize(
    ("texts", "model"),
    [
        ("word " * 1500, None),
        (["a"] * 33, None),
        ([[1, 2, 3]], None),
        ("dosage", "text-embedding-3-small"),
    ],
)
def test_embedding_is_refused_when_it_cannot_be_had(embed, texts, model):
    with pytest.raises(openai.APIStatusError) as refused:
        embed(texts, **({"model": model} if model else {}))
    assert refused.value.status_code in {400, 422}


def test_embedding_is_forbidden_without_the_right_to_search(clinic, make_app):
    body = {"model": clinic.services.embedder.name, "input": "dosage"}
    able, unable = make_app(Permission.RETRIEVE), make_app(Permission.READ_LEDGER)
    assert (
        able.client.post("/v1/embeddings", body, "application/json").status_code == 200
    )
    refused = unable.client.post("/v1/embeddings", body, "application/json")
    assert refused.status_code == 403
