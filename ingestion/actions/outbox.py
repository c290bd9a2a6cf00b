"""Messages to the workers, written in the transaction that makes them needed.

Promises: a message stands in the table until the broker has taken it, so neither a
crash nor a broker that is away loses one; it may be sent twice. Will not: send.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ingestion.models import OutboxMessage

Send = Callable[[str, UUID, str], None]


def post(task: str, *, subject_id: UUID, queue: str, at: datetime) -> None:
    """Have a task sent with one id, once this transaction has committed."""
    OutboxMessage.objects.create(
        task=task, subject_id=subject_id, queue=queue, posted_at=at
    )


@transaction.atomic
def relay(send: Send, *, limit: int) -> int:
    """Give what waits to `send(task, subject_id, queue)`, and forget it.

    Returns how many. Two relays at once take different messages. Raises what `send`
    raises; then all of them stay.
    """
    waiting = OutboxMessage.objects.order_by("pk").select_for_update(skip_locked=True)
    found = list(waiting[:limit])
    for message in found:
        send(message.task, message.subject_id, message.queue)
    OutboxMessage.objects.filter(pk__in=[message.pk for message in found]).delete()
    return len(found)
