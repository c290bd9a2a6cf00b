"""The search on real PostgreSQL: what it may see, how it scores, how it orders."""

import math
import traceback
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinrag.retrieval import search, statements
from clinrag.retrieval.errors import SearchTimedOut
from clinrag.retrieval.search import rankings, retrieve
from clinrag.retrieval.types import Expansion, RetrievalQuery
from ingestion.lifecycle import ACTIVATED, Status
from ingestion.models import Chunk, ChunkEmbedding
from tests.factories.ingestion import (
    T0,
    make_collection,
    make_corpus_change,
    make_document,
    make_version_chunk,
)
from tests.integration.retrieval.corpus import (
    EMBEDDER,
    IDENTITY,
    chunked,
    lexemes,
    put_in_force,
)

pytestmark = pytest.mark.django_db

NOW = T0 + timedelta(days=30)
TEXTS = (
    "Warfarin is monitored by the INR every week.",
    "Metformin is stopped when kidney function is poor.",
    "Kidney stones hurt. Drink water, and more water.",
    "Warfarin and metformin are tablets.",
    "Rest.",
)


@pytest.fixture
def version(db):
    return put_in_force(TEXTS)


def find(text, *versions, limit=8, as_of=NOW, language="en", **fields):
    collections = tuple(one.document.collection_id for one in versions)
    values = {"collection_ids": collections} | fields
    query = RetrievalQuery(
        text=text, language=language, as_of=as_of, limit=limit, **values
    )
    return retrieve(query, embedder=EMBEDDER)


def texts(retrieval):
    return [passage.text for passage in retrieval.passages]


# -- what may be seen


def test_retrieve_finds_the_passage_with_all_that_a_citation_needs(version):
    retrieval = find("When is metformin stopped?", version)
    best = retrieval.passages[0]

    assert best.text == TEXTS[1]
    assert (best.rank, best.vector_rank, best.lexical_rank) == (1, 1, 1)
    assert best.version_id == version.id
    assert best.document_title == version.document.title
    assert best.collection_slug == version.document.collection.slug
    assert version.version_text.text[best.char_start : best.char_end] == best.text
    assert best.section_path == ("Advice",)
    assert retrieval.path == "exact"
    assert retrieval.embedder == IDENTITY
    assert retrieval.candidates_considered == len(TEXTS)


def test_retrieve_returns_every_passage_when_the_limit_allows(version):
    assert sorted(texts(find("warfarin", version))) == sorted(TEXTS)


def test_retrieve_returns_no_more_than_the_limit(version):
    assert len(find("warfarin", version, limit=2).passages) == 2


@pytest.mark.parametrize(
    "status",
    [status for status in Status if status not in ACTIVATED],
)
def test_retrieve_sees_nothing_of_a_version_that_was_never_in_force(status):
    draft = put_in_force(TEXTS, status=status)

    assert find("warfarin", draft).passages == ()


def test_retrieve_sees_the_edition_in_force_at_the_moment_asked_about():
    changed = T0 + timedelta(days=10)
    document = make_document()
    put_in_force(
        ["Give 5 mg of warfarin."],
        document=document,
        status=Status.SUPERSEDED,
        in_force_from=T0,
        in_force_to=changed,
    )
    new = put_in_force(
        ["Give 3 mg of warfarin."], document=document, in_force_from=changed
    )

    instant = timedelta(microseconds=1)
    assert texts(find("warfarin", new, as_of=T0 - instant)) == []
    assert texts(find("warfarin", new, as_of=T0)) == ["Give 5 mg of warfarin."]
    assert texts(find("warfarin", new, as_of=changed - instant)) == [
        "Give 5 mg of warfarin."
    ]
    assert texts(find("warfarin", new, as_of=changed)) == ["Give 3 mg of warfarin."]


