"""Scanned pages are read by parts in a queue of their own; how long work may take."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from ingestion import actions, queries, tasks
from ingestion.actions.leases import MOST_ATTEMPTS
from ingestion.errors import FileCorrupt, ProcessingFailed, VersionNotFound
from ingestion.models import DocumentVersion, OutboxMessage, WorkPart
from ingestion.types import Block, BlockKind, ParsedDocument, ParseWarning
from tests.factories.embedder import CountingEmbedder
from tests.factories.ingestion import make_document_version, make_work_part
from tests.factories.people import MANAGER
from tests.integration.ingestion_lifecycle.conftest import T0

pytestmark = pytest.mark.django_db
SCANNED = tuple(range(2, 12))


@pytest.fixture
def scans(monkeypatch):
    """A file whose pages 2 to 11 are pictures, and somebody who reads them."""
    read: list[tuple[int, ...]] = []
    unreadable: set[int] = set()

    def parse(*_: object, **__: object) -> ParsedDocument:
        return ParsedDocument(
            title="Scans",
            blocks=(Block(BlockKind.PARAGRAPH, "Page 1 has text.", page=1),),
            pages=11,
            warnings=tuple(
                ParseWarning("page_without_text", "No text.", page) for page in SCANNED
            ),
            parser="fake/1",
            scanned=SCANNED,
        )

    def recognise(data, *, pages, limits) -> ParsedDocument:
        if unreadable & set(pages):
            raise FileCorrupt
        read.append(tuple(pages))
        blocks = tuple(
            Block(BlockKind.PARAGRAPH, f"Read from {page}.", page=page, confidence=0.9)
            for page in pages
        )
        empty = ParsedDocument(None, blocks, 11, (), "ocr/1")
        return replace(empty, scanned=tuple(pages))

    monkeypatch.setattr("ingestion.actions.stages.parse", parse)
    monkeypatch.setattr("ingestion.parsers.ocr.is_available", lambda: True)
    monkeypatch.setattr("ingestion.parsers.ocr.recognise", recognise)
    recognise.read, recognise.unreadable = read, unreadable
    return recognise


def test_scanned_pages_are_sent_as_parts_and_stand_in_their_order(
    receive, scans, monkeypatch
):
    version, embedder = receive(), CountingEmbedder()
    monkeypatch.setattr("ingestion.actions.stages.get_embedder", lambda: embedder)
    tasks.process_version.run(str(version.id))
    messages = OutboxMessage.objects.filter(queue="ingest.ocr")
    parts = list(messages.values_list("subject_id", flat=True))
    assert len(parts) == 3

    for part_id in reversed(parts):
        assert not OutboxMessage.objects.filter(subject_id=version.id).exists()
        tasks.recognise_part.run(str(part_id))
    assert OutboxMessage.objects.filter(subject_id=version.id).count() == 1
    tasks.process_version.run(str(version.id))

    text = queries.version_text(version.id)
    places = [text.index(f"Read from {page}.") for page in SCANNED]
    assert places == sorted(places)
    found = queries.version(version.id)
    assert (found.status, found.warnings) == ("chunked", ())
    assert found.parser == "fake/1+ocr/1"


def test_pages_that_cannot_be_read_keep_their_warnings(receive, scans):
    scans.unreadable.add(SCANNED[0])
    version = receive()
    for _ in range(2):
        actions.advance_version(version.id, at=T0, embedder=CountingEmbedder())

    assert [one.page for one in queries.version(version.id).warnings] == [2, 3, 4, 5]
    assert "Read from 6." in queries.version_text(version.id)


def test_part_that_is_done_is_not_read_again(receive, scans):
    version = receive()
    actions.parse_version(version.id, at=T0)
    part_id = actions.open_parts(version.id, stage="ocr")[0]
    for _ in range(2):
        actions.recognise_part(part_id, at=T0)
    assert len(scans.read) == 1


def cancelled(version_id):
    actions.cancel_version(version_id, by=MANAGER, at=T0)


def given_up(version_id):
    (part_id, *_) = actions.open_parts(version_id, stage="ocr")
    WorkPart.objects.filter(pk=part_id).update(attempts=MOST_ATTEMPTS)
    actions.recognise_part(part_id, at=T0)


def broken(version_id):
    actions.fail_version(version_id, error=ProcessingFailed(), at=T0)


@pytest.mark.parametrize("stop", [cancelled, given_up, broken])
def test_scanned_pages_are_read_when_a_stopped_version_is_sent_again(
    receive, scans, stop
):
    version = receive()
    actions.parse_version(version.id, at=T0)
    actions.recognise_part(actions.open_parts(version.id, stage="ocr")[0], at=T0)
    stop(version.id)
    assert queries.version(version.id).status == "failed"

    actions.retry_version(version.id, by=MANAGER, at=T0)
    assert len(actions.open_parts(version.id, stage="ocr")) == 2
    actions.process_version(version.id, now=lambda: T0, embedder=CountingEmbedder())

    text, found = queries.version_text(version.id), queries.version(version.id)
    assert all(f"Read from {page}." in text for page in SCANNED)
    assert (found.status, found.warnings) == ("in_review", ())
    assert sorted(page for part in scans.read for page in part) == list(SCANNED)


def test_estimate_comes_from_what_went_lately_in_the_collection():
    now = timezone.now()
    version = make_document_version()
    done = make_document_version(version.document)
    make_work_part(
        done, state="done", done=100, total=100,
        started_at=now - timedelta(seconds=60), finished_at=now - timedelta(seconds=50),
    )  # fmt: skip
    make_work_part(version, state="waiting", total=128)
    make_work_part(version, state="leased", done=28, total=128)

    work = queries.work_of(version.id, at=now)

    (stage,) = work.stages
    assert (stage.stage, stage.done, stage.total) == ("embed", 28, 256)
    assert (stage.parts, stage.parts_done, stage.workers) == (2, 0, 1)
    assert work.seconds_left == pytest.approx(22.8)


def test_estimate_is_absent_while_nothing_is_known(receive):
    version = make_document_version()
    make_work_part(version, state="waiting", total=128)
    assert queries.work_of(version.id, at=T0).seconds_left is None
    with pytest.raises(VersionNotFound):
        queries.work_of(make_work_part().id, at=T0)


def test_stages_that_are_done_are_counted(in_review):
    version = in_review()
    work = queries.work_of(version.id, at=timezone.now())
    assert [stage.stage for stage in work.stages] == ["parse", "chunk", "embed"]
    assert work.seconds_left == 0
    assert all(stage.finished_at for stage in work.stages)
    assert WorkPart.objects.filter(version=version.id, state="done").count() == 3
    assert DocumentVersion.objects.count() == 1
