"""The stages as background work: load by id, run one stage or part, choose the next.

Promises: a task holds nothing that a kill could lose; the same task twice, or two at
once, does no harm; retries are bounded and then the version ends as failed; what has
to be sent is written beside the change that asks for it, and sent from there. Will not:
carry text, names or files in its arguments.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from celery import Task, current_app, shared_task
from django.db import OperationalError, transaction
from django.utils import timezone

from ingestion import actions, queries
from ingestion.errors import (
    EmbedderUnknown,
    EmbeddingFailed,
    LeaseLost,
    ProcessingFailed,
    StageBusy,
)
from ingestion.lifecycle import PROCESSING, Status
from ingestion.models import Stage

PARSE_QUEUE: Final = "ingest.parse"
OCR_QUEUE: Final = "ingest.ocr"
EMBED_QUEUE: Final = "ingest.embed"
PROCESS: Final = "ingestion.tasks.process_version"
RECOGNISE: Final = "ingestion.tasks.recognise_part"
EMBED: Final = "ingestion.tasks.embed_part"
BUILD: Final = "ingestion.tasks.build_part"
BY_PARTS: Final = {
    Stage.OCR: (RECOGNISE, OCR_QUEUE),
    Stage.EMBED: (EMBED, EMBED_QUEUE),
    Stage.REBUILD: (BUILD, EMBED_QUEUE),
}
RETRIES: Final = 6
# A worker that is replaced by a newer one may lack the embedder for a moment only.
NO_EMBEDDER: Final = (EmbeddingFailed, EmbedderUnknown)
# Begun, and nobody there: what the broker gives to another worker is there by then.
LOST_AFTER: Final = timedelta(seconds=15)
# Not begun: it may stand in a long queue, and each message more makes that longer.
WAITED_LONG: Final = timedelta(minutes=5)
# How long before its day a document's owner is reminded to look through it.
REMINDED_BEFORE: Final = timedelta(days=30)
MESSAGES_A_TURN: Final = 500
SOURCES_A_TURN: Final = 100
SOURCE_EXPIRES: Final = 30  # seconds: by then it is sent again
PASSAGES_A_TURN: Final = 256  # of an index built beside: a minute on one slow core


def enqueue(version_id: UUID, *, queue: str = PARSE_QUEUE) -> None:
    """Start or continue the stages of a version once this transaction commits.

    The message is part of the transaction. A broker that is away loses nothing.
    """
    _post(PROCESS, [version_id], queue=queue, at=timezone.now())


@shared_task(
    bind=True, name=PROCESS, acks_late=True, reject_on_worker_lost=True,
    max_retries=RETRIES,
)  # fmt: skip
def process_version(self: "Task[..., None]", version_id: str) -> None:
    """Run the version's next stage; where it is done by parts, send those."""
    identity = UUID(version_id)
    _attempt(self, identity, lambda: _step(identity))


@shared_task(
    bind=True, name=EMBED, acks_late=True, reject_on_worker_lost=True,
    max_retries=RETRIES,
)  # fmt: skip
def embed_part(self: "Task[..., None]", part_id: str) -> None:
    """Embed one stretch of a version."""
    _attempt_part(self, UUID(part_id), actions.embed_part)


@shared_task(
    bind=True, name=RECOGNISE, acks_late=True, reject_on_worker_lost=True,
    max_retries=RETRIES,
)  # fmt: skip
def recognise_part(self: "Task[..., None]", part_id: str) -> None:
    """Read a few scanned pages of a version."""
    _attempt_part(self, UUID(part_id), actions.recognise_part)


def enqueue_build(build_id: UUID) -> None:
    """Have the parts that are left of an index built, once this transaction commits."""
    parts = actions.build_parts(build_id)
    _post(BUILD, parts, queue=EMBED_QUEUE, at=timezone.now())


@shared_task(
    bind=True, name=BUILD, acks_late=True, reject_on_worker_lost=True,
    max_retries=RETRIES,
)  # fmt: skip
def build_part(self: "Task[..., None]", part_id: str) -> None:
    """Build some of one version into a new index; searches go on by the old one."""
    identity = UUID(part_id)
    try:
        is_done = actions.build_part(identity, at_most=PASSAGES_A_TURN)
    except LeaseLost:
        return
    except (StageBusy, EmbeddingFailed, OperationalError) as error:
        _build_again(self, identity, error=error)
        return
    except Exception:
        actions.fail_build_part(identity, error=ProcessingFailed())
        raise
    if not is_done:
        _post(BUILD, [identity], queue=EMBED_QUEUE, at=timezone.now())


@shared_task(name="ingestion.tasks.relay_outbox")
def relay_outbox() -> None:
    """Send what is written and was not sent, since the broker was away or a process."""
    actions.relay(_send, limit=MESSAGES_A_TURN)