def test_retrieve_tells_the_version_in_force_when_editions_share_a_passage():
    changed = T0 + timedelta(days=10)
    document = make_document()
    shared = "Warfarin is monitored."
    old = put_in_force(
        [shared],
        document=document,
        status=Status.SUPERSEDED,
        in_force_from=T0,
        in_force_to=changed,
    )
    new = put_in_force(["Preface.", shared], document=document, in_force_from=changed)

    before = find("warfarin monitored", new, as_of=T0, limit=1).passages[0]
    after = find("warfarin monitored", new, limit=1).passages[0]

    assert before.chunk_id == after.chunk_id
    assert (before.version_id, before.char_start) == (old.id, 0)
    assert (after.version_id, after.char_start) == (new.id, len("Preface.") + 1)


def test_retrieve_sees_nothing_of_a_collection_that_was_not_given(version):
    other = put_in_force(["Warfarin elsewhere."])

    assert texts(find("warfarin elsewhere", other)) == ["Warfarin elsewhere."]
    assert "Warfarin elsewhere." not in texts(find("warfarin elsewhere", version))
    assert len(find("warfarin", version, other, limit=20).passages) == len(TEXTS) + 1


@pytest.mark.parametrize("collection_ids", [(), (UUID(int=0),)])
def test_retrieve_returns_nothing_when_no_collection_holds_anything(
    version, collection_ids
):
    retrieval = find("warfarin", version, collection_ids=collection_ids)

    assert retrieval.passages == ()
    assert retrieval.candidates_considered == 0


def test_retrieve_scores_do_not_depend_on_text_that_may_not_be_seen(version):
    alone = find("warfarin kidney", version)
    put_in_force(["Warfarin warfarin kidney."], status=Status.IN_FORCE)
    put_in_force(
        ["Warfarin warfarin kidney."],
        document=version.document,
        status=Status.IN_REVIEW,
    )

    assert find("warfarin kidney", version) == alone


# -- scores


def bm25(question, passages):
    """An oracle: BM25 written down from its formula."""
    bags = [lexemes(f"Advice\n{text}") for text in passages]
    lengths = [sum(bag.values()) for bag in bags]
    mean = sum(lengths) / len(lengths)
    scores = []
    for bag, length in zip(bags, lengths, strict=True):
        score = 0.0
        for term in sorted(lexemes(question)):
            holding = sum(term in other for other in bags)
            rarity = math.log(1 + (len(bags) - holding + 0.5) / (holding + 0.5))
            frequency = bag.get(term, 0)
            room = search.K1 * (1 - search.B + search.B * length / mean)
            score += rarity * frequency * (search.K1 + 1) / (frequency + room)
        scores.append(score)
    return dict(zip(passages, scores, strict=True))


@pytest.mark.parametrize(
    "question",
    [
        "warfarin",
        "Is water good for kidney stones?",
        "metformin metformin tablets and poor kidneys",
        "unheard of",
        "the and is",
        "",
        "?!",
    ],
)
def test_retrieve_scores_words_as_bm25_does(version, question):
    expected = bm25(question, TEXTS)

    found = {one.text: one.lexical_score for one in find(question, version).passages}

    assert {text: score or 0.0 for text, score in found.items()} == pytest.approx(
        expected
    )


def test_retrieve_scores_meaning_as_exact_cosine(version):
    question = "When is metformin stopped?"
    asked = EMBEDDER.embed_query(question)

    for passage in find(question, version).passages:
        given = EMBEDDER.embed_query(passage.text)
        cosine = sum(a * b for a, b in zip(asked, given, strict=True))
        assert passage.vector_score == pytest.approx(cosine, abs=2e-3)


def test_retrieve_uses_the_terms_of_the_language_it_is_given():
    collection = make_collection(language="fr")
    version = put_in_force(
        ["L'isolement dure sept jours.", "Le test est gratuit."],
        document=make_document(collection, language="fr"),
    )

    best = find("Combien de jours isoler ?", version, language="fr").passages[0]

    assert best.text == "L'isolement dure sept jours."
    assert best.lexical_rank == 1


