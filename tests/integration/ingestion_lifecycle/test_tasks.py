"""Background work: one stage a task, the next one chosen, retries bounded."""

from datetime import timedelta

import pytest
from celery.exceptions import Retry
from django.db import transaction
from django.utils import timezone

from ingestion import queries, tasks
from ingestion.models import Collection, DocumentVersion, OutboxMessage, WorkPart
from tests.factories.embedder import CountingEmbedder

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, str]]:
    calls: list[tuple[str, str]] = []
    monkeypatch.setattr(
        tasks,
        "_send",
        lambda task, subject_id, queue: calls.append((str(subject_id), queue)),
    )
    return calls


@pytest.fixture
def use(monkeypatch):
    def use(embedder: CountingEmbedder) -> None:
        for module in ("stages", "parts"):
            monkeypatch.setattr(
                f"ingestion.actions.{module}.get_embedder", lambda: embedder
            )

    return use


def test_tasks_take_a_version_to_review_one_stage_at_a_time(
    receive, sent, use, embedder, django_capture_on_commit_callbacks
):
    use(embedder)
    version_id = str(receive().id)
    part_of = {version_id: tasks.process_version}
    steps, subject = [], version_id

    while subject is not None:
        sent.clear()
        with django_capture_on_commit_callbacks(execute=True):
            part_of.get(subject, tasks.embed_part).run(subject)
        subject, queue = sent[0] if sent else (None, None)
        steps.append((queries.version(version_id).status, queue))

    assert steps == [
        ("parsed", "ingest.parse"),
        ("chunked", "ingest.embed"),  # a part
        ("chunked", "ingest.embed"),  # it was the last
        ("embedded", "ingest.embed"),
        ("in_review", None),
    ]
    assert OutboxMessage.objects.count() == 0


def run_to_parts(version_id: str) -> str:
    """Parse and chunk; the id of the only part to embed."""
    for _ in range(2):
        tasks.process_version.run(version_id)
    return str(WorkPart.objects.get(stage="embed").id)


def test_task_comes_back_when_the_embedder_is_away(receive, use):
    use(CountingEmbedder(fail_after=0))
    version_id = str(receive().id)
    part_id = run_to_parts(version_id)

    with pytest.raises(Retry):
        _run(part_id, retries=0)

    assert queries.version(version_id).status == "chunked"


def test_version_fails_when_the_embedder_stays_away(receive, use):
    use(CountingEmbedder(fail_after=0))
    version_id = str(receive().id)

    _run(run_to_parts(version_id), retries=tasks.RETRIES)

    version = queries.version(version_id)
    assert (version.status, version.failure_code) == ("failed", "embedding_failed")


def test_version_fails_when_nobody_here_has_its_embedder(
    receive, use, embedder, collection
):
    use(embedder)
    version_id = str(receive().id)
    run_to_parts(version_id)
    WorkPart.objects.filter(stage="embed").delete()  # none planned yet, as after a kill
    Collection.objects.filter(pk=collection.id).update(embedder="gone@1")

    with pytest.raises(Retry):
        _run(version_id, retries=0, task=tasks.process_version)
    assert queries.version(version_id).status == "chunked"
    _run(version_id, retries=tasks.RETRIES, task=tasks.process_version)

    version = queries.version(version_id)
    assert (version.status, version.failure_code) == ("failed", "embedder_unknown")


def test_version_fails_when_a_stage_breaks_in_an_unforeseen_way(receive, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ingestion.actions.stages.parse", broken)
    version_id = str(receive().id)

    with pytest.raises(ZeroDivisionError):
        tasks.process_version.run(version_id)

    assert queries.version(version_id).failure_code == "processing_failed"


def test_stalled_version_is_enqueued_once(
    receive, sent, django_capture_on_commit_callbacks
):
    version = receive()
    fresh = timezone.now() - timedelta(minutes=1)

    for attended_at in (fresh, fresh - timedelta(hours=1)):
        DocumentVersion.objects.filter(pk=version.id).update(attended_at=attended_at)
        with django_capture_on_commit_callbacks(execute=True):
            tasks.resume_stalled_versions.run()
            tasks.resume_stalled_versions.run()

    assert sent == [(str(version.id), "ingest.parse")]


def _run(subject_id: str, *, retries: int, task=tasks.embed_part) -> None:
    task.push_request(
        args=(subject_id,), kwargs={}, retries=retries, called_directly=False
    )
    try:
        task.run(subject_id)
    finally:
        task.pop_request()


def test_message_stands_until_the_broker_takes_it(
    receive, sent, django_capture_on_commit_callbacks, monkeypatch
):
    version = receive()
    taking = tasks._send

    def away(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(tasks, "_send", away)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.enqueue(version.id)
    assert OutboxMessage.objects.count() == 1

    monkeypatch.setattr(tasks, "_send", taking)
    tasks.relay_outbox.run()

    assert sent == [(str(version.id), "ingest.parse")]
    assert OutboxMessage.objects.count() == 0


def test_message_goes_with_a_transaction_that_fails(receive):
    version = receive()

    with transaction.atomic():
        tasks.enqueue(version.id)
        transaction.set_rollback(True)

    assert OutboxMessage.objects.count() == 0
