"""From a file to passages with terms and vectors, safely twice."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from ingestion import actions, queries
from ingestion.errors import EmbeddingFailed, InvalidTransition, StageBusy
from ingestion.models import (
    Chunk,
    ChunkEmbedding,
    ChunkPosting,
    DocumentVersion,
    VersionChunk,
)
from tests.factories.embedder import CountingEmbedder
from tests.factories.ingestion import make_work_part
from tests.factories.people import AUTHOR
from tests.integration.ingestion_lifecycle.conftest import GUIDELINE, T0
from tests.integration.ingestion_lifecycle.recorded import recorded, recorded_types

pytestmark = pytest.mark.django_db
EDITED = GUIDELINE.replace("four weeks", "six weeks")
MANY = "# All\n\n" + "\n\n".join(
    f"## Part {number}\n\nAdvice number {number} is to rest for {number} days."
    for number in range(40)
)


def test_version_is_in_review_when_all_stages_ran(in_review, embedder):
    version = in_review()

    assert version.status == "in_review"
    assert [(one.stage, one.done, one.total) for one in version.progress] == [
        ("parse", 1, 1),
        ("chunk", 3, 3),
        ("embed", 3, 3),
    ]
    ready = recorded()[-1]
    assert ready["type"] == "version.in_review"
    assert ready["fields"]["chunk_count"] == 3
    assert ready["fields"]["embedder"] == "fake@1"


def test_spans_point_into_the_text_of_the_version(in_review):
    version = in_review()
    text = queries.version_text(version.id)

    for passage in queries.passages_of(version.id):
        assert text[passage.char_start : passage.char_end] == passage.text
        chunk = Chunk.objects.get(pk=passage.chunk_id)
        assert chunk.text == passage.text


def test_postings_count_stemmed_terms_of_heading_and_text(in_review):
    version = in_review()
    passage = next(
        one for one in queries.passages_of(version.id) if "potassium" in one.text
    )

    postings = ChunkPosting.objects.filter(chunk_id=passage.chunk_id)
    counted = dict(postings.values_list("term", "frequency"))

    assert counted["potassium"] == 1
    assert counted["medicin"] == 1  # from the heading
    assert "the" not in counted
    lexeme_count = Chunk.objects.get(pk=passage.chunk_id).lexeme_count
    assert lexeme_count == sum(counted.values())


@pytest.mark.parametrize(
    ("language", "term"),
    [("fr", "hemorrag"), ("pt-BR", "hemorragi"), ("tr", "hemorragies")],
)
def test_text_search_configuration_folds_accents_when_the_language_is_known(
    db, language, term
):
    configuration = queries.text_search_config(language)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tsvector_to_array(to_tsvector(%s::regconfig, %s))",
            [configuration, "hémorragies"],
        )
        terms = cursor.fetchone()[0]

    assert terms == [term]


def test_second_edition_embeds_only_passages_not_seen_before(in_review, embedder):
    first = in_review()
    embedder.embedded.clear()

    second = in_review(EDITED)

    assert len(embedder.embedded) == 1
    assert "six weeks" in embedder.embedded[0]
    old = {passage.chunk_id for passage in queries.passages_of(first.id)}
    new = {passage.chunk_id for passage in queries.passages_of(second.id)}
    assert len(old & new) == 2
    assert Chunk.objects.count() == 4


def test_stages_change_nothing_when_they_run_again(in_review, embedder):
    version = in_review()
    counts = _row_counts()
    entries = recorded_types()

    for _ in range(2):
        actions.parse_version(version.id, at=T0)
        actions.chunk_version(version.id, at=T0, embedder=embedder)
        actions.embed_version(version.id, at=T0, embedder=embedder)
        actions.submit_version(version.id, at=T0)
        actions.advance_version(version.id, at=T0)

    assert _row_counts() == counts
    assert recorded_types() == entries
    assert len(embedder.embedded) == 3


def test_embedding_goes_on_where_it_stopped_and_embeds_nothing_twice(receive):
    version = receive(MANY)
    dying = CountingEmbedder(fail_after=20)
    actions.parse_version(version.id, at=T0)
    actions.chunk_version(version.id, at=T0, embedder=dying)

    with pytest.raises(EmbeddingFailed):
        actions.embed_version(version.id, at=T0, embedder=dying)

    kept = ChunkEmbedding.objects.count()
    assert kept == len(dying.embedded) > 0
    halfway = queries.version(version.id)
    assert halfway.status == "chunked"
    assert (halfway.progress[-1].done, halfway.progress[-1].total) == (kept, 40)

    healthy = CountingEmbedder()
    done = actions.process_version(version.id, now=lambda: T0, embedder=healthy)

    assert done.status == "in_review"
    assert not set(healthy.embedded) & set(dying.embedded)
    assert len(healthy.embedded) + len(dying.embedded) == 40


def test_embedding_stops_after_so_many_passages_when_told(receive, embedder):
    version = receive(MANY)
    actions.parse_version(version.id, at=T0)
    actions.chunk_version(version.id, at=T0, embedder=embedder)

    rounds = 0
    while actions.embed_version(version.id, at=T0, embedder=embedder, at_most=16) == (
        "chunked"
    ):
        rounds += 1

    assert rounds == 2
    assert len(embedder.embedded) == 40


def test_version_fails_when_the_embedder_is_away_and_goes_on_when_retried(receive):
    version = receive()
    away = CountingEmbedder(fail_after=0)

    failed = actions.process_version(version.id, now=lambda: T0, embedder=away)

    assert (failed.status, failed.failure_code) == ("failed", "embedding_failed")
    assert recorded_types()[-1] == "version.failed"

    actions.retry_version(version.id, by=AUTHOR, at=T0)
    back = CountingEmbedder()
    done = actions.process_version(version.id, now=lambda: T0, embedder=back)
    assert (done.status, done.failure_code) == ("in_review", "")
    assert recorded_types()[-2:] == ["version.retried", "version.in_review"]


def test_retry_is_refused_when_the_version_did_not_fail(in_review):
    with pytest.raises(InvalidTransition):
        actions.retry_version(in_review().id, by=AUTHOR, at=T0)


@pytest.mark.parametrize(
    ("data", "filename", "code"),
    [
        (b"%PDF-1.7\nnot really", "g.pdf", "file_corrupt"),
        (b"PK\x03\x04broken", "g.docx", "file_corrupt"),
        (b"   \n", "g.txt", "file_empty"),
        (b"\x00\x01\x02\x03" * 50, "g.txt", None),
    ],
)
def test_bad_file_ends_as_failed_with_nothing_searchable(
    receive, embedder, collection, data, filename, code
):
    version = receive(data, filename)
    done = actions.process_version(version.id, now=lambda: T0, embedder=embedder)

    assert done.status == "failed"
    assert code is None or done.failure_code == code
    assert recorded_types()[-1] == "version.failed"
    assert VersionChunk.objects.count() == 0
    assert queries.active_chunks(as_of=T0, collection_ids=[collection.id]) == []


def test_stored_file_that_was_damaged_fails_the_version(receive, embedder, settings):
    version = receive()
    for file in settings.CLINRAG_STORAGE_DIR.rglob(version.content_sha256):
        file.write_bytes(b"tampered")

    done = actions.process_version(version.id, now=lambda: T0, embedder=embedder)

    assert (done.status, done.failure_code) == ("failed", "content_damaged")


@pytest.mark.django_db(transaction=True)
def test_second_worker_is_sent_away_while_the_first_is_at_the_document(receive):
    version = receive()
    actions.parse_version(version.id, at=T0)
    entered, leave, seen = threading.Event(), threading.Event(), []

    class Slow(CountingEmbedder):
        def count_tokens(self, text: str) -> int:
            entered.set()
            leave.wait(10)
            return super().count_tokens(text)

    def first() -> None:
        seen.append(actions.chunk_version(version.id, at=T0, embedder=Slow()))
        connections.close_all()

    worker = threading.Thread(target=first)
    worker.start()
    entered.wait(10)
    with pytest.raises(StageBusy):
        actions.chunk_version(version.id, at=T0, embedder=CountingEmbedder())
    leave.set()
    worker.join()

    assert seen == ["chunked"]
    assert VersionChunk.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_lease_ends_with_the_connection_of_a_killed_worker(receive):
    version = receive()
    part = make_work_part(
        DocumentVersion.objects.get(pk=version.id),
        stage="parse", number=0, state="leased", fence=1, attempts=1,
        leased_until=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    held = connection.copy()
    with held.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_lock(%s)",
            [int.from_bytes(part.id.bytes[:8], signed=True)],
        )
    with pytest.raises(StageBusy):
        actions.parse_version(version.id, at=T0)

    held.close()

    assert actions.parse_version(version.id, at=T0) == "parsed"


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_one_version_leave_it_as_one_worker_would(receive):
    version = receive(MANY)
    embedders = [CountingEmbedder() for _ in range(4)]

    def work(embedder: CountingEmbedder) -> None:
        status = "received"
        while status not in {"in_review", "failed"}:
            try:
                status = actions.advance_version(
                    version.id, at=T0, embedder=embedder, at_most=16
                )
            except StageBusy:
                status = "received"
        connections.close_all()

    threads = [threading.Thread(target=work, args=[one]) for one in embedders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    embedded = [text for one in embedders for text in one.embedded]
    assert len(embedded) == len(set(embedded)) == 40
    assert VersionChunk.objects.count() == 40
    assert recorded_types().count("version.in_review") == 1


def _row_counts() -> list[int]:
    tables = (Chunk, ChunkEmbedding, ChunkPosting, VersionChunk)
    return [table.objects.count() for table in tables]
