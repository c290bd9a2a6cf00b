"""One effect per key, through crashes too."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from clinrag.access.errors import IdempotencyKeyReused, IdempotencyTwinRunning
from clinrag.access.idempotency import (
    REMEMBERED_FOR,
    STALE_AFTER,
    Claim,
    claim,
    finish,
    purge,
    release,
    take_over,
)
from clinrag.access.models import IdempotencyRecord
from clinrag.access.tasks import purge_idempotency_records
from tests.integration.access.conftest import NOW

pytestmark = pytest.mark.django_db


def make(key="k", actor_id="key:1", body=b"question", at=NOW) -> Claim:
    return claim(key, actor_id=actor_id, body=body, at=at)


def test_claim_leads_to_the_same_answer_when_made_again() -> None:
    first, second = make(), make()
    assert first.first
    assert not second.first
    assert second.answer_id == first.answer_id


def test_claim_is_refused_when_the_body_differs() -> None:
    make()
    with pytest.raises(IdempotencyKeyReused):
        make(body=b"another question")


def test_claims_are_apart_when_the_caller_or_key_differs() -> None:
    ids = {make().answer_id, make(actor_id="key:2").answer_id, make("l").answer_id}
    assert len(ids) == 3


def test_claim_is_taken_over_only_when_it_is_old() -> None:
    first = make()
    with pytest.raises(IdempotencyTwinRunning):
        take_over(make(), at=NOW + STALE_AFTER - timedelta(seconds=1))
    taken = take_over(make(), at=NOW + STALE_AFTER)
    assert taken.first
    assert taken.answer_id == first.answer_id
    with pytest.raises(IdempotencyTwinRunning):
        take_over(make(), at=NOW + STALE_AFTER)


def test_claim_is_free_again_when_released_but_not_when_finished() -> None:
    release(make())
    again = make()
    assert again.first
    finish(again)
    release(again)
    assert make().finished


def test_claim_is_forgotten_when_it_is_very_old() -> None:
    first = make()
    assert make(at=NOW + REMEMBERED_FOR).answer_id == first.answer_id
    later = make(at=NOW + REMEMBERED_FOR + timedelta(seconds=1), body=b"another")
    assert later.first


@pytest.mark.django_db(transaction=True)
def test_claim_is_first_for_one_of_many_at_once() -> None:
    barrier = threading.Barrier(8)

    def work(_number: int) -> Claim:
        barrier.wait()
        try:
            return make()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(work, range(8)))
    assert sum(one.first for one in claims) == 1
    assert len({one.answer_id for one in claims}) == 1


def test_record_holds_nothing_of_the_question_or_the_key() -> None:
    make(key="somebody-943-476-5919", body=b"a question about somebody")
    assert "somebody" not in str(IdempotencyRecord.objects.values().get())


def test_purge_deletes_the_oldest_forgotten_ones_a_batch_at_a_time() -> None:
    for day in range(5):
        make(f"k{day}", at=NOW + timedelta(days=day))
    at = NOW + REMEMBERED_FOR + timedelta(days=3)  # k0, k1, k2 are forgotten
    assert purge(at=at, limit=2) == 2
    kept = IdempotencyRecord.objects.order_by("created_at")
    assert list(kept.values_list("created_at", flat=True)) == [
        NOW + timedelta(days=day) for day in (2, 3, 4)
    ]
    assert purge(at=at, limit=2) == 1
    assert purge(at=at, limit=2) == 0
    assert IdempotencyRecord.objects.count() == 2


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.django_db(transaction=True)
def test_purge_leaves_a_record_that_a_request_holds() -> None:
    make("held")
    make("free")
    at = NOW + REMEMBERED_FOR + timedelta(days=1)
    held = IdempotencyRecord.objects.order_by("pk").first()

    def purge_elsewhere() -> int:
        try:
            return purge(at=at, limit=10)
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        IdempotencyRecord.objects.select_for_update().get(pk=held.pk)
        assert pool.submit(purge_elsewhere).result() == 1
    assert IdempotencyRecord.objects.get().pk == held.pk


def test_task_purges_what_is_forgotten_and_nothing_else() -> None:
    now = timezone.now()
    make("old", at=now - REMEMBERED_FOR - timedelta(minutes=1))
    make("young", at=now - REMEMBERED_FOR + timedelta(minutes=1))
    assert purge_idempotency_records() == 1
    assert IdempotencyRecord.objects.count() == 1
