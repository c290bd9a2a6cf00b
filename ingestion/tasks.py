"""The stages as background work: load by id, run one stage, choose the next.

Promises: a task holds nothing that a kill could lose; the same task twice, or two at
once, does no harm; retries are bounded and then the version ends as failed. Will not:
carry text, names or files in its arguments.
"""

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from celery import Task, shared_task
from django.db import OperationalError, transaction
from django.utils import timezone

from ingestion import actions
from ingestion.errors import EmbeddingFailed, ProcessingFailed, StageBusy
from ingestion.lifecycle import PROCESSING, Status

PARSE_QUEUE: Final = "ingest.parse"
EMBED_QUEUE: Final = "ingest.embed"
PASSAGES_A_TASK: Final = 512  # well inside the time limit, even on one slow core
RETRIES: Final = 6
# Begun, and nobody there: what the broker gives to another worker is there by then.
LOST_AFTER: Final = timedelta(seconds=15)
# Not begun: it may stand in a long queue, and each message more makes that longer.
WAITED_LONG: Final = timedelta(minutes=5)
# How long before its day a document's owner is reminded to look through it.
REMINDED_BEFORE: Final = timedelta(days=30)


def enqueue(version_id: UUID, *, queue: str = PARSE_QUEUE) -> None:
    """Start or continue the stages of a version once this transaction commits.

    A broker that is away loses nothing: `resume_stalled_versions` finds the version.
    """
    send = partial(process_version.apply_async, args=(str(version_id),), queue=queue)
    transaction.on_commit(send, robust=True)


@shared_task(
    bind=True,
    name="ingestion.tasks.process_version",
    acks_late=True,
    reject_on_worker_lost=True,
    max_retries=RETRIES,
)
def process_version(self: "Task[..., None]", version_id: str) -> None:
    """Run the version's next stage, then enqueue the one after it."""
    identity = UUID(version_id)
    try:
        status = actions.advance_version(
            identity, at=timezone.now(), at_most=PASSAGES_A_TASK
        )
    except (StageBusy, EmbeddingFailed, OperationalError) as error:
        _try_again(self, identity, error=error)
        return
    except Exception:
        actions.fail_version(identity, error=ProcessingFailed(), at=timezone.now())
        raise
    if status in PROCESSING:
        enqueue(identity, queue=_queue_for(status))


@shared_task(name="ingestion.tasks.resume_stalled_versions")
def resume_stalled_versions() -> None:
    """Enqueue versions whose task was lost; one that is only slow is left alone."""
    now = timezone.now()
    for version_id, status in actions.claim_stalled_versions(
        begun_before=now - LOST_AFTER,
        waiting_since=now - WAITED_LONG,
        at=now,
        limit=100,
    ):
        enqueue(version_id, queue=_queue_for(status))


@shared_task(name="ingestion.tasks.settle_versions")
def settle_versions() -> None:
    """Bring on record which editions began and which expired."""
    actions.settle_versions(at=timezone.now())


@shared_task(name="ingestion.tasks.open_due_reminders")
def open_due_reminders() -> None:
    """Remind owners of documents that are to be looked through."""
    actions.open_due_reminders(at=timezone.now(), lead=REMINDED_BEFORE)


def _try_again(task: "Task[..., None]", version_id: UUID, *, error: Exception) -> None:
    """Back off and retry; a version nobody can embed ends as failed in the end."""
    retries = task.request.retries
    if retries < RETRIES:
        raise task.retry(exc=error, countdown=min(2**retries, 60))
    if isinstance(error, EmbeddingFailed):
        actions.fail_version(version_id, error=error, at=timezone.now())


def _queue_for(status: Status) -> str:
    return PARSE_QUEUE if status in {Status.RECEIVED, Status.PARSED} else EMBED_QUEUE
