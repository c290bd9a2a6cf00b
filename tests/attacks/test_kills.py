"""kill -9 of every process, in loops, while others work on.

Caught by nothing, since nothing is wrong: what is shown is that no crash looks like
tampering. After each loop: what was acknowledged is there under its leaf hash, what was
rolled back is nowhere, a row and its entry are both there or neither, indices are
dense, no checkpoint anybody saw is gone, no alarm was raised, and the ledger verifies.
"""

import random
import signal
import time
from dataclasses import dataclass, field

import psycopg
import pytest

from tests.attacks.yard import Site, wait_until

pytestmark = pytest.mark.timeout(7200)


OPEN_QUESTIONS = """
SELECT count(*) FROM audit_entry AS asked
WHERE type = 'query.received' AND (
    SELECT count(*) FROM audit_entry AS ended WHERE ended.query_id = asked.entry_id
) <> 1
"""


@dataclass
class Watch:
    """An outsider who notes down what was seen between the kills."""

    site: Site
    notes: set[str] = field(default_factory=set)
    leaves: dict[int, bytes] = field(default_factory=dict)

    def look(self) -> None:
        self.notes |= {
            note
            for (note,) in self.site.rows(
                "SELECT note FROM audit_checkpoint ORDER BY size DESC LIMIT 5"
            )
        }
        tail = self.site.rows(
            "SELECT index, leaf_hash FROM audit_entry ORDER BY index DESC LIMIT 50"
        )
        for index, leaf in tail:
            assert self.leaves.setdefault(index, leaf) == leaf, index

    def check_seen(self) -> None:
        stored = {n for (n,) in self.site.rows("SELECT note FROM audit_checkpoint")}
        assert self.notes <= stored
        leaves = dict(self.site.rows("SELECT index, leaf_hash FROM audit_entry"))
        assert self.leaves.items() <= leaves.items()


def check_whole(site: Site, watch: Watch) -> dict[str, int]:
    """With sequencer and signer running; returns figures to be told."""
    site.sweep()
    site.settle()
    watch.look()
    watch.check_seen()
    told = site.told()
    kept = {words[2]: words[3] for words in told if words[0] == "kept"}
    entries = {
        str(i): leaf.hex()
        for i, leaf in site.rows("SELECT entry_id, leaf_hash FROM audit_entry")
    }
    assert kept.items() <= entries.items(), "an acknowledged entry is lost"
    check_rows(site, told)
    size = site.size()
    (lowest, highest, count) = site.rows(
        "SELECT min(index), max(index), count(*) FROM audit_entry"
    )[0]
    assert (lowest, highest, count) == (0, size - 1, size)
    assert site.alarms() == []
    assert site.number(OPEN_QUESTIONS) == 0
    report = site.verify()
    assert report["failures"] == []
    assert (report["ok"], report["tree_size"]) == (True, size)
    tried = sum(words[0] == "tried" for words in told)
    return {"tried": tried, "acknowledged": len(kept), "entries": size,
            "checkpoints": report["checkpoints"]}  # fmt: skip


def check_rows(site: Site, told: list[list[str]]) -> None:
    """A row of the domain and its entry stand or fall together."""
    rows = {slug for (slug,) in site.rows("SELECT slug FROM ingestion_collection")}
    of_entries = [
        slug
        for (slug,) in site.rows(
            "SELECT convert_from(body, 'UTF8')::jsonb #>> '{fields,slug}'"
            " FROM audit_entry WHERE type = 'collection.created'"
        )
    ]
    assert len(of_entries) == len(set(of_entries))
    assert set(of_entries) == rows
    gone = {words[1] for words in told if words[0] == "rolled-back"}
    known = {words[1] for words in told if words[0] == "kept"}
    assert not (gone - known) & rows
    assert rows <= {words[1] for words in told if words[0] == "tried"}


def a_moment(longest: float = 0.25) -> None:
    time.sleep(random.uniform(0.0, longest))


def tell(what: str, figures: dict[str, int], began: float) -> None:
    print(f"\n{what}: {figures} in {time.monotonic() - began:.0f} s")


def test_nothing_acknowledged_is_lost_when_the_application_is_killed(site, rounds):
    began, watch = time.monotonic(), Watch(site)
    running = [site.sequencer(), site.signer()]
    for number in range(rounds):
        writers = [site.writer(f"told-{number}-{n}") for n in range(2)]
        expected = len(site.told())
        wait_until(lambda: len(site.told()) > expected)  # noqa: B023
        a_moment()
        for writer in writers:
            writer.kill()
        watch.look()
    figures = check_whole(site, watch)
    assert figures["acknowledged"] > 0
    tell(f"application killed {2 * rounds} times", figures, began)
    assert [process.stop() for process in running] == [0, 0]


@pytest.mark.parametrize("victim", ["sequencer", "signer"])
def test_nothing_is_lost_or_alarmed_when_it_is_killed(site, rounds, victim):
    began, watch = time.monotonic(), Watch(site)
    writer = site.writer(pause=0.01)
    other = site.signer() if victim == "sequencer" else site.sequencer()
    reached = site.size if victim == "sequencer" else site.signed
    for number in range(rounds):
        process = getattr(site, victim)()
        if number % 4 == 0:
            before = reached()
            wait_until(lambda: reached() > before)  # noqa: B023
        a_moment()
        process.kill()
        watch.look()
    writer.signal(signal.SIGKILL)
    writer.wait()
    last = getattr(site, victim)()
    figures = check_whole(site, watch)
    tell(f"{victim} killed {rounds} times", figures, began)
    assert [last.stop(), other.stop()] == [0, 0]


def test_nothing_is_lost_or_alarmed_when_the_database_is_killed(site, rounds):
    began, watch = time.monotonic(), Watch(site)
    writers = [site.writer(f"told-{n}", pause=0.01) for n in range(2)]
    running = [site.sequencer(), site.signer()]
    for number in range(rounds):
        if number % 4 == 0:
            before = site.signed()
            wait_until(lambda: site.signed() > before, 60)  # noqa: B023
        a_moment()
        watch.look()
        site.yard.kill_postmaster()
        site.yard.start_postmaster()
        wait_until(lambda: _answers(site), 60)
    for writer in writers:
        writer.kill()
    figures = check_whole(site, watch)
    tell(f"postmaster killed {rounds} times", figures, began)
    assert [process.stop() for process in running] == [0, 0]


def _answers(site: Site) -> bool:
    try:
        site.size()
    except psycopg.OperationalError:
        return False
    return True