def test_retrieve_finds_accented_words_when_they_are_typed_without_accents():
    version = put_in_force(["Ménière disease causes vertigo.", "Other text."])

    ranks = {one.text: one.lexical_rank for one in find("Meniere", version).passages}
    assert ranks == {"Ménière disease causes vertigo.": 1, "Other text.": None}


# -- what is missing or odd


def test_retrieve_finds_by_words_when_nothing_is_embedded():
    version = put_in_force(TEXTS, embed=False)
    best = find("kidney stones", version).passages[0]

    assert best.text == TEXTS[2]
    assert (best.vector_score, best.vector_rank) == (None, None)


def test_retrieve_ignores_vectors_of_another_embedder(version):
    ChunkEmbedding.objects.update(embedder="another@1", embedding=[1.0, 0.0])

    assert find("warfarin", version).passages[0].vector_score is None


def test_retrieve_gives_no_vector_score_when_a_vector_has_no_direction(version):
    ChunkEmbedding.objects.update(embedding=[0.0] * EMBEDDER.dimensions)
    retrieval = find("kidney stones", version)

    assert retrieval.passages[0].text == TEXTS[2]
    assert {one.vector_score for one in retrieval.passages} == {None}


def test_retrieve_finds_by_meaning_when_the_question_has_no_terms(version):
    retrieval = find("is it the", version)

    assert len(retrieval.passages) == len(TEXTS)
    assert {one.lexical_score for one in retrieval.passages} == {None}


def test_retrieve_survives_characters_that_postgresql_cannot_hold(version):
    assert find("war\x00farin 'quoted' & | ! :* \\", version).passages


def test_retrieve_lists_a_passage_once_when_it_stands_in_a_version_twice(version):
    chunk = Chunk.objects.get(text=TEXTS[0])
    make_version_chunk(version, chunk=chunk, position=99)

    found = [one.chunk_id for one in find("warfarin INR", version).passages]

    assert len(found) == len(set(found)) == len(TEXTS)


# -- order


def test_retrieve_breaks_ties_by_chunk_id_when_texts_are_alike():
    collection = make_collection()
    versions = [
        put_in_force(["Warfarin is a tablet."], document=make_document(collection))
        for _ in range(12)
    ]
    found = find("warfarin", versions[0], limit=20).passages

    assert [one.chunk_id for one in found] == sorted(one.chunk_id for one in found)
    assert len({one.score for one in found}) == 1


def test_retrieve_finds_the_same_whatever_the_length_of_the_heads(version, monkeypatch):
    whole = find("warfarin kidney water", version, limit=3)
    monkeypatch.setattr(search, "HEAD", 1)

    assert find("warfarin kidney water", version, limit=3) == whole


