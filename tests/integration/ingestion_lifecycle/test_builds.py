"""An index built beside the one in use: nothing changes until all of it does."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinrag.retrieval.search import retrieve
from clinrag.retrieval.types import RetrievalQuery
from ingestion import actions, queries, tasks
from ingestion.actions import recutting
from ingestion.errors import (
    BuildIncomplete,
    BuildNotOpen,
    BuildUnderWay,
    EmbedderUnknown,
    NothingToBuild,
)
from ingestion.models import (
    Chunk,
    ChunkEmbedding,
    Collection,
    DocumentVersion,
    IndexBuild,
    VersionChunk,
)
from tests.factories.embedder import CountingEmbedder
from tests.factories.people import MANAGER
from tests.integration.ingestion_lifecycle.conftest import DAY, GUIDELINE, T0
from tests.integration.ingestion_lifecycle.recorded import recorded

pytestmark = pytest.mark.django_db
LATER = T0 + DAY


@pytest.fixture
def newer(embedder, monkeypatch) -> CountingEmbedder:
    """This process has the old embedder and a newer one, with longer vectors."""
    newer = CountingEmbedder(name="newer", revision="2", dimensions=16)
    have = {"fake@1": embedder, "newer@2": newer}

    def named(identity: str) -> CountingEmbedder:
        if identity not in have:
            raise EmbedderUnknown
        return have[identity]

    for module in ("actions.builds", "actions.rows"):
        monkeypatch.setattr(f"ingestion.{module}.embedder_named", named)
    monkeypatch.setattr("clinrag.retrieval.search.embedder_named", named)
    settings_name(embedder, monkeypatch)
    return newer


def settings_name(embedder, monkeypatch) -> None:
    for module in ("build_rows", "stages", "parts"):
        monkeypatch.setattr(
            f"ingestion.actions.{module}.get_embedder", lambda: embedder
        )


def search(collection, embedder, *, at=LATER):
    query = RetrievalQuery(
        text="potassium", as_of=at, collection_ids=(collection.id,), language="en"
    )
    return retrieve(query, embedder=embedder)


def build_all(build_id) -> None:
    for part_id in actions.build_parts(build_id):
        while not actions.build_part(part_id, at_most=2):
            pass


def start(collection, embedder="newer@2"):
    return actions.start_build(collection.id, embedder=embedder, by=MANAGER, at=T0)


def test_searches_are_as_before_until_the_switch_and_then_by_the_new_one(
    in_force, collection, embedder, newer
):
    in_force()
    build_id = start(collection)
    before = search(collection, embedder)
    build_all(build_id)
    assert search(collection, embedder) == before
    assert before.embedder == "fake@1"

    actions.switch_build(build_id, by=MANAGER, at=T0)

    found = search(collection, embedder)
    assert found.embedder == "newer@2"
    assert all(one.vector_score is not None for one in found.passages)
    entry = recorded()[-1]
    assert entry["type"] == "index.switched"
    assert entry["fields"]["passages"] == 3
    assert len(newer.embedded) == 3
    view = queries.build(build_id)
    assert (view.state, view.versions_done, view.passages_done) == ("switched", 1, 3)


def test_switch_is_refused_while_a_text_is_missing_in_the_new_index(
    in_force, in_review, collection, embedder, newer
):
    in_force()
    build_id = start(collection)
    with pytest.raises(BuildIncomplete):
        actions.switch_build(build_id, by=MANAGER, at=T0)
    build_all(build_id)
    in_review(GUIDELINE.replace("four weeks", "six weeks"))  # came in meanwhile
    with pytest.raises(BuildIncomplete):
        actions.switch_build(build_id, by=MANAGER, at=T0)
    assert search(collection, embedder).embedder == "fake@1"

    actions.plan_rest(build_id, at=T0)
    build_all(build_id)
    actions.switch_build(build_id, by=MANAGER, at=T0)

    assert len(newer.embedded) == 4


def test_way_back_is_open_until_the_old_vectors_are_dropped(
    in_force, collection, embedder, newer
):
    in_force()
    build_id = start(collection)
    with pytest.raises(BuildNotOpen):
        actions.drop_vectors(build_id, by=MANAGER, at=T0)
    build_all(build_id)
    actions.switch_build(build_id, by=MANAGER, at=T0)

    actions.revert_build(build_id, by=MANAGER, at=T0)
    assert search(collection, embedder).embedder == "fake@1"

    again = start(collection)
    assert actions.build_parts(again) == []  # the vectors are there
    actions.switch_build(again, by=MANAGER, at=T0)
    assert actions.drop_vectors(again, by=MANAGER, at=T0) == 3
    with pytest.raises(BuildNotOpen):
        actions.drop_vectors(again, by=MANAGER, at=T0)
    with pytest.raises(BuildNotOpen):
        actions.revert_build(again, by=MANAGER, at=T0)
    assert search(collection, embedder).embedder == "newer@2"


@pytest.mark.parametrize("is_kept", [True, False])
def test_way_back_and_dropping_hold_when_the_settings_name_the_new_embedder(
    in_force, collection, embedder, newer, monkeypatch, is_kept
):
    in_force()
    build_id = start(collection)
    build_all(build_id)
    actions.switch_build(build_id, by=MANAGER, at=T0)
    rows = IndexBuild.objects.filter(pk=build_id)
    if not is_kept:  # as rows were written before
        rows.update(previous_embedder="")
    settings_name(newer, monkeypatch)

    actions.revert_build(build_id, by=MANAGER, at=T0)

    assert Collection.objects.get(pk=collection.id).embedder == "fake@1"
    told = recorded()[-1]["fields"]
    assert (told["embedder"], told["previous_embedder"]) == ("fake@1", "newer@2")
    assert search(collection, newer).embedder == "fake@1"

    again = start(collection)
    actions.switch_build(again, by=MANAGER, at=T0)
    if not is_kept:
        IndexBuild.objects.filter(pk=again).update(previous_embedder="")
    assert actions.drop_vectors(again, by=MANAGER, at=T0) == 3
    assert not ChunkEmbedding.objects.filter(embedder="fake@1").exists()
    assert ChunkEmbedding.objects.filter(embedder="newer@2").count() == 3


def test_turn_of_a_build_asks_for_its_own_version_alone(
    in_force, collection, embedder, newer, monkeypatch
):
    in_force()
    monkeypatch.setattr("ingestion.chunking.CHUNKER", "structure/99")
    build_id = start(collection)

    def all_of_them(_build: IndexBuild) -> set:
        raise AssertionError

    monkeypatch.setattr("ingestion.actions.builds.recut_versions", all_of_them)
    build_all(build_id)
    assert actions.build_parts(build_id) == []


def test_text_is_taken_into_the_index_in_the_order_of_locks_of_a_switch(in_review):
    with CaptureQueriesContext(connection) as seen:
        in_review()
    told = [str(one["sql"]) for one in seen]
    locks = [at for at, sql in enumerate(told) if "FOR NO KEY UPDATE" in sql]
    (shelf,) = [at for at in locks if 'FROM "ingestion_collection"' in told[at]]
    begun = max(at for at in range(shelf) if told[at].startswith("SAVEPOINT"))
    assert min(at for at in locks if at > begun) == shelf


def test_new_edition_is_embedded_by_the_index_in_use(
    in_force, receive, collection, embedder, newer
):
    in_force()
    build_id = start(collection)
    build_all(build_id)
    actions.switch_build(build_id, by=MANAGER, at=T0)

    version = receive(GUIDELINE.replace("four weeks", "six weeks"))
    done = actions.process_version(version.id, now=lambda: T0)

    assert done.status == "in_review"
    assert DocumentVersion.objects.get(pk=version.id).embedder == "newer@2"
    assert len(newer.embedded) == 4


def test_newer_chunker_cuts_beside_and_old_citations_still_resolve(
    in_force, collection, embedder, newer, monkeypatch
):
    version = in_force()
    old = queries.passages_of(version.id)
    monkeypatch.setattr("ingestion.chunking.CHUNKER", "structure/99")
    build_id = start(collection, embedder="")
    before = search(collection, embedder)
    build_all(build_id)
    assert search(collection, embedder) == before
    text = queries.version_text(version.id)

    actions.switch_build(build_id, by=MANAGER, at=T0)

    new = queries.passages_of(version.id)
    assert queries.version_text(version.id) == text
    assert {one.chunk_id for one in new}.isdisjoint(one.chunk_id for one in old)
    assert [one.text for one in new] == [one.text for one in old]
    assert {one.chunk_id for one in search(collection, embedder).passages} == {
        one.chunk_id for one in new
    }
    cited = queries.passages_by_placement([one.version_chunk_id for one in old])
    assert cited == old
    assert queries.passage(version.id, old[0].chunk_id).text == old[0].text
    actions.revert_build(build_id, by=MANAGER, at=T0)
    assert search(collection, embedder) == before


def test_section_that_would_be_written_differently_keeps_its_passages(
    in_force, collection, embedder, newer, monkeypatch
):
    version = in_force()
    monkeypatch.setattr("ingestion.chunking.CHUNKER", "structure/99")
    cut = recutting.chunk

    def changed(*arguments, **options):
        from dataclasses import replace

        found = cut(*arguments, **options)
        chunks = [
            replace(one, text=f"Now: {one.text}") if "potassium" in one.text else one
            for one in found.chunks
        ]
        return replace(found, chunks=tuple(chunks))

    monkeypatch.setattr("ingestion.actions.recutting.chunk", changed)
    build_id = start(collection, embedder="")
    build_all(build_id)
    actions.switch_build(build_id, by=MANAGER, at=T0)

    rows = VersionChunk.objects.filter(version=version.id, cut=2).order_by("position")
    chunkers = list(rows.values_list("chunk__chunker", flat=True))
    assert chunkers.count("structure/99") == 2
    assert len(chunkers) == 3
    assert [one.position for one in rows] == [0, 1, 2]


def test_collections_of_two_indexes_are_searched_together(
    in_force, collection, embedder, newer
):
    in_force()
    other = actions.create_collection(
        "renal", name="Renal", specialty="renal", language="en", audience="everyone",
        by=MANAGER, at=T0,
    )  # fmt: skip
    build_id = start(collection)
    build_all(build_id)
    actions.switch_build(build_id, by=MANAGER, at=T0)
    query = RetrievalQuery(
        text="potassium", as_of=LATER, language="en",
        collection_ids=(collection.id, other.id),
    )  # fmt: skip

    found = retrieve(query, embedder=embedder)

    assert set(found.embedder.split()) == {"fake@1", "newer@2"}
    assert all(one.vector_score is not None for one in found.passages)
    assert len(found.passages) == 3


def test_build_is_refused_when_there_is_none_to_make(in_force, collection, newer):
    in_force()
    with pytest.raises(NothingToBuild):
        start(collection, embedder="fake@1")
    with pytest.raises(EmbedderUnknown):
        start(collection, embedder="nobody@1")
    build_id = start(collection)
    with pytest.raises(BuildUnderWay):
        start(collection)
    actions.abandon_build(build_id, by=MANAGER, at=T0)
    assert actions.build_parts(build_id) == []
    assert start(collection) != build_id
    assert IndexBuild.objects.count() == 2


def test_parts_of_a_build_are_sent_until_they_are_done(
    in_force, collection, newer, monkeypatch, django_capture_on_commit_callbacks
):
    in_force()
    sent = []
    monkeypatch.setattr(tasks, "PASSAGES_A_TURN", 2)
    monkeypatch.setattr(tasks, "_send", lambda *message: sent.append(message))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.enqueue_build(start(collection))
    (task, part_id, queue) = sent[0]
    assert (task, queue) == (tasks.BUILD, "ingest.embed")
    with django_capture_on_commit_callbacks(execute=True):
        tasks.build_part.run(str(part_id))
    assert len(sent) == 2
    with django_capture_on_commit_callbacks(execute=True):
        tasks.build_part.run(str(part_id))
    assert len(sent) == 2
    assert ChunkEmbedding.objects.filter(embedder="newer@2").count() == 3
    assert Chunk.objects.count() == 3
    assert Collection.objects.get(pk=collection.id).embedder == ""
