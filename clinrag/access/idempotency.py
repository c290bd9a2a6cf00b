"""One effect per Idempotency-Key, through crashes too.

The first request claims a row before it does anything. A second one with the
same key and body gets the answer the first one led to, or is told that the first
still runs; another body is refused. The row holds keyed digests of key and body and
the id of the answer: never the key, which some make from a patient's number, nor the
question, nor the answer, which is read back through the ledger's disclosure like any
other reading.

A process may die between the claim and the answer. The id of the answer is
chosen with the claim, so that whoever comes next can look whether it was made;
if not, and the claim is old, the next one takes it over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from clinrag.access.errors import (
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    IdempotencyTwinRunning,
)
from clinrag.access.models import IdempotencyRecord

LONGEST_KEY = 255
FIRST_VISIBLE, LAST_VISIBLE = " ", "~"

# Longer than any answer may take: a claim older than this belongs to a dead process.
STALE_AFTER = timedelta(minutes=10)

# Clients retry within minutes or hours; after this the key may be used anew.
REMEMBERED_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Claim:
    """Leave to run (`first`), or the answer that the first request is bound to.

    `since` is when the key was first claimed.
    """

    record_id: int
    answer_id: UUID
    first: bool
    finished: bool
    since: datetime


def check_key(key: str) -> str:
    """The key itself; IdempotencyKeyInvalid unless it is short and printable ASCII."""
    visible = all(FIRST_VISIBLE <= letter <= LAST_VISIBLE for letter in key)
    if not visible or not 0 < len(key) <= LONGEST_KEY:
        raise IdempotencyKeyInvalid
    return key


def body_digest(body: bytes) -> str:
    """A keyed digest in hexadecimal: a plain one could be guessed from questions."""
    return _keyed("clinrag.access.idempotency", body)


def key_digest(key: str) -> str:
    """What is kept of a key. Raises IdempotencyKeyInvalid."""
    return _keyed("clinrag.access.idempotency.key", check_key(key).encode())


def _keyed(use: str, text: bytes) -> str:
    return salted_hmac(use, text, algorithm="sha256").hexdigest()


@transaction.atomic
def claim(key: str, *, actor_id: str, body: bytes, at: datetime) -> Claim:
    """Claim the key for this body, durable on return.

    Raises IdempotencyKeyReused for another body. A claim that is not `first` was
    made earlier: look for its answer, and call `take_over` if there is none.
    """
    digest, kept_key = body_digest(body), key_digest(key)
    IdempotencyRecord.objects.filter(
        actor_id=actor_id, key_digest=kept_key, created_at__lt=at - REMEMBERED_FOR
    ).delete()
    record, created = IdempotencyRecord.objects.get_or_create(
        actor_id=actor_id,
        key_digest=kept_key,
        defaults={
            "body_digest": digest,
            "state": IdempotencyRecord.State.RUNNING,
            "answer_id": uuid4(),
            "created_at": at,
            "claimed_at": at,
        },
    )
    if not constant_time_compare(record.body_digest, digest):
        raise IdempotencyKeyReused
    return _claim_of(record, first=created)


@transaction.atomic
def take_over(earlier: Claim, *, at: datetime) -> Claim:
    """Run in place of a process that died before it made the answer.

    Raises IdempotencyTwinRunning while the claim is young enough to be alive.
    """
    record = IdempotencyRecord.objects.select_for_update().get(pk=earlier.record_id)
    if record.claimed_at > at - STALE_AFTER:
        raise IdempotencyTwinRunning
    record.claimed_at = at
    record.save(update_fields=["claimed_at"])
    return _claim_of(record, first=True)


def finish(claimed: Claim) -> None:
    """The answer is on record: the next request may be told of it at once."""
    IdempotencyRecord.objects.filter(pk=claimed.record_id).update(
        state=IdempotencyRecord.State.FINISHED
    )


def bind(claimed: Claim, made_id: UUID) -> None:
    """As `finish`, for what has an id of its own and does not take the claim's."""
    IdempotencyRecord.objects.filter(pk=claimed.record_id).update(
        state=IdempotencyRecord.State.FINISHED, answer_id=made_id
    )


def release(claimed: Claim) -> None:
    """Nothing was recorded (refused beforehand): let the same key try again."""
    IdempotencyRecord.objects.filter(
        pk=claimed.record_id, state=IdempotencyRecord.State.RUNNING
    ).delete()


def purge(*, at: datetime, limit: int) -> int:
    """Delete at most `limit` records whose keys may be used anew; returns how many.

    Oldest first. Rows that a request holds just now are left for the next time.
    """
    with transaction.atomic():
        rows = IdempotencyRecord.objects.select_for_update(skip_locked=True)
        old = rows.filter(created_at__lt=at - REMEMBERED_FOR).order_by("created_at")
        doomed = list(old.values_list("pk", flat=True)[:limit])
        deleted, _ = IdempotencyRecord.objects.filter(pk__in=doomed).delete()
    return deleted


def _claim_of(record: IdempotencyRecord, *, first: bool) -> Claim:
    return Claim(
        record_id=record.pk,
        answer_id=record.answer_id,
        first=first,
        finished=record.state == IdempotencyRecord.State.FINISHED,
        since=record.created_at,
    )
