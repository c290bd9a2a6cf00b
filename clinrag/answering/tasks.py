"""What answering does in the background.

Promises: no question and no answer among a task's arguments.
"""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.actors import Actor, ActorKind
from clinrag.answering.foresight.reports import (
    reports_left_behind,
    work_on_report,
)
from clinrag.answering.recalls.deliveries import deliver_due
from clinrag.answering.recalls.services import build_postman
from clinrag.answering.sweeping import close_lost_answers
from ingestion.embedding import get_embedder

# A run waits for its turn at the model, asks, and may then fall back.
TIMES_THE_MODEL_TIMEOUT = 4
AT_LEAST = timedelta(minutes=10)
SWEEPER = Actor(ActorKind.SYSTEM, "task:answering", "Sweeper of lost answers", "task")


@shared_task
def sweep_lost_answers() -> int:
    """Close questions that nobody can still be working on."""
    at = timezone.now()
    model = timedelta(seconds=float(settings.CLINRAG_MODEL_TIMEOUT_SECONDS))
    before = at - max(AT_LEAST, model * TIMES_THE_MODEL_TIMEOUT)
    return close_lost_answers(before=before, by=SWEEPER, at=at)


@shared_task
def deliver_webhooks() -> int:
    """Tell apps what they have to be told, as far as it is due."""
    return deliver_due(build_postman(timezone.now))


@shared_task
def foresee(report_id: str) -> bool:
    """Take one step of a report and ask for the next; each takes seconds."""
    more = work_on_report(UUID(report_id), embedder=get_embedder(), now=timezone.now)
    if more:
        foresee.delay(report_id)
    return more


@shared_task
def resume_foresight() -> int:
    """Go on with reports whose worker is gone; how many."""
    waiting = reports_left_behind(at=timezone.now())
    for report_id in waiting:
        foresee.delay(str(report_id))
    return len(waiting)


def foresee_soon(report_id: UUID) -> None:
    """Begin once the transaction under way is committed; the schedule begins too."""
    transaction.on_commit(lambda: foresee.delay(str(report_id)), robust=True)


def deliver_soon() -> None:
    """Send once the transaction under way is committed; the schedule sends too."""
    transaction.on_commit(deliver_webhooks.delay, robust=True)
