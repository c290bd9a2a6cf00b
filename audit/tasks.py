"""What the ledger does in the background: packages, verifications, pruning.

Promises: a task holds nothing that a kill could lose; the same task twice, or two at
once, does no harm. Will not: carry anything but an id.
"""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from celery import Task, shared_task
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from audit.actors import Actor, ActorKind
from audit.custody import authorizations
from audit.custody.authorizations import Action
from audit.custody.errors import BlockNotPrunable
from audit.custody.retention import prune
from audit.custody.rounds import keep
from audit.errors import LedgerUnavailable
from audit.exports import records
from audit.exports.building import (
    BUILDER,
    Workshop,
    build_slice,
    clear,
    discard,
    end_outlived,
)
from audit.exports.records import State
from audit.signing.public_key import log_vkey
from audit.verification import Progress, runs, verify

logger = logging.getLogger(__name__)

PRUNER: Final = Actor(ActorKind.SYSTEM, "task:pruning", "Retention", "task")
# Some seconds of work, so that a worker does other things between two slices.
ENTRIES_A_TASK: Final = 1_000
RETRIES: Final = 6
# A verification of ten million entries takes the better part of an hour.
VERIFICATION_SECONDS: Final = 6 * 3600
TELLING_SECONDS: Final = 0.5
LOST_AFTER: Final = timedelta(minutes=2)


def workshop() -> Workshop:
    """What packages are built with, from the settings."""
    policy = settings.CLINRAG_WITNESS_POLICY
    return Workshop(
        folder=Path(settings.CLINRAG_EXPORT_DIR),
        mask=import_string(settings.EXPORT_MASK),
        origin=settings.CLINRAG_LOG_ORIGIN,
        vkey=log_vkey(),
        policy=Path(policy).read_text(encoding="utf-8") if policy else None,
    )


def enqueue(export_id: UUID) -> None:
    """Start or continue a package once this transaction commits.

    A broker that is away loses nothing: `resume_stalled_exports` finds the package.
    """
    send = partial(build_export.apply_async, args=(str(export_id),))
    transaction.on_commit(send, robust=True)


@shared_task(
    bind=True,
    name="audit.tasks.build_export",
    acks_late=True,
    reject_on_worker_lost=True,
    max_retries=RETRIES,
)
def build_export(self: "Task[..., None]", export_id: str) -> None:
    """Pack the next entries, then enqueue what is left."""
    identity = UUID(export_id)
    try:
        state = build_slice(
            identity, workshop(), at=timezone.now(), at_most=ENTRIES_A_TASK
        )
    except (LedgerUnavailable, OperationalError) as error:
        raise self.retry(
            exc=error, countdown=min(2**self.request.retries, 60)
        ) from error
    if state is State.BUILDING:
        enqueue(identity)


@shared_task(name="audit.tasks.resume_stalled_exports")
def resume_stalled_exports() -> None:
    """Enqueue packages whose task was lost."""
    for export_id in records.unattended(before=timezone.now() - LOST_AFTER):
        enqueue(export_id)


@shared_task(name="audit.tasks.remove_expired_exports")
def remove_expired_exports() -> None:
    """Delete files whose time is over, and record that; and what was given up."""
    now, tools = timezone.now(), workshop()
    clear(tools)
    for export_id in records.expired(at=now):
        discard(export_id, tools)
        records.record_removal(export_id, by=BUILDER, at=now)


def enqueue_verification(run_id: UUID) -> None:
    """Start a verification once this transaction commits."""
    send = partial(run_verification.apply_async, args=(str(run_id),))
    transaction.on_commit(send, robust=True)


# Acknowledged early: it may run for longer than a broker waits, and one whose worker
# was killed shows as lost and is asked for again by whoever wants to know.
@shared_task(
    name="audit.tasks.run_verification",
    acks_late=False,
    time_limit=VERIFICATION_SECONDS,
    soft_time_limit=VERIFICATION_SECONDS - 60,
)
def run_verification(run_id: str) -> None:
    """Derive the log again from its bytes, and keep how far that is."""
    identity = UUID(run_id)
    run = runs.begin(identity, at=timezone.now())
    if run is None:
        return
    try:
        report = verify(at=timezone.now(), only=run.only, on_progress=_teller(identity))
    except Exception as error:
        code = getattr(error, "code", "verification_stopped")
        runs.fail(identity, code=str(code), at=timezone.now())
        raise
    runs.finish(identity, report, at=timezone.now())


def _teller(run_id: UUID) -> Callable[[Progress], None]:
    """Keeps progress, not more often than anybody looks."""
    told = float("-inf")

    def tell(progress: Progress) -> None:
        nonlocal told
        if time.monotonic() - told >= TELLING_SECONDS:
            told = time.monotonic()
            runs.note(run_id, progress, at=timezone.now())

    return tell


@shared_task(name="audit.tasks.keep_custody")
def keep_custody() -> None:
    """End what crashes and time left open of erasures, holds and requests.

    And, first, packages that hold what is being erased: they are copies in the clear.
    """
    try:
        end_outlived(workshop(), at=timezone.now())
    finally:
        keep(at=timezone.now())


def enqueue_pruning(authorization_id: UUID) -> None:
    """Have a block dropped that two people agreed on, once this transaction commits."""
    send = partial(prune_block.apply_async, args=(str(authorization_id),))
    transaction.on_commit(send, robust=True)


@shared_task(name="audit.tasks.prune_block", acks_late=False)
def prune_block(authorization_id: str) -> None:
    """Drop the block that an authorization is about; a second time does nothing.

    A million rows are copied and a partition taken off: a page could not wait for it.
    """
    agreed = authorizations.by_id(UUID(authorization_id))
    if agreed.action is not Action.PRUNING or agreed.state != "approved":
        return
    first_index = int(agreed.scope["first_index"])
    try:
        prune(first_index, authorization_id=agreed.id, by=PRUNER, at=timezone.now())
    except BlockNotPrunable as error:
        # The authorization is still good; the block is not due, or held.
        logger.warning("A block was not pruned", extra={"code": error.code})
