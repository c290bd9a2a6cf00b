"""From an entry's commit to the checkpoint over it, and what memory the two processes take.

Half load is half of what the same writers could append in the same run. An entry counts
as signed when a reader sees the checkpoint: polling every 10 ms is part of the figure.
"""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from uuid import UUID

from django.db import close_old_connections, connection, transaction

from clinrag.local.stack import Stack
from tests.benchmarks.harness import running_stack

WRITERS = 16
FULL_SECONDS = 5.0
HALF_SECONDS = 20.0
POLL_SECONDS = 0.01
BAR_SECONDS = 1.5
SIZES = tuple(
    int(size)
    for size in os.environ.get("BENCH_SIZES", "10000,100000,1000000").split(",")
)
CHUNK = 20_000
PROCESSES = ("run_sequencer", "run_signer")
FILL = """
INSERT INTO audit_inboxentry (entry_id, body, leaf_hash)
SELECT id, body, sha256('\\x00'::bytea || body) FROM (
    SELECT id, convert_to(
        '{"actor":{"id":"task:fill","kind":"system","method":"task","name":"fill",'
        || '"on_behalf_of":null},"at":"2026-11-23T05:00:00.000000Z","fields":'
        || '{"answer_ids":["' || gen_random_uuid() || '","' || gen_random_uuid()
        || '"],"purpose":"size","surface":"benchmark"},"id":"' || id
        || '","nonce":"' || encode(sha256(id::text::bytea), 'hex')
        || '","schema":"clinrag.entry/1","type":"content.disclosed"}', 'UTF8') AS body
    FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, %s)) AS ids
) AS made
"""


def main() -> None:
    with running_stack(processes=True) as stack:
        rate = append_for(FULL_SECONDS, pause=0.0)[0] / FULL_SECONDS
        print(f"\nFull load: {rate:.0f} entries/s with {WRITERS} writers")
        wait_until_signed()
        report_latency(rate / 2)
        report_memory(stack)


def report_latency(rate: float) -> None:
    with watching() as seen:
        count, committed = append_for(HALF_SECONDS, pause=WRITERS / rate)
        wait_until_signed()
    waits = latencies(committed, seen)
    cuts = quantiles(waits, n=100)
    print(
        f"Half load: {count / HALF_SECONDS:.0f} entries/s, {len(waits)} entries; from"
        f" commit to checkpoint p50 {cuts[49]:.3f} s, p95 {cuts[94]:.3f} s,"
        f" p99 {cuts[98]:.3f} s (bar: p95 below {BAR_SECONDS} s:"
        f" {'met' if cuts[94] < BAR_SECONDS else 'MISSED'})"
    )


def append_for(seconds: float, *, pause: float) -> tuple[int, dict[UUID, float]]:
    """Let all writers append; how many, and when each entry was committed."""
    committed: dict[UUID, float] = {}
    deadline = time.monotonic() + seconds
    with ThreadPoolExecutor(WRITERS) as pool:
        work = [
            pool.submit(append_until, deadline, pause, committed)
            for _ in range(WRITERS)
        ]
        for done in work:
            done.result()
    return len(committed), committed


def append_until(deadline: float, pause: float, committed: dict[UUID, float]) -> None:
    from audit import ledger
    from audit.actors import Actor, ActorKind
    from audit.events import ContentDisclosed

    somebody = Actor(ActorKind.SYSTEM, "task:benchmark", "benchmark", "task")
    event = ContentDisclosed(
        answer_ids=("01890000-0000-7000-8000-000000000001",) * 4,
        purpose="benchmark",
        surface="benchmark",
    )
    due = time.monotonic()
    while time.monotonic() < deadline:
        with transaction.atomic():
            receipt = ledger.append(event, by=somebody, at=datetime.now(UTC))
        committed[receipt.entry_id] = time.monotonic()
        due += pause
        time.sleep(max(0.0, due - time.monotonic()))
    connection.close()
    close_old_connections()


@contextmanager
def watching() -> Iterator[list[tuple[float, int]]]:
    """When a reader first saw how many entries under a checkpoint."""
    from audit import checkpoints

    seen: list[tuple[float, int]] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(POLL_SECONDS):
            latest = checkpoints.latest()
            if latest is not None and (not seen or latest.size > seen[-1][1]):
                seen.append((time.monotonic(), latest.size))
        connection.close()

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
        last = checkpoints.latest()
        while last is not None and (not seen or seen[-1][1] < last.size):
            time.sleep(POLL_SECONDS)
    finally:
        stop.set()
        watcher.join()


def latencies(
    committed: dict[UUID, float], seen: list[tuple[float, int]]
) -> list[float]:
    """Seconds from each entry's commit to the first checkpoint seen that covers it."""
    from audit.models import Entry

    rows = Entry.objects.filter(type="content.disclosed").order_by("index")
    waits, place = [], 0
    for index, entry_id in rows.values_list("index", "entry_id").iterator():
        if entry_id not in committed:
            continue
        while seen[place][1] <= index:
            place += 1
        waits.append(max(0.0, seen[place][0] - committed[entry_id]))
    return waits


def wait_until_signed(seconds: float = 600) -> None:
    from audit import queries

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = queries.ledger_state()
        if not state.inbox_depth and state.signed_size == state.tree_size:
            return
        time.sleep(0.05)
    raise TimeoutError("the log was not signed in time")


def report_memory(stack: Stack) -> None:
    from audit import queries

    print("Memory of the processes, resident, in MiB")
    for size in SIZES:
        began, before = time.perf_counter(), queries.ledger_state().tree_size
        while (missing := size - queries.ledger_state().tree_size) > 0:
            with connection.cursor() as cursor:
                cursor.execute(FILL, [min(missing, CHUNK)])
            wait_until_signed()
        grown, taken = max(0, size - before), time.perf_counter() - began
        told = ", ".join(f"{name} {resident(stack, name):.1f}" for name in PROCESSES)
        print(f"  {size:>9} entries: {told}   ({grown / taken:.0f} entries/s to there)")


def resident(stack: Stack, command: str) -> float:
    """Of the process of this stack that runs the command; VmRSS of proc(5)."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            is_ours = (
                os.fsencode(stack._data.root) in (process / "environ").read_bytes()
            )
            if words[-2:-1] != [command.encode()] or not is_ours:
                continue
            status = (process / "status").read_text(encoding="ascii")
        except OSError:
            continue
        sizes = [
            int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line
        ]
        if (
            "python" in words[0].decode()
            and sizes
            and b"watchdog" not in b"".join(words)
        ):
            return sizes[0] / 1024
    raise LookupError(command)
