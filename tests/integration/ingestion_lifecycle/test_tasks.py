"""Background work: one stage a task, the next one chosen, retries bounded."""

from datetime import timedelta

import pytest
from celery.exceptions import Retry
from django.utils import timezone

from ingestion import queries, tasks
from ingestion.models import DocumentVersion
from tests.factories.embedder import CountingEmbedder

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, str]]:
    calls: list[tuple[str, str]] = []
    monkeypatch.setattr(
        tasks.process_version,
        "apply_async",
        lambda args, queue: calls.append((args[0], queue)),
    )
    return calls


@pytest.fixture
def use(monkeypatch):
    def use(embedder: CountingEmbedder) -> None:
        monkeypatch.setattr("ingestion.actions.stages.get_embedder", lambda: embedder)

    return use


def test_tasks_take_a_version_to_review_one_stage_at_a_time(
    receive, sent, use, embedder, django_capture_on_commit_callbacks
):
    use(embedder)
    version_id = str(receive().id)
    queues, status = [], "received"

    while status != "in_review":
        with django_capture_on_commit_callbacks(execute=True):
            tasks.process_version.run(version_id)
        status = queries.version(version_id).status
        queues.append((status, sent[-1][1] if len(sent) > len(queues) else None))

    assert queues == [
        ("parsed", "ingest.parse"),
        ("chunked", "ingest.embed"),
        ("embedded", "ingest.embed"),
        ("in_review", None),
    ]


def test_task_comes_back_when_the_embedder_is_away(receive, use):
    use(CountingEmbedder(fail_after=0))
    version_id = str(receive().id)
    for _ in range(2):
        tasks.process_version.run(version_id)

    with pytest.raises(Retry):
        _run(version_id, retries=0)

    assert queries.version(version_id).status == "chunked"


def test_version_fails_when_the_embedder_stays_away(receive, use):
    use(CountingEmbedder(fail_after=0))
    version_id = str(receive().id)
    for _ in range(2):
        tasks.process_version.run(version_id)

    _run(version_id, retries=tasks.RETRIES)

    version = queries.version(version_id)
    assert (version.status, version.failure_code) == ("failed", "embedding_failed")


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


def _run(version_id: str, *, retries: int) -> None:
    tasks.process_version.push_request(
        args=(version_id,), kwargs={}, retries=retries, called_directly=False
    )
    try:
        tasks.process_version.run(version_id)
    finally:
        tasks.process_version.pop_request()
