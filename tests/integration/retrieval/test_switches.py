"""Searches beside a switch of indexes: they end, and are by one index or the other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinrag.retrieval import search
from clinrag.retrieval.errors import SearchTimedOut
from clinrag.retrieval.search import retrieve
from clinrag.retrieval.types import RetrievalQuery
from ingestion.models import ChunkEmbedding, Collection
from tests.factories.ingestion import T0, make_collection, make_document
from tests.integration.retrieval.corpus import (
    EMBEDDER,
    IDENTITY,
    WordEmbedder,
    put_in_force,
)

pytestmark = pytest.mark.django_db

NEXT = "next@2"
TEXTS = [f"Warfarin dose number{number}" for number in range(5)]


class NextEmbedder(WordEmbedder):
    """Alike, of another name."""

    name = "next"
    revision = "2"


@pytest.fixture
def collections(monkeypatch):
    """Two of five passages, each with vectors of both embedders; none is switched."""
    monkeypatch.setattr(search, "embedder_named", lambda name: NextEmbedder())
    made = [make_collection(), make_collection()]
    for one in made:
        version = put_in_force(TEXTS, document=make_document(one))
        ChunkEmbedding.objects.bulk_create(
            ChunkEmbedding(chunk_id=old.chunk_id, embedder=NEXT, embedding=vector)
            for old in ChunkEmbedding.objects.filter(chunk__document=version.document)
            for vector in [EMBEDDER.embed_query(old.chunk.text)]
        )
    return made


def switch(collection, to=NEXT):
    Collection.objects.filter(pk=collection.pk).update(embedder=to)


def between(monkeypatch, *switches):
    """Do these, one a turn, after the embedders were read and before the search."""
    left, read = list(switches), search.scope

    def scope(query, *, own):
        found = read(query, own=own)
        if left:
            left.pop(0)()
        return found

    monkeypatch.setattr(search, "scope", scope)


def ask(collections, **fields):
    query = RetrievalQuery(
        text="warfarin dose",
        collection_ids=tuple(one.id for one in collections),
        language="en",
        as_of=T0 + timedelta(days=30),
    )
    return retrieve(replace(query, **fields), embedder=EMBEDDER)


@pytest.mark.parametrize("before", ["", NEXT])
def test_retrieve_starts_over_when_a_collection_is_switched_under_way(
    collections, monkeypatch, before
):
    first, second = collections
    switch(first, to=before)
    between(monkeypatch, lambda: switch(second))

    found = ask(collections)

    assert found.embedder.split() == ([NEXT] if before else [IDENTITY, NEXT])
    assert len(found.passages) == 8
    assert all(one.vector_score is not None for one in found.passages)


def test_retrieve_gives_up_when_switches_never_end(collections, monkeypatch):
    first, _ = collections
    switches = [lambda to=to: switch(first, to=to) for to in (NEXT, "", NEXT)]
    between(monkeypatch, *switches)

    with pytest.raises(SearchTimedOut):
        ask(collections)

    assert len(ask(collections).passages) == 8


def test_retrieve_ends_with_all_passages_when_it_looks_back_beyond_two_switches(
    collections, monkeypatch
):
    """Then one was searched by the one index and the other by the other; no more."""
    then = dict(zip([one.id for one in collections], ["", NEXT], strict=True))
    monkeypatch.setattr(
        "clinrag.retrieval.routing.embedders_at", lambda collection_ids, *, at: then
    )
    for one in collections:
        switch(one, to="third@3")

    found = ask(collections, indexed_at=T0 + timedelta(days=1), limit=50)

    assert found.embedder.split() == [IDENTITY, NEXT]
    assert len(found.passages) == 10
    assert all(one.vector_score is not None for one in found.passages)
