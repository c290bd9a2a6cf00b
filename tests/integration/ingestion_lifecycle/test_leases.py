"""A worker that was paused, or stopped by a person, writes nothing when it comes back."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connections

from ingestion import actions, queries
from ingestion.actions import leases
from ingestion.actions.rows import WORKER
from ingestion.errors import (
    InvalidTransition,
    LeaseLost,
    ReviewerIsNotAPerson,
    StageBusy,
)
from ingestion.models import ChunkEmbedding, PartState, WorkPart
from tests.factories.embedder import CountingEmbedder
from tests.factories.ingestion import make_work_part
from tests.factories.people import MANAGER
from tests.integration.ingestion_lifecycle.conftest import T0
from tests.integration.ingestion_lifecycle.recorded import recorded_types
from tests.integration.ingestion_lifecycle.test_attempts import LONG_TEXT

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Paused(CountingEmbedder):
    """Stops in the middle of a batch, as SIGSTOP does, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.leave = threading.Event(), threading.Event()

    def embed_passages(self, texts):
        self.entered.set()
        assert self.leave.wait(20)
        return super().embed_passages(texts)


def chunked(receive, text: str = LONG_TEXT):
    version = receive(text)
    for _ in range(2):
        actions.advance_version(version.id, at=T0, embedder=CountingEmbedder())
    return version


@pytest.fixture
def paused_at():
    """Start a worker that stops inside a part; then its result or its error."""
    ends = []

    def start(part_id) -> tuple[Paused, list]:
        embedder, seen = Paused(), []

        def work() -> None:
            try:
                seen.append(actions.embed_part(part_id, at=T0, embedder=embedder))
            except LeaseLost as error:
                seen.append(error.code)
            finally:
                connections.close_all()

        thread = threading.Thread(target=work)
        thread.start()
        assert embedder.entered.wait(20)
        ends.append((embedder, thread))
        return embedder, seen

    def end() -> None:
        for embedder, thread in ends:
            embedder.leave.set()
            thread.join(20)

    start.end = end
    yield start
    end()


@pytest.mark.django_db(transaction=True)
def test_paused_worker_writes_nothing_when_another_took_over(receive, paused_at):
    version = chunked(receive)
    part = WorkPart.objects.filter(version=version.id, stage="embed").earliest("number")
    _, seen = paused_at(part.id)

    with pytest.raises(StageBusy):
        actions.embed_part(part.id, at=T0, embedder=CountingEmbedder())
    WorkPart.objects.filter(pk=part.id).update(leased_until=LONG_AGO)
    second = CountingEmbedder()
    actions.embed_part(part.id, at=T0, embedder=second)
    written = ChunkEmbedding.objects.count()
    paused_at.end()

    assert seen == ["lease_lost"]
    assert ChunkEmbedding.objects.count() == written == len(second.embedded)
    part.refresh_from_db()
    assert (part.state, part.fence) == (PartState.DONE, 2)


@pytest.mark.django_db(transaction=True)
def test_paused_worker_writes_its_batch_when_nobody_took_over(receive, paused_at):
    version = chunked(receive)
    part = WorkPart.objects.filter(version=version.id, stage="embed").earliest("number")
    embedder, seen = paused_at(part.id)
    WorkPart.objects.filter(pk=part.id).update(leased_until=LONG_AGO)
    embedder.leave.set()
    paused_at.end()

    assert seen == ["chunked"]
    assert ChunkEmbedding.objects.count() == part.total


@pytest.mark.django_db(transaction=True)
def test_worker_writes_nothing_after_a_person_stopped_the_version(receive, paused_at):
    version = chunked(receive)
    part = WorkPart.objects.filter(version=version.id, stage="embed").earliest("number")
    _, seen = paused_at(part.id)

    actions.cancel_version(version.id, by=MANAGER, at=T0)
    paused_at.end()

    assert seen == ["lease_lost"]
    assert ChunkEmbedding.objects.count() == 0
    assert queries.version(version.id).failure_code == "cancelled"
    assert recorded_types()[-1] == "version.failed"


@pytest.mark.django_db(transaction=True)
def test_parts_of_one_version_are_embedded_by_two_workers_at_once(
    receive, paused_at, monkeypatch
):
    monkeypatch.setattr("ingestion.actions.parts.PLACES_A_PART", 32)
    monkeypatch.setattr("ingestion.actions.passages.PLACES_A_PART", 32)
    version = chunked(receive)
    first, second = actions.open_parts(version.id, stage="embed")[:2]
    paused, _ = paused_at(first)
    other = CountingEmbedder()

    actions.embed_part(second, at=T0, embedder=other)
    assert len(other.embedded) == 32
    paused_at.end()

    assert len(paused.embedded) == 32
    assert not set(paused.embedded) & set(other.embedded)
    told = []
    for part_id in actions.open_parts(version.id, stage="embed"):
        actions.embed_part(
            part_id, at=T0, embedder=other, onward=lambda *of: told.append(of)
        )
    assert told == [(version.id, "chunked", T0)]


@pytest.mark.django_db
@pytest.mark.parametrize("stages", [0, 1, 2])
def test_stopped_version_goes_on_from_the_stage_it_was_at(receive, stages):
    version, embedder = receive(), CountingEmbedder()
    for _ in range(stages):
        actions.advance_version(version.id, at=T0, embedder=embedder)
    was = queries.version(version.id).status

    actions.cancel_version(version.id, by=MANAGER, at=T0)
    assert not WorkPart.objects.filter(state__in=["waiting", "leased"]).exists()
    again = actions.retry_version(version.id, by=MANAGER, at=T0)

    assert again.status == was
    done = actions.process_version(version.id, now=lambda: T0, embedder=embedder)
    assert done.status == "in_review"


@pytest.mark.django_db
def test_version_is_not_stopped_when_its_stages_are_over(in_review):
    with pytest.raises(InvalidTransition):
        actions.cancel_version(in_review().id, by=MANAGER, at=T0)


@pytest.mark.django_db
def test_version_is_stopped_by_people_only(receive):
    version = receive()
    with pytest.raises(ReviewerIsNotAPerson):
        actions.cancel_version(version.id, by=WORKER, at=T0)
    assert actions.cancel_version(version.id, by=MANAGER, at=T0).status == "failed"


@pytest.mark.django_db
def test_older_lease_is_refused_at_every_write():
    part = make_work_part(state=PartState.LEASED, fence=7, attempts=1)
    leases.guard(leases.Lease(part.id, 7))
    leases.renew(leases.Lease(part.id, 7), done=1)
    for write in (
        leases.guard,
        lambda lease: leases.renew(lease, done=1),
        leases.finish,
    ):
        with pytest.raises(LeaseLost):
            write(leases.Lease(part.id, 6))
    leases.finish(leases.Lease(part.id, 7))
    with pytest.raises(LeaseLost):
        leases.finish(leases.Lease(part.id, 7))
