"""What answering does in the background.

Promises: no question and no answer among a task's arguments.
"""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.actors import Actor, ActorKind
from clinrag.answering.recalls.deliveries import deliver_due
from clinrag.answering.recalls.services import build_postman
from clinrag.answering.sweeping import close_lost_answers

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


def deliver_soon() -> None:
    """Send once the transaction under way is committed; the schedule sends too."""
    transaction.on_commit(deliver_webhooks.delay, robust=True)