@shared_task(name="ingestion.tasks.resume_stalled_versions")
def resume_stalled_versions() -> None:
    """Enqueue work whose task was lost; what is only slow is left alone."""
    now = timezone.now()
    with transaction.atomic():
        for lost in actions.claim_stalled(
            begun_before=now - LOST_AFTER,
            waiting_since=now - WAITED_LONG,
            at=now,
            limit=100,
        ):
            _send_again(lost, at=now)


@shared_task(name="ingestion.tasks.settle_versions")
def settle_versions() -> None:
    """Bring on record which editions began and which expired."""
    actions.settle_versions(at=timezone.now())


@shared_task(name="ingestion.tasks.open_due_reminders")
def open_due_reminders() -> None:
    """Remind owners of documents that are to be looked through."""
    actions.open_due_reminders(at=timezone.now(), lead=REMINDED_BEFORE)


@shared_task(name="ingestion.tasks.check_due_sources")
def check_due_sources() -> None:
    """Send for each source that is due; one that is missed is due again next time."""
    for source_id in queries.due_sources(at=timezone.now(), limit=SOURCES_A_TURN):
        check_source.apply_async((str(source_id),), expires=SOURCE_EXPIRES)


def check_source_soon(source_id: UUID) -> None:
    """Look once the transaction under way is committed; the schedule looks too."""
    transaction.on_commit(lambda: check_source.delay(str(source_id)), robust=True)


@shared_task(name="ingestion.tasks.check_source")
def check_source(source_id: str) -> None:
    """Look at one source, if it is due and nobody else does."""
    with suppress(LeaseLost):  # somebody else has begun since
        actions.check_source(UUID(source_id), at=timezone.now(), onward=enqueue)


def _step(version_id: UUID) -> None:
    if not _sent_parts(version_id):
        actions.advance_version(version_id, at=timezone.now(), onward=_go_on)


def _attempt_part(
    task: "Task[..., None]", part_id: UUID, act: Callable[..., Status]
) -> None:
    """Do one part of a version, whose trouble is the version's."""
    version_id = actions.version_of_part(part_id)
    _attempt(task, version_id, lambda: act(part_id, at=timezone.now(), onward=_go_on))


def _attempt(
    task: "Task[..., None]", version_id: UUID, work: Callable[[], object]
) -> None:
    """Do it; what may pass is tried again, what may not ends the version."""
    try:
        work()
    except LeaseLost:
        return  # somebody else is at it, or a person stopped it
    except (StageBusy, *NO_EMBEDDER, OperationalError) as error:
        _try_again(task, version_id, error=error)
    except Exception:
        actions.fail_version(version_id, error=ProcessingFailed(), at=timezone.now())
        raise


def _try_again(task: "Task[..., None]", version_id: UUID, *, error: Exception) -> None:
    """Back off and retry; a version nobody can embed ends as failed in the end."""
    retries = task.request.retries
    if retries < RETRIES:
        raise task.retry(exc=error, countdown=min(2**retries, 60))
    if isinstance(error, NO_EMBEDDER):
        actions.fail_version(version_id, error=error, at=timezone.now())


def _build_again(task: "Task[..., None]", part_id: UUID, *, error: Exception) -> None:
    """Back off and retry; a text nobody can embed fails, and the build tells of it."""
    retries = task.request.retries
    if retries < RETRIES:
        raise task.retry(exc=error, countdown=min(2**retries, 60))
    if isinstance(error, EmbeddingFailed):
        actions.fail_build_part(part_id, error=error)


def _go_on(version_id: UUID, status: Status, at: datetime) -> None:
    """Write the next messages, in the transaction that moved the version on."""
    if not _sent_parts(version_id) and status in PROCESSING:
        _post(PROCESS, [version_id], queue=_queue_for(status), at=at)


@transaction.atomic
def _sent_parts(version_id: UUID) -> bool:
    """Send the parts that are left, if the version's stage is done by parts."""
    now = timezone.now()
    stage, parts = actions.plan_parts(version_id, at=now)
    if stage is not None and parts:
        task, queue = BY_PARTS[stage]
        _post(task, parts, queue=queue, at=now)
    return bool(parts)


def _send_again(lost: actions.Stalled, *, at: datetime) -> None:
    if lost.part_id is not None and lost.stage in BY_PARTS:
        task, queue = BY_PARTS[lost.stage]
        _post(task, [lost.part_id], queue=queue, at=at)
    else:
        queue = _queue_for(lost.status)
        _post(PROCESS, [lost.version_id], queue=queue, at=at)


@transaction.atomic
def _post(task: str, subject_ids: Sequence[UUID], *, queue: str, at: datetime) -> None:
    for subject_id in subject_ids:
        actions.post(task, subject_id=subject_id, queue=queue, at=at)
    # Soon, by whoever commits; and by the clock, should that be killed before.
    transaction.on_commit(relay_outbox.run, robust=True)


def _send(task: str, subject_id: UUID, queue: str) -> None:
    current_app.send_task(task, args=(str(subject_id),), queue=queue)


def _queue_for(status: Status) -> str:
    return PARSE_QUEUE if status in {Status.RECEIVED, Status.PARSED} else EMBED_QUEUE
