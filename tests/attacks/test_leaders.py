"""Two sequencers, two signers, and one that was paused past its time.

The advisory lock lets one sequencer lead, and the epoch in the head row fences one that
comes back; a lock on its directory lets one signer work, the generation of its memory
and its own notes in the database stop a copy of that directory.
"""

import json
import shutil
import signal
import time

import pytest

from audit.errors import Fenced
from audit.sequencing import sequencer
from tests.attacks.yard import wait_until

LEADERS = """
SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND datname = current_database()
    AND usename = 'clinrag_sequencer' AND objsubid = 1
"""


def leaders(site):
    return {pid for (pid,) in site.rows(LEADERS)}


def check_dense(site):
    size = site.size()
    (found,) = site.rows("SELECT count(*), min(index), max(index) FROM audit_entry")
    assert found == (size, 0, size - 1)
    assert site.alarms() == []
    assert site.verify()["ok"]


def test_of_two_sequencers_one_leads(site):
    running = [site.sequencer(), site.sequencer(), site.signer()]
    writers = [site.writer(f"told-{n}", count=30) for n in range(3)]
    wait_until(lambda: site.size() > 10)
    assert len(leaders(site)) == 1
    for writer in writers:
        writer.wait()
    site.settle()
    check_dense(site)
    assert [process.stop() for process in running] == [0, 0, 0]


def test_paused_sequencer_is_fenced_when_it_comes_back(site, rounds):
    """Stopped at any moment, its session ended as by a failover, then let go on."""
    running = [site.sequencer(), site.signer()]
    writer = site.writer(pause=0.005)
    for _ in range(min(rounds, 20)):
        wait_until(lambda: leaders(site))
        before = site.size()
        wait_until(lambda: site.size() > before)  # noqa: B023
        paused, standby = running[0], site.sequencer()
        time.sleep(0.01)
        paused.signal(signal.SIGSTOP)
        site.rows(f"SELECT pg_terminate_backend(pid) FROM ({LEADERS}) AS l")
        before = site.size()
        wait_until(lambda: site.size() > before)  # noqa: B023
        paused.signal(signal.SIGCONT)
        before = site.size()
        wait_until(lambda: site.size() > before)  # noqa: B023
        paused.kill()
        running[0] = standby
    writer.kill()
    site.settle()
    check_dense(site)
    assert [process.stop() for process in running] == [0, 0]


def test_leader_of_an_older_epoch_writes_nothing(log, site):
    log.append()
    epoch = sequencer.take_lead()
    assert sequencer.sequence_batch(epoch, at=log.tick()) == 1
    log.append()
    with site.connect() as rival:
        rival.execute("UPDATE audit_head SET epoch = epoch + 1")
    with pytest.raises(Fenced):
        sequencer.sequence_batch(epoch, at=log.tick())
    sequencer.give_up_lead()
    assert (site.size(), log.sequence()) == (1, 1)
    assert log.verify().ok


def test_second_signer_of_one_directory_does_not_start(site):
    first = site.signer()
    site.writer(count=3).wait()
    running = site.sequencer()
    site.settle()
    second = site.signer()
    assert second.wait() != 0
    site.writer("told-more", count=3).wait()
    site.settle()
    check_dense_but_for(site, second)
    assert [first.stop(), running.stop()] == [0, 0]


def check_dense_but_for(site, refused):
    """The refusal is told where it happened, and in no alarm about the log."""
    assert site.rows("SELECT kind FROM audit_alarm") == []
    assert any("Another signer" in json.dumps(line) for line in refused.said())
    assert site.verify()["ok"]


def test_paused_signer_goes_on_when_it_comes_back(site):
    """Its lock is held meanwhile, so nobody signs in its place."""
    running = [site.signer(), site.sequencer()]
    writer = site.writer(pause=0.01)
    wait_until(lambda: site.signed() > 3)
    running[0].signal(signal.SIGSTOP)
    before = site.signed()
    wait_until(lambda: site.size() > before + 5)
    assert site.signer().wait() != 0
    running[0].signal(signal.SIGCONT)
    wait_until(lambda: site.signed() > before)
    writer.kill()
    site.settle()
    assert site.rows("SELECT kind FROM audit_alarm") == []
    assert site.verify()["ok"]
    assert [process.stop() for process in running] == [0, 0]


def test_copy_of_the_signers_directory_is_refused_once_it_is_old(site):
    """It would sign the same tree, so there is no fork; but it is told as an alarm."""
    site.fill(3)
    copy = site.folder / "copy"
    shutil.copytree(site.folder / "signer", copy)
    running = [site.signer(), site.sequencer()]
    site.writer("told-more", count=4).wait()
    site.settle()
    stale = site.start_signer_of(copy)
    wait_until(lambda: site.rows("SELECT kind FROM audit_alarm"))
    assert {k for (k,) in site.rows("SELECT kind FROM audit_alarm")} == {
        "signer_state_stale"
    }
    stale.kill()
    assert site.verify()["ok"]
    site.writer("told-most", count=4).wait()
    site.settle()
    assert site.verify()["ok"], "the true signer goes on"
    assert [process.stop() for process in running] == [0, 0]


def test_two_signers_at_once_never_sign_different_trees(site):
    """Of copies of one directory at the same moment: whoever is second is stale."""
    site.fill(3)
    copy = site.folder / "copy"
    shutil.copytree(site.folder / "signer", copy)
    running = [site.signer(), site.start_signer_of(copy), site.sequencer()]
    writer = site.writer("told-more", pause=0.01)
    wait_until(lambda: site.signed() > 20)
    writer.kill()
    site.settle()
    assert site.verify()["ok"]
    for process in running:
        process.kill()
