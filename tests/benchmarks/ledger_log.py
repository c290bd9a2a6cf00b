"""Reading a log of a million entries: proofs, published tiles, and all of it verified.

The limit that verification is compared with is SHA-256 over the same bytes, read in
the same way: what nobody who derives the leaves again can do without.
"""

import json
import os
import random
import resource as limits
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from statistics import median, quantiles

from tests.benchmarks.harness import Measurement, report, running_stack

LEAVES = int(os.environ.get("BENCH_LEAVES", "1000000"))
FEW = 10_000
ASKED = 300
PROOF_BAR_MS = 20


def main() -> None:
    with running_stack() as stack:
        from tests.benchmarks.manyleaves import fill_log

        began = time.perf_counter()
        fill_log(stack, LEAVES)
        print(
            f"\nA log of {LEAVES:,} entries made in {time.perf_counter() - began:.0f} s"
        )
        time_reading()
        compare_verification()


def time_reading() -> None:
    from audit import publication, queries
    from audit.models import Entry

    chosen = random.Random(1)
    indices = [chosen.randrange(LEAVES) for _ in range(ASKED)]
    ids = list(
        Entry.objects.filter(index__in=indices).values_list("entry_id", flat=True)
    )
    pairs = [sorted(chosen.sample(range(1, LEAVES + 1), 2)) for _ in range(ASKED)]
    tiles = [chosen.randrange(LEAVES // 256) for _ in range(ASKED)]
    numbers = [
        f"x{n // 1000:03d}/{n % 1000:03d}" if n > 999 else f"{n:03d}" for n in tiles
    ]
    print(f"\nReading a log of {LEAVES:,} entries (bar: {PROOF_BAR_MS} ms)")
    percentiles("SELECT 1, for comparison", select_one, [()] * ASKED)
    percentiles("inclusion proof", queries.inclusion_proof, [(one,) for one in ids])
    percentiles("consistency proof", queries.consistency_proof, pairs)
    for kind in ("tile/0", "tile/entries"):
        paths = [(1, f"{kind}/{number}") for number in numbers]
        percentiles(f"published {kind}", publication.resource, paths)


def select_one() -> None:
    """A round trip: a proof takes five of them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def percentiles(name: str, ask: Callable, arguments: list) -> None:
    took = []
    for given in arguments:
        began = time.perf_counter()
        ask(*given)
        took.append((time.perf_counter() - began) * 1000)
    print(
        f"  {name:<24} p50 {median(took):6.2f} ms  p95 {quantiles(took, n=20)[-1]:6.2f} ms"
        f"  most {max(took):6.2f} ms"
    )


def compare_verification() -> None:
    """Each in a process of its own, for its memory; few entries first, then all."""
    contenders = {
        "SHA-256 of the same bytes": "hash_bodies",
        "verification.verify, all layers": "verify_all",
    }
    found = {name: alone(job, LEAVES) for name, job in contenders.items()}
    few = alone("verify_few", FEW)
    measured = [Measurement(name, (one["seconds"],)) for name, one in found.items()]
    report(f"Verifying {LEAVES:,} entries", measured, unit="rows", per_round=LEAVES)
    hashing, every = found.values()
    share = hashing["busy"] / every["busy"]
    print(
        f"  by processor time of this process alone: ratio {share:.2f},"
        f" {LEAVES / every['busy']:,.0f} entries/s"
    )
    print(
        f"  memory: {few['megabytes']:.0f} MB for {FEW:,} entries,"
        f" {every['megabytes']:.0f} MB for {LEAVES:,}"
    )


def alone(job: str, count: int) -> dict:
    command = f"from tests.benchmarks.ledger_log import run; run({job!r}, {count})"
    done = subprocess.run(
        [sys.executable, "-c", command], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def run(job: str, count: int) -> None:
    """In the process of its own: do it, and tell time and memory."""
    import django

    django.setup()
    began = time.perf_counter()
    globals()[job](count)
    seconds, busy = time.perf_counter() - began, time.process_time()
    used = limits.getrusage(limits.RUSAGE_SELF).ru_maxrss / 1024
    found = {"seconds": seconds, "busy": busy, "megabytes": used}
    print(json.dumps(found))


def hash_bodies(count: int) -> None:
    from audit.verification.reading import pages

    for page in pages(0, count):
        for row in page:
            sha256(b"\x00" + row.body).digest()


def verify_all(_count: int) -> None:
    check(only=None)


def verify_few(count: int) -> None:
    from audit.verification import Range

    check(only=Range(0, count))


def check(**options: object) -> None:
    from django.utils import timezone

    from audit.verification import verify

    found = verify(at=timezone.now(), **options)
    assert found.ok, found.failures[:5]
