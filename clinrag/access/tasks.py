"""What access does in the background.

Promises: nothing that a caller sent is among a task's arguments.
"""

from celery import shared_task
from django.utils import timezone

from clinrag.access import idempotency

# A run every ten minutes keeps up with eight requests a second, and holds its locks
# for a moment only.
BATCH = 5_000


@shared_task
def purge_idempotency_records() -> int:
    """Delete records of keys that may be used anew, a batch of them."""
    return idempotency.purge(at=timezone.now(), limit=BATCH)
