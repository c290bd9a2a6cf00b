"""Database `keys` comes back from a backup, and a person who was erased comes back too."""

import pytest

from audit import queries
from audit.custody import erasure, holds
from audit.custody.erasure import ErasureState
from audit.custody.scopes import Scope
from audit.errors import LedgerUnavailable
from audit.models import DataKey, SubjectKey
from tests.integration.audit.conftest import ADA
from tests.integration.audit.test_erasure import (
    PATIENT,
    TASK,
    erased,
    readable,
    released,
    sealed_for,
    told,
)
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


class Backup:
    """The wrapped keys as they are now."""

    def __init__(self):
        self.data = {row.pk: row.wrapped for row in DataKey.objects.using("keys").all()}
        self.subjects = {
            row.pk: (row.wrapped, row.reference_hmac)
            for row in SubjectKey.objects.using("keys").all()
        }

    def restore(self):
        with tampering("audit_datakey", "audit_subjectkey", alias="keys") as execute:
            for pk, wrapped in self.data.items():
                execute(
                    "UPDATE audit_datakey SET wrapped = %s, destroyed_at = NULL"
                    " WHERE id = %s",
                    [wrapped, pk],
                )
            for pk, (wrapped, digest) in self.subjects.items():
                execute(
                    "UPDATE audit_subjectkey SET wrapped = %s, reference_hmac = %s,"
                    " destroyed_at = NULL WHERE id = %s",
                    [wrapped, digest, pk],
                )


@pytest.fixture
def came_back(log):
    """What was sealed for somebody, erased, and its keys restored since."""
    old = sealed_for(log, PATIENT)
    log.sign()
    backup = Backup()
    done = erased(log, Scope.of_subject(PATIENT))
    backup.restore()
    return old, done


def test_nothing_new_is_sealed_with_the_key_of_a_subject_who_was_erased(log, came_back):
    old, done = came_back
    new = sealed_for(log, PATIENT)
    assert readable(log, old, new) == [False, True]
    assert erasure.check_due(by=TASK, at=log.tick()) == 1
    assert erasure.check_due(by=TASK, at=log.tick()) == 0
    assert readable(log, old, new) == [False, True]
    assert len(told("content.erased")) == 1
    assert told("content.erasure_checked")[-1]["keys_found"] == 1
    assert erasure.by_id(done.id).state is ErasureState.DONE
    log.sign()
    assert log.verify().failures == ()


@pytest.mark.parametrize("crashes", [False, True], ids=["at_once", "after_a_crash"])
def test_what_was_sealed_with_a_key_that_a_hold_kept_is_told_when_it_goes(
    log, came_back, crashes, monkeypatch
):
    old, done = came_back
    held = holds.place(Scope.of_subject(PATIENT), reason="Claim", by=ADA, at=log.tick())
    new = sealed_for(log, PATIENT)
    log.sign()
    assert erasure.check_due(by=TASK, at=log.tick()) == 0, "held"
    assert readable(log, old, new) == [False, True]
    released(log, held)
    if crashes:
        crash_after_the_keys(log, monkeypatch)
    assert erasure.check_due(by=TASK, at=log.tick()) == 1
    assert erasure.check_due(by=TASK, at=log.tick()) == 0
    assert readable(log, old, new) == [False, False]
    first, again = told("content.erased")
    mine, index = str(new.entry_id), queries.entry(new.entry_id).index
    assert again["entries"] == [{"entry_id": mine, "key_id": mine, "index": index}]
    assert again["authorization_id"] == first["authorization_id"]
    assert again["backups_gone_at"] > first["backups_gone_at"]
    assert erasure.by_id(done.id).keys == 3
    log.sign()
    assert log.verify().failures == ()


def crash_after_the_keys(log, monkeypatch):
    """The keys' commit stands, that of the tombstones does not."""

    def crash(*_arguments, **_options):
        raise LedgerUnavailable("crash")

    monkeypatch.setattr(erasure, "_bury", crash)
    assert erasure.check_due(by=TASK, at=log.tick()) == 0
    monkeypatch.undo()
    log.sign()
    assert log.verify().failures == ()
