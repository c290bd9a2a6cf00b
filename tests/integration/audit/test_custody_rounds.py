"""Rounds of custody that meet trouble: one erasure's does not become another's."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections

from audit.custody import authorizations, erasure, holds, key_holds
from audit.custody.authorizations import State
from audit.custody.erasure import ErasureState
from audit.custody.scopes import Scope, ScopeKind
from audit.errors import ContentHeld
from audit.models import DataKey, KeyHold, LegalHold
from audit.sealing.data_keys import living_keys
from tests.integration.audit.conftest import ADA, in_threads
from tests.integration.audit.test_erasure import (
    BOB,
    EVERYTHING,
    PATIENT,
    TASK,
    approved,
    crash,
    erased,
    readable,
    released,
    sealed_for,
    told,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

LONG = timedelta(days=2)


@pytest.mark.parametrize("end", ["since", "until"])
def test_subjects_key_ends_under_a_hold_of_another_time_whatever_its_id(log, end):
    """The id of a subject's key is random: read as a time, it lies anywhere."""
    mine = sealed_for(log, PATIENT)
    away = timedelta(days=1 if end == "since" else -1)
    scope = Scope(ScopeKind.TIME, **{end: log.at + away})
    holds.place(scope, reason="Claim", by=ADA, at=log.tick())
    assert erased(log, Scope.of_subject(PATIENT)).state is ErasureState.DONE
    assert readable(log, mine) == [False]


def test_hold_that_only_the_keys_know_ends_an_erasure_and_no_round(log):
    mine, other = sealed_for(log, PATIENT), sealed_for(log, "another")
    begun = [
        erasure.begin(approved(log, Scope.of_subject(who)), by=BOB, at=log.tick())
        for who in (PATIENT, "another")
    ]
    subject_id = Scope.of_subject(PATIENT).id
    orphan = KeyHold.objects.using("keys").create(
        id=uuid4(), hold_id=uuid4(), subject_id=subject_id, placed_at=log.at - LONG
    )
    assert erasure.resume(by=TASK, at=log.tick()) == 2
    assert [erasure.by_id(one).state for one in begun] == [
        ErasureState.STOPPED,
        ErasureState.DONE,
    ]
    assert told("content.erasure_stopped")[0]["hold_ids"] == [str(orphan.hold_id)]
    assert readable(log, mine, other) == [True, False]


def test_round_goes_on_when_one_erasure_fails(log, monkeypatch):
    for who in (PATIENT, "another"):
        sealed_for(log, who)
        agreed = approved(log, Scope.of_subject(who))
        erasure.begin(agreed, by=BOB, at=log.tick())
    bury, first = erasure._bury, []

    def once(row, **how):
        if not first:
            first.append(row.id)
        return crash() if row.id == first[0] else bury(row, **how)

    monkeypatch.setattr(erasure, "_bury", once)
    assert erasure.resume(by=TASK, at=log.tick()) == 1
    monkeypatch.undo()
    assert erasure.resume(by=TASK, at=log.tick()) == 1


def test_keys_release_no_hold_that_the_records_have_lost(log, caplog):
    """As after a restore of `default`: only what was never committed has a seal."""
    lost, never = (
        KeyHold.objects.using("keys").create(
            id=uuid4(), hold_id=uuid4(), placed_at=log.at - LONG
        )
        for _ in range(2)
    )
    key_holds.seal(never.hold_id)
    assert holds.mirror(at=log.tick()) == 1
    assert holds.mirror(at=log.tick()) == 0
    in_force = KeyHold.objects.using("keys").filter(released_at=None)
    assert [row.hold_id for row in in_force] == [lost.hold_id]
    assert key_holds.lost() == [lost.hold_id]
    assert str(lost.hold_id) in caplog.text
    assert str(never.hold_id) not in caplog.text


def test_erasure_asks_the_keys_too_and_its_authorization_stays_good(log):
    mine = sealed_for(log, PATIENT)
    agreed = approved(log, Scope.of_subject(PATIENT))
    KeyHold.objects.using("keys").create(
        id=uuid4(), hold_id=uuid4(), placed_at=log.at - LONG
    )
    with pytest.raises(ContentHeld):
        erasure.execute(agreed, by=BOB, at=log.tick())
    assert authorizations.by_id(agreed).state is State.APPROVED
    assert readable(log, mine) == [True]


def test_release_that_a_crash_kept_from_the_keys_reaches_them_however_late(
    log, monkeypatch
):
    hold = holds.place(EVERYTHING, reason="Claim", by=ADA, at=log.tick())
    log.at += LONG
    monkeypatch.setattr(key_holds, "release", lambda _row: 0)
    released(log, hold)
    monkeypatch.undo()
    assert holds.mirror(at=log.tick()) == 1
    row = KeyHold.objects.using("keys").get()
    assert row.release_entry_id == LegalHold.objects.get().released_entry_id


def restored(entry_id, wrapped):
    """As a backup of `keys` from before the erasure has it."""
    with connections["keys"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_datakey DISABLE TRIGGER only_ends")
        cursor.execute(
            "UPDATE audit_datakey SET wrapped = %s, destroyed_at = NULL WHERE id = %s",
            [wrapped, entry_id],
        )
        cursor.execute("ALTER TABLE audit_datakey ENABLE ALWAYS TRIGGER only_ends")


@pytest.mark.parametrize("state", [ErasureState.DONE, ErasureState.CHECKED])
def test_erased_content_opens_for_nobody_when_the_keys_were_restored(log, state):
    mine = sealed_for(log)
    wrapped = DataKey.objects.using("keys").get(pk=mine.entry_id).wrapped
    done = erased(log, Scope(ScopeKind.ENTRY, mine.entry_id))
    if state is ErasureState.CHECKED:
        log.at += timedelta(days=8)
        erasure.check_due(by=TASK, at=log.tick())
    assert erasure.by_id(done.id).state is state
    restored(mine.entry_id, wrapped)
    assert readable(log, mine) == [False]
    assert erasure.check_due(by=TASK, at=log.tick()) == 1
    assert erasure.check_due(by=TASK, at=log.tick()) == 0
    assert living_keys([mine.entry_id], []) == 0
    assert told("content.erasure_checked")[-1]["keys_found"] == 1
    assert erasure.by_id(done.id).state is ErasureState.DONE


def test_erasure_is_checked_once_when_two_rounds_meet(log):
    sealed_for(log, PATIENT)
    erased(log, Scope.of_subject(PATIENT))
    log.at += timedelta(days=8)
    at, done = log.tick(), []
    in_threads(2, lambda _number: done.append(erasure.check_due(by=TASK, at=at)))
    assert sum(done) == 1
    assert len(told("content.erasure_checked")) == 1
