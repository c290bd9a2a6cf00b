"""A verification as work: progress that outlives its watcher, an outcome, its end."""

from datetime import UTC, datetime, timedelta

import pytest

from audit import tasks
from audit.errors import VerificationUnknown
from audit.identifiers import new_id
from audit.models import VerificationRun
from audit.verification import Progress, Range, runs
from audit.verification.runs import LOST_AFTER, WAITS_AT_MOST, State
from tests.integration.audit.conftest import ADA
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

T0 = datetime.now(UTC)

# What somebody who owns the tables could do, the leaf's own hash included.
REWRITE = r"""
    UPDATE audit_entry SET body = body || ' '::bytea,
        leaf_hash = sha256('\x00' || body || ' '::bytea) WHERE index = 2
"""


@pytest.fixture
def five(log):
    for _ in range(5):
        log.append()
    log.sequence()
    log.sign()
    return log


def now(run_id):
    return runs.by_id(run_id, at=VerificationRun.objects.get(pk=run_id).attended_at)


def asked(only=None, at=T0):
    return runs.ask(only=only, by=ADA, at=at).id


def test_whole_log_is_verified_and_the_outcome_kept(five):
    run_id = asked()
    tasks.run_verification(str(run_id))
    found = now(run_id)
    assert (found.state, found.covers) == (State.HELD, 4)
    assert found.report["entries"] == 5
    assert runs.last_found(at=T0, whole=True) == found


def test_range_covers_its_last_entry_and_is_no_verification_of_the_whole(five):
    run_id = asked(Range(1, 3))
    tasks.run_verification(str(run_id))
    assert (now(run_id).state, now(run_id).covers) == (State.HELD, 2)
    assert runs.last_found(at=T0).id == run_id
    assert runs.last_found(at=T0, whole=True) is None


def test_altered_entry_is_an_outcome_with_its_failures(five):
    with tampering("audit_entry") as execute:
        execute(REWRITE)
    run_id = asked()
    tasks.run_verification(str(run_id))
    assert now(run_id).state is State.BROKEN
    assert now(run_id).report["failures"][0]["index"] == 2


def test_second_request_finds_the_one_under_way(five):
    first = asked()
    assert asked(Range(0, 1), at=T0 + timedelta(seconds=1)) == first
    tasks.run_verification(str(first))
    assert asked(at=T0 + timedelta(seconds=2)) != first


def test_same_task_twice_runs_once(five):
    run_id = asked()
    tasks.run_verification(str(run_id))
    finished = now(run_id).finished_at
    tasks.run_verification(str(run_id))
    assert now(run_id).finished_at == finished


def test_run_that_nobody_works_on_is_lost_and_another_begins(five):
    run_id = asked()
    runs.begin(run_id, at=T0)
    runs.note(run_id, Progress("entry", 2, 5), at=T0)
    late = T0 + LOST_AFTER + timedelta(seconds=1)
    assert runs.by_id(run_id, at=late).state is State.LOST
    assert runs.by_id(run_id, at=late).done == 2
    assert asked(at=late) != run_id


def test_run_that_no_worker_takes_up_is_lost_in_the_end(five):
    run_id = asked()
    assert runs.by_id(run_id, at=T0 + LOST_AFTER * 2).state is State.WAITING
    late = T0 + WAITS_AT_MOST + timedelta(seconds=1)
    assert runs.by_id(run_id, at=late).state is State.LOST


def test_verification_that_stops_says_nothing_about_the_log(five, monkeypatch):
    def stopped(**_options):
        raise OSError

    monkeypatch.setattr(tasks, "verify", stopped)
    run_id = asked()
    with pytest.raises(OSError):  # noqa: PT011
        tasks.run_verification(str(run_id))
    assert now(run_id).state is State.FAILED
    assert runs.last_found(at=T0) is None


def test_unknown_verification_is_refused(five):
    with pytest.raises(VerificationUnknown):
        runs.by_id(new_id(T0), at=T0)
