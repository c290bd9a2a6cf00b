"""`default` is dumped by `pg_dump` and restored by `pg_restore`, with all standing still.

Told by the signer as soon as it runs again, who signs nothing; then by verification and
by whoever holds a checkpoint. What a dump leaves out of the guards would be as bad: they
are compared. Two people open the next shard, also if the dump does not know the last.
"""

from django.db import connections

from tests.attacks.publishing import publish
from tests.attacks.test_backups import alarms, open_shard, publish_again
from tests.attacks.yard import Site, wait_until

GUARDS = """
SELECT tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger
WHERE NOT tgisinternal
UNION ALL
SELECT conrelid::regclass::text, conname, contype::text FROM pg_constraint
UNION ALL
SELECT oid::regclass::text, '', (
    SELECT string_agg(word::text, ' ' ORDER BY word::text) FROM unnest(
        coalesce(relacl, acldefault('r', relowner))) AS word
) FROM pg_class WHERE relname LIKE 'audit%%' AND relkind IN ('r', 'p')
ORDER BY 1, 2, 3
"""


UNSIGNED = """
SELECT size - coalesce((SELECT max(size) FROM audit_checkpoint AS note
                        WHERE note.shard = head.shard), 0) FROM audit_head AS head
"""


class Dump:
    """The records as `pg_dump` writes them down, of one moment."""

    def __init__(self, site: Site) -> None:
        self._site, self._name = site, site.names["default"]
        self._file = site.yard.cluster.home / f"{self._name}.dump"
        self._run("pg_dump", "--format=custom", f"--file={self._file}")

    def restore(self) -> None:
        """Into a fresh database of the same name; nothing may be connected to it."""
        connections.close_all()
        yard = self._site.yard
        yard.drop({"default": self._name})
        yard.create(self._name)
        self._run("pg_restore", "--exit-on-error", str(self._file))

    def _run(self, program: str, *options: str) -> None:
        cluster = self._site.yard.cluster
        address = f"--dbname={cluster.url(self._name)}"
        done = cluster._run([str(cluster._programs / program), address, *options])
        assert done.returncode == 0, done.stderr


def write_more(site, told, count=6):
    running = [site.sequencer(), site.signer()]
    site.writer(told, count=count, roll_back=0.0).wait()
    site.settle()
    wait_until(lambda: site.number(UNSIGNED) == 0)
    for process in running:
        assert process.stop() == 0


def signer_refuses(site, signed):
    signer = site.signer()
    wait_until(lambda: "history_rewritten" in alarms(site))
    wait_until(lambda: site.signed() == signed)
    signer.stop()
    assert site.signed() == signed


def test_restored_dump_is_refused_and_two_people_go_on(site, log, auditor, tmp_path):
    site.fill(6)
    dump, guards = Dump(site), site.rows(GUARDS)
    write_more(site, "told-more")
    held, last, signed = site.note(), site.size(), site.signed()
    assert auditor.monitor(publish(tmp_path / "before"))["holds"]

    dump.restore()
    assert site.rows(GUARDS) == guards
    assert site.size() < last
    signer_refuses(site, signed)
    assert not log.verify(held_checkpoint=held).ok
    assert not log.verify().ok, "the signer put back what it had signed"
    assert not auditor.monitor(publish_again(site, log, tmp_path))["holds"]

    opening = open_shard(log)
    assert opening.lost_to == signed
    write_more(site, "told-after")
    report = log.verify()
    assert report.failures == ()
    lost = [(loss.first, loss.end) for loss in report.lost]
    assert lost == [(opening.lost_from, signed)]


def test_restored_dump_of_this_very_moment_is_no_alarm(site):
    """The untampered twin."""
    site.fill(6)
    dump = Dump(site)
    dump.restore()
    write_more(site, "told-more")
    assert site.alarms() == []
    assert site.verify()["failures"] == []


def test_dump_from_before_the_last_shard_is_refused_and_two_people_go_on(
    site, log, auditor, tmp_path
):
    site.fill(6)
    dump = Dump(site)
    write_more(site, "told-more")
    open_shard(log)
    write_more(site, "told-in-the-second")
    second = site.number("SELECT max(first_index) FROM audit_shard")
    end = site.number("SELECT max(first_index + size) FROM audit_head")
    held = site.note()
    assert log.verify(held_checkpoint=held).ok

    dump.restore()
    kept = site.number("SELECT count(*) FROM audit_entry")
    signer = site.signer()
    wait_until(lambda: "history_rewritten" in alarms(site))
    signer.stop()
    assert not log.verify(held_checkpoint=held).ok

    opening = open_shard(log, after=2)
    assert opening.shard == 3
    assert (opening.lost_from, opening.lost_to) == (kept, end)
    assert kept < second
    write_more(site, "told-after")
    report = log.verify()
    # The entry by which the first key vouched for the second is among what is lost.
    assert {failure.message for failure in report.failures} == {
        "there is no public key to check it with"
    }
    assert {failure.layer for failure in report.failures} == {"signature"}
    lost = [(loss.first, loss.end) for loss in report.lost]
    assert lost == [(kept, end)]
