"""An old base backup is restored under a running signer.

Caught by the signer at once, who has signed more than is there; then by whoever holds a
checkpoint. Nothing mends it in silence: two people open the next shard, whose first
entry names what is lost, and from then on the ledger verifies again.
"""

import shutil

from django.db import connections

from audit import shards
from audit.custody import authorizations
from audit.custody.authorizations import Action
from audit.signing import changes
from tests.attacks.publishing import publish
from tests.attacks.yard import Site, wait_until
from tests.integration.audit.conftest import ADA
from tests.integration.exports.conftest import BOB


class Backup:
    """A base backup of the yard's cluster, as `pg_basebackup` makes it."""

    def __init__(self, site: Site) -> None:
        self._yard = site.yard
        cluster = site.yard.cluster
        self._at = cluster.home / "backup"
        self._run(
            cluster._programs / "pg_basebackup", "--pgdata", self._at,
            "--wal-method", "stream", "--checkpoint", "fast",
            "--dbname", cluster.url("postgres"),
        )  # fmt: skip

    def restore(self) -> None:
        """In the place of what has gone on since; what connects meanwhile must wait."""
        place = self._yard.cluster.home / "cluster"
        self._yard.kill_postmaster()
        shutil.rmtree(place)
        self._at.rename(place)
        self._yard.start_postmaster()

    def _run(self, *command: object) -> None:
        done = self._yard.cluster._run([str(word) for word in command])
        assert done.returncode == 0, done.stderr


def alarms(site):
    return {kind for (kind,) in site.rows("SELECT kind FROM audit_alarm")}


def test_restored_backup_is_refused_by_the_running_signer(site, log, auditor, tmp_path):
    site.fill(6)
    backup = Backup(site)
    running = [site.sequencer(), site.signer()]
    site.writer("told-more", count=6, roll_back=0.0).wait()
    site.settle()
    held, last, signed = site.note(), site.size(), site.signed()
    assert log.verify(held_checkpoint=held).ok
    assert auditor.monitor(publish(tmp_path / "before"))["holds"]

    backup.restore()
    connections.close_all()
    assert site.size() < last
    wait_until(lambda: "history_rewritten" in alarms(site))
    wait_until(lambda: site.signed() == signed)
    for process in running:
        process.stop()
    assert not log.verify(held_checkpoint=held).ok
    assert not log.verify().ok, "the signer put back what it had signed"
    assert not auditor.monitor(publish_again(site, log, tmp_path))["holds"]

    opening = open_shard(log)
    assert opening.lost_to == signed
    assert opening.lost_from <= site.number("SELECT count(*) FROM audit_entry")
    running = [site.sequencer(), site.signer()]
    site.writer("told-after", count=4, roll_back=0.0).wait()
    site.settle()
    for process in running:
        assert process.stop() == 0
    report = log.verify()
    assert report.failures == ()
    assert [(loss.first, loss.end) for loss in report.lost] == [
        (opening.lost_from, signed)
    ]


def publish_again(site, log, tmp_path):
    """What a deployment would serve that hides the signer's last checkpoint."""
    with site.connect() as superuser:
        superuser.execute(b"ALTER TABLE audit_checkpoint DISABLE TRIGGER ALL")
        superuser.execute(
            b"CREATE TABLE hidden AS SELECT * FROM audit_checkpoint"
            b" WHERE size > (SELECT size FROM audit_head)"
        )
        superuser.execute(
            b"DELETE FROM audit_checkpoint WHERE size > (SELECT size FROM audit_head)"
        )
        folder = publish(tmp_path / "after")
        superuser.execute(b"INSERT INTO audit_checkpoint SELECT * FROM hidden")
        superuser.execute(b"DROP TABLE hidden")
        superuser.execute(b"ALTER TABLE audit_checkpoint ENABLE TRIGGER ALL")
        for trigger in (b"kept", b"kept_whole"):
            superuser.execute(
                b"ALTER TABLE audit_checkpoint ENABLE ALWAYS TRIGGER " + trigger
            )
    return folder


def open_shard(log, *, after=1):
    asked = authorizations.request(
        Action.SHARD_OPENING,
        scope=shards.opening_scope(after),
        reason="The disk was lost",
        by=ADA,
        at=log.tick(),
    )
    agreed = authorizations.approve(asked.id, by=BOB, at=log.tick())
    return changes.open_shard(
        log.files, authorization_id=agreed.id, by=BOB, at=log.tick()
    )


def test_restored_backup_of_this_very_moment_is_no_alarm(site):
    """The untampered twin: nothing was signed since, so nothing is missing."""
    site.fill(6)
    backup = Backup(site)
    running = [site.sequencer(), site.signer()]
    backup.restore()
    site.writer("told-more", count=4).wait()
    site.settle()
    assert site.alarms() == []
    assert site.verify()["failures"] == []
    for process in running:
        assert process.stop() == 0


def test_signer_whose_folder_is_younger_than_the_records_refuses_each_time(site):
    """Started anew after the restore: it says so, and goes on saying it."""
    site.fill(6)
    backup = Backup(site)
    running = [site.sequencer(), site.signer()]
    site.writer("told-more", count=6, roll_back=0.0).wait()
    site.settle()
    signed = site.signed()
    for process in running:
        process.stop()
    backup.restore()
    for _ in range(2):
        signer = site.signer()
        wait_until(lambda: "history_rewritten" in alarms(site))
        signer.stop()
    assert site.signed() == signed, "its last note is there for all to see"
    assert site.number("SELECT count(*) FROM audit_alarm") == 1
    assert not site.verify()["ok"]
