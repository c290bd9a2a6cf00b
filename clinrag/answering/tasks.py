"""What answering does in the background.

Promises: no question and no answer among a task's arguments.
"""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from audit.actors import Actor, ActorKind
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
