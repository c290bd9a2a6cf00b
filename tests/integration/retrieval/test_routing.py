"""Which way a search goes, and that no way finds fewer passages than there are."""

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinrag.retrieval import routing, search, statements, walking
from clinrag.retrieval.search import retrieve
from clinrag.retrieval.types import APPROXIMATE, EXACT, RetrievalQuery
from ingestion.models import Collection
from tests.factories.ingestion import T0, make_collection, make_document
from tests.integration.retrieval.corpus import EMBEDDER, IDENTITY, put_in_force

pytestmark = pytest.mark.django_db

NOW = T0 + timedelta(days=30)
WORDS = [
    "salt",
    "warfarin",
    "kidney",
    "dose",
    "water",
    "tablet",
    "stroke",
    "rest",
    "sleep",
    "week",
    "blood",
    "sugar",
]
SIZES = {"large": 120, "small": 12, "tiny": 1}


def sentence(number: int) -> str:
    """Different for each number, of three of the words."""
    base = len(WORDS)
    return (
        f"{WORDS[number % base]} {WORDS[number // base % base]}"
        f" {WORDS[number * 7 % base]} item{number}"
    )


@pytest.fixture
def shelves(db, monkeypatch):
    """Collections of several sizes and an index over all; "past" ended its validity."""
    monkeypatch.setattr(routing, "EXACT_UP_TO", 100)
    monkeypatch.setattr(routing, "LEAST_FETCHED", 40)
    monkeypatch.setattr(routing, "OVER_FETCH", 2)
    found = {name: in_force(range(size)) for name, size in SIZES.items()}
    found["past"] = in_force(range(60), until=T0 + timedelta(days=10))
    build_index()
    return found


def in_force(numbers, until=None):
    """Under no heading, so that none brings its neighbours along."""
    collection = make_collection()
    put_in_force(
        [sentence(number) for number in numbers],
        document=make_document(collection),
        in_force_to=until,
        section=(),
    )
    return collection


def build_index():
    """As `build_vector_index` does, inside the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(
            f"CREATE INDEX {routing.vector_index(IDENTITY)}"
            " ON ingestion_chunkembedding"
            f" USING hnsw ((embedding::halfvec({EMBEDDER.dimensions}))"
            f" halfvec_cosine_ops) WHERE embedder = '{IDENTITY}'"
        )


def ask(*collections, text="warfarin dose", limit=8, as_of=NOW, **fields):
    query = RetrievalQuery(
        text=text,
        collection_ids=tuple(one.id for one in collections),
        language="en",
        as_of=as_of,
        limit=limit,
        **fields,
    )
    return retrieve(query, embedder=EMBEDDER)


def chunks(retrieval):
    return [one.chunk_id for one in retrieval.passages]


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    names=st.sets(st.sampled_from([*SIZES, "past"]), min_size=1),
    days=st.sampled_from([5, 30]),
    limit=st.integers(1, 150),
    text=st.sampled_from(["warfarin dose", "item7", "nothing of the kind", "?"]),
)
def test_retrieve_finds_as_many_as_there_are_when_the_filter_varies(
    shelves, names, days, limit, text
):
    as_of = T0 + timedelta(days=days)
    there = sum(SIZES.get(name, 60 if days == 5 else 0) for name in names)
    asked = [shelves[name] for name in names]

    found = ask(*asked, text=text, limit=limit, as_of=as_of)

    assert len(found.passages) == min(limit, there)
    assert len(set(chunks(found))) == len(found.passages)
    assert found.candidates_considered == there
    assert found.path == (APPROXIMATE if there > routing.EXACT_UP_TO else EXACT)
    order = [(-one.score, one.chunk_id) for one in found.passages]
    assert order == sorted(order)


def test_retrieve_finds_nearly_what_an_exact_search_does_when_it_walks(shelves):
    nearly = ask(shelves["large"])
    exactly = ask(shelves["large"], exactly=True)

    assert (nearly.path, exactly.path) == (APPROXIMATE, EXACT)
    assert chunks(nearly)[0] == chunks(exactly)[0]
    assert len(set(chunks(nearly)) & set(chunks(exactly))) >= 7


def test_a_walk_goes_along_the_index_when_few_are_there_to_be_sorted(shelves):
    """Its own settings decide, and are those of no other statement."""
    query = RetrievalQuery("salt", (shelves["large"].id,), "en", NOW)
    prepared = search._prepared(query, EMBEDDER)
    near = statements.near_sql(dimensions=EMBEDDER.dimensions)
    given = {**prepared.parameters, "wide": 40}

    with connection.cursor() as cursor:
        with walking.walking(prepared.route):
            cursor.execute(f"EXPLAIN {near}", given)
            plan = str(cursor.fetchall())
        cursor.execute(
            "SELECT current_setting('enable_seqscan'), current_setting('enable_sort'),"
            " current_setting('hnsw.iterative_scan')"
        )
        after = cursor.fetchone()

    assert f"Index Scan using {routing.vector_index(IDENTITY)}" in plan
    assert after == ("on", "on", "off")


def test_retrieve_compares_everything_when_a_walk_comes_back_short(
    shelves, monkeypatch
):
    monkeypatch.setattr(routing, "LEAST_FETCHED", 2)
    monkeypatch.setattr(routing, "OVER_FETCH", 0)

    found = ask(shelves["large"], text="?", limit=20)

    assert found.path == EXACT
    assert len(found.passages) == 20


def test_retrieve_compares_everything_when_only_the_words_make_up_for_a_short_walk(
    shelves, monkeypatch
):
    monkeypatch.setattr(routing, "LEAST_FETCHED", 110)
    asked = ask(shelves["large"])
    monkeypatch.setattr(routing, "BROADEST", 5)
    monkeypatch.setattr(walking, "MOST_WALKED", 1)

    found = ask(shelves["large"])

    assert sum(one.lexical_rank is not None for one in found.passages) == 8
    assert (asked.path, found.path) == (APPROXIMATE, EXACT)


@pytest.mark.parametrize(
    "fields", [{"known_at": NOW}, {"indexed_at": NOW, "known_at": NOW}]
)
def test_retrieve_compares_everything_when_it_looks_back(shelves, fields):
    assert ask(shelves["large"], **fields).path == EXACT


def test_retrieve_compares_everything_when_no_index_was_built(shelves):
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {routing.vector_index(IDENTITY)}")

    assert ask(shelves["large"]).path == EXACT


def test_retrieve_walks_one_index_when_it_goes_by_two_names(shelves):
    Collection.objects.filter(pk=shelves["small"].pk).update(embedder=IDENTITY)

    found = ask(shelves["large"], shelves["small"])

    assert (found.path, found.embedder) == (APPROXIMATE, IDENTITY)


def test_retrieve_tells_by_which_numbers_and_dictionary_it_searched(shelves):
    told = dict(ask(shelves["large"]).parameters)

    assert told["candidates_a_channel"] == told["found_by_walk"] == "40"
    assert told["walk_breadth"] == "40"
    assert told["walked_at_most"] == str(routing.MOST_WALKED)
    assert told["k1"] == str(search.K1)
    assert told["glossary"].startswith("clinical-en@")