def test_retrieve_finds_the_same_whatever_the_plan(version):
    first = find("warfarin kidney water", version)
    with connection.cursor() as cursor:
        for name in ("hashjoin", "hashagg", "seqscan", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{name} = off")

    assert find("warfarin kidney water", version) == first


def test_rankings_hold_each_channel_and_the_order_of_retrieve(version):
    query = RetrievalQuery(
        "kidney water", (version.document.collection_id,), "en", NOW, limit=3
    )
    ranked = rankings(query, embedder=EMBEDDER)
    passages = retrieve(query, embedder=EMBEDDER).passages

    assert ranked.fused == tuple(one.chunk_id for one in passages)
    assert len(ranked.vector) == 3
    assert len(ranked.lexical) == 2


# -- what is told of the search


def test_retrieve_tells_what_it_wrote_out(version):
    retrieval = find("Is warfarin given bid?", version)

    assert retrieval.query_text == "Is warfarin given bid?"
    assert retrieval.expanded_text == "Is warfarin given bid (twice daily)?"
    assert retrieval.expansions == (Expansion("bid", "twice daily"),)


def test_retrieve_lets_the_corpus_choose_a_meaning_when_it_speaks_of_only_one():
    version = put_in_force(["Atrial fibrillation needs anticoagulants.", "Rest."])

    retrieval = find("What helps in AF?", version)

    assert retrieval.expansions == (Expansion("AF", "atrial fibrillation"),)


def test_retrieve_leaves_an_abbreviation_alone_when_the_corpus_speaks_of_two():
    version = put_in_force(
        ["Atrial fibrillation needs anticoagulants.", "The annulus fibrosus may tear."]
    )

    assert find("What helps in AF?", version).expansions == ()


def test_retrieve_does_not_choose_a_meaning_by_text_that_may_not_be_seen(version):
    put_in_force(["Atrial fibrillation needs anticoagulants."])

    assert find("What helps in AF?", version).expansions == ()


def test_retrieve_writes_nothing_out_when_the_language_is_not_english():
    version = put_in_force(["Texte."])

    assert find("COPD", version, language="fr").expansions == ()


def test_retrieve_tells_the_corpus_position_even_when_nothing_is_found(version):
    assert find("warfarin", version).corpus_position is None
    entry_id = uuid4()
    make_corpus_change(version, entry_id=entry_id)

    assert find("warfarin", version).corpus_position == str(entry_id)
    assert find("x", collection_ids=()).corpus_position == str(entry_id)


# -- cost


def test_retrieve_needs_five_statements_besides_its_transactions(version):
    """By which index, the search, words and places of the best, the passages."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        find("warfarin", version)

    sql = [one["sql"] for one in captured.captured_queries]
    assert len([one for one in sql if one.lstrip().startswith(("WITH", "--"))]) == 5
    assert len(sql) <= 11


@pytest.mark.parametrize("question", ["Mrs Example"])
def test_retrieve_raises_without_words_when_the_search_takes_too_long(
    version, monkeypatch, question
):
    monkeypatch.setattr(statements, "_sql", lambda _: "SELECT pg_sleep(5)")
    monkeypatch.setattr(statements, "STATEMENT_TIMEOUT_MS", 50)

    with pytest.raises(SearchTimedOut) as caught:
        find(question, version)

    assert question not in "".join(traceback.format_exception(caught.value))


def test_retrieve_reads_only_what_the_application_role_may_read(version, app_role):
    """The grants let the application's role run the search's own statements."""
    ways = (statements.EXACTLY, statements.OF_SEVERAL, statements.NEARLY)
    searches = [statements.search_sql(way) for way in ways]
    others = [
        statements._sql(name)
        for name in ("scope", "passages", "places", "closeness", "meanings")
    ]
    walk = statements.near_sql(dimensions=2)
    for statement in (*searches, walk, *others):
        app_role.execute("BEGIN")
        app_role.execute(
            statement,
            {
                "as_of": datetime(2026, 1, 1, tzinfo=UTC),
                "known_at": None,
                "supposing": None,
                "indexed_at": None,
                "collection_ids": [],
                "configuration": "clinrag_english",
                "text": "x",
                "vector": "[1,0]",
                "embedder": IDENTITY,
                "shelves": [],
                "embedders": [],
                "vectors": [],
                "wide": 1,
                "near": [],
                "few": 1,
                "own": IDENTITY,
                "of_now": True,
                "enough": 1,
                "k1": 1.0,
                "b": 0.5,
                "head": 1,
                "channel_head": 0,
                "vector_weight": 0.5,
                "version_chunk_ids": [],
                "meanings": ["x"],
                "asked": "x",
                "chunk_ids": [],
                "leading": 1,
            },
        )
        app_role.execute("ROLLBACK")


def test_chunked_cuts_spans_that_match_their_text():
    """The corpus of these tests is true to its own spans."""
    made = chunked(TEXTS)

    assert [made.text[one.char_start : one.char_end] for one in made.chunks] == list(
        TEXTS
    )
