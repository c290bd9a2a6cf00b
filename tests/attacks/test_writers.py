"""Many writers at once, late commits, repeated requests, clocks that jump, a new key.

None of these is an attack; each has broken a log before. Nothing may be lost, given two
indices, or look like tampering.
"""

import time
from datetime import UTC, datetime, timedelta

import pytest

from audit import queries
from audit.actors import Actor, ActorKind
from audit.custody import authorizations
from audit.custody.authorizations import Action
from audit.errors import LedgerUnavailable, QueryAlreadyClosed
from audit.events import AnswerLost
from audit.models import Alarm, Entry
from audit.signing import changes, desk
from tests.attacks.history import bodies, rewrite
from tests.attacks.publishing import publish
from tests.attacks.test_kills import Watch, check_whole, tell
from tests.attacks.yard import wait_until
from tests.integration.audit.conftest import (
    ADA,
    answer_lost,
    in_threads,
    query_received,
)

WRITERS = 64
BOB = Actor(ActorKind.PERSON, "user:8", "Bob", "session")


def test_sixty_four_writers_with_rollbacks_lose_nothing(site):
    began, watch = time.monotonic(), Watch(site)
    running = [site.sequencer(), site.signer()]
    writers = [site.writer(f"told-{n}", count=6, roll_back=0.4) for n in range(WRITERS)]
    for writer in writers:
        assert writer.wait() == 0
    figures = check_whole(site, watch)
    told = site.told()
    assert sum(words[0] == "rolled-back" for words in told) > WRITERS
    tell(f"{WRITERS} writers", figures, began)
    for process in running:
        assert process.stop() == 0


def test_transaction_that_commits_late_gets_a_later_index_and_no_gap(site):
    """Indices are given after the commit: who lingers holds nobody up."""
    running = [site.sequencer(), site.signer()]
    late = site.writer("told-late", count=1, roll_back=0.0, linger=2.5)
    wait_until(lambda: len(site.told()) >= 1)
    time.sleep(0.1)
    site.writer("told-soon", count=20, roll_back=0.0).wait()
    site.settle()
    before = site.signed()
    assert before >= 20, "nobody waited for it"
    late.wait()
    site.settle()
    check_whole(site, Watch(site))
    words = [w for w in site.told() if w[0] == "kept"]
    late_id = (site.folder / "told-late").read_text().split()[-2]
    (index,) = site.rows("SELECT index FROM audit_entry WHERE entry_id = %s", late_id)[
        0
    ]
    assert index >= before
    assert len({w[2] for w in words}) == len(words)
    for process in running:
        assert process.stop() == 0


def test_same_end_twice_is_one_end(log):
    """Eight at once: exactly one is recorded, the others are told so."""
    asked = log.append(query_received())
    outcomes = []

    def end(_number):
        try:
            log.append(answer_lost(asked))
        except QueryAlreadyClosed:
            outcomes.append(False)
        else:
            outcomes.append(True)

    in_threads(8, end)
    assert sorted(outcomes) == [False] * 7 + [True]
    log.sign()
    assert log.verify().ok
    assert Entry.objects.filter(type="answer.lost").count() == 1


JUMPS = (
    timedelta(0), timedelta(days=-3650), timedelta(days=200), timedelta(hours=-1),
    timedelta(seconds=-1), timedelta(days=-40), timedelta(0),
)  # fmt: skip


def test_clock_jumps_change_no_order_and_raise_no_alarm(log, site, auditor, tmp_path):
    """Index order is the legal order; a clock is evidence and nothing else."""
    start = datetime.now(UTC)
    ids = []
    for jump in JUMPS:
        log.at = start + jump
        ids.append(log.append(query_received(), question="x").entry_id)
        log.append(answer_lost_of(ids[-1]))
        log.sequence()
        assert desk._tick(log.desk(), now=log.tick) is True
    log.at = start + timedelta(minutes=5)
    found = list(
        Entry.objects.filter(entry_id__in=ids).order_by("index")
        .values_list("entry_id", flat=True)
    )  # fmt: skip
    assert found == ids
    assert Alarm.objects.count() == 0
    assert log.verify().failures == ()
    assert auditor.fsck(publish(tmp_path / "log"))["holds"]


def answer_lost_of(entry_id):
    return AnswerLost(query_entry_id=str(entry_id), answer_id="a1")


def test_clock_far_ahead_stops_recording_and_not_the_log(log):
    """There is a year of partitions: beyond it nothing is recorded, so nothing leaves."""
    log.fill(1)
    now = log.at
    log.at = datetime.now(UTC) + timedelta(days=3650)
    with pytest.raises(LedgerUnavailable):
        log.append(query_received(), question="x")
    log.at = now
    log.append(query_received("a2"), question="x")
    assert log.sign() is not None
    assert log.verify().ok


def test_alarm_stands_although_the_clock_was_put_back(log, superuser):
    log.fill(5)
    rewrite(superuser, log, bodies()[:3])
    log.at -= timedelta(days=30)
    assert desk._tick(log.desk(), now=log.tick) is False
    assert queries.ledger_state().alarms == ("history_rewritten",)


def test_key_changes_while_writers_write(site, log, auditor, tmp_path):
    """Who knows the old key follows the entry that both signed to the new one."""
    site.fill(5)
    assert auditor.monitor(publish(tmp_path / "before"))["holds"]
    running = [site.sequencer(), site.signer()]
    writers = [site.writer(f"told-{n}", pause=0.01) for n in range(3)]
    wait_until(lambda: site.signed() > 10)
    log.at = datetime.now(UTC)
    old = log.files.read_key().verifier
    asked = authorizations.request(
        Action.KEY_ROTATION,
        scope=changes.rotation_scope(old.name),
        reason="Planned",
        by=ADA,
        at=log.tick(),
    )
    agreed = authorizations.approve(asked.id, by=BOB, at=log.tick())
    new = changes.rotate_key(
        log.files, authorization_id=agreed.id, by=BOB, at=log.tick()
    )
    before = site.size()
    wait_until(lambda: site.signed() > before + 10)
    for writer in writers:
        writer.kill()
    check_whole(site, Watch(site))
    assert log.files.read_key().verifier == new != old
    folder = publish(tmp_path / "after")
    assert auditor.monitor(folder)["holds"]
    found = auditor.fsck(folder)
    assert (found["holds"], len(found["rotations"])) == (True, 1)
    for process in running:
        assert process.stop() == 0
