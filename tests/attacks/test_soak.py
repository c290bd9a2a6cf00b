"""A while of ordinary work with everything that may go wrong: no false alarm.

Every process is killed or paused at random moments, the database too, and the ledger is
verified again and again while it grows. `ATTACK_SOAK_SECONDS` says how long.
"""

import os
import random
import signal
import time

import psycopg
import pytest

from tests.attacks.test_kills import Watch, check_whole, tell
from tests.attacks.yard import Process, Site, wait_until

SECONDS = float(os.environ.get("ATTACK_SOAK_SECONDS", "8"))

pytestmark = pytest.mark.timeout(SECONDS + 600)


class Ward:
    """What runs in a deployment, each with somebody who starts it again."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.kills = dict.fromkeys(
            ("writer", "sequencer", "standby", "signer", "postmaster", "paused"), 0
        )
        self.verified = 0
        self._writers = 0
        self.running: dict[str, Process] = {}
        for name in ("sequencer", "standby", "signer", "writer"):
            self.begin(name)

    def begin(self, name: str) -> None:
        if name == "writer":
            self._writers += 1
            told = f"told-{self._writers}"
            self.running[name] = self.site.writer(told, pause=0.01)
            return
        start = self.site.signer if name == "signer" else self.site.sequencer
        self.running[name] = start()

    def trouble(self) -> None:
        what = random.choice([*self.running, "postmaster", "paused"])
        self.kills[what] += 1
        if what == "postmaster":
            self.site.yard.kill_postmaster()
            self.site.yard.start_postmaster()
        elif what == "paused":
            process = random.choice(list(self.running.values()))
            process.signal(signal.SIGSTOP)
            time.sleep(random.uniform(0.0, 1.0))
            process.signal(signal.SIGCONT)
        else:
            self.running[what].kill()
            self.begin(what)

    def verify(self) -> None:
        """While it grows: what is written meanwhile must not look like tampering."""
        report = self.site.verify()
        assert report["failures"] == []
        self.verified += 1


def test_no_false_alarm_while_everything_goes_wrong_that_may(site):
    began, watch, ward = time.monotonic(), Watch(site), Ward(site)
    wait_until(lambda: site.signed() > 0)
    while time.monotonic() - began < SECONDS:
        time.sleep(random.expovariate(1.0))
        ward.trouble()
        try:
            watch.look()
            if random.random() < 0.3:
                ward.verify()
        except psycopg.OperationalError:
            continue
        assert site.rows("SELECT * FROM audit_alarm") == []
    ward.running.pop("writer").kill()
    figures = check_whole(site, watch) | ward.kills | {"verified": ward.verified}
    tell("soak", figures, began)
    assert [process.stop() for process in ward.running.values()] == [0, 0, 0]
