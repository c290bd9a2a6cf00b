"""Many who ask at once of a model that thinks for seconds; many streams that wait.

Real servers: uvicorn with one process, PostgreSQL with durable commits, the bundled
embedder; the model is a process of its own that replies after so many seconds. The
limit is the same load with a model that replies at once: what a thinking one adds to
that should be the time it thinks, once, however many wait for it.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from clinrag.local import databases
from clinrag.local.stack import Stack
from clinrag.local.valkey import free_port
from tests.benchmarks.ask import PASSAGE, QUESTION
from tests.benchmarks.harness import running_stack

ASKS = 200
THINKS_SECONDS = 3.0
STREAMS = 500
WAVE = 50
MEMORY_BAR_MB = 300
PROJECT = Path(__file__).resolve().parents[2]
QUOTE = PASSAGE.split(";", maxsplit=1)[0]


@dataclass(slots=True)
class Seen:
    """What one client saw, in seconds since the first request of all."""

    status: int = 0
    accepted: float | None = None
    ended: float | None = None
    events: list[str] = field(default_factory=list)


def main() -> None:
    with running_stack(processes=True) as stack:
        key = prepare(stack)
        for accept in ("application/json", "text/event-stream"):
            last = [many(stack, key, accept, thinks=s) for s in (0.0, THINKS_SECONDS)]
            added = (last[1] - last[0]) / THINKS_SECONDS
            print(f"  thinking adds {added:.2f} times the time of one thought")
        with serving(stack, thinks=600) as (port, pid):
            asyncio.run(report_idle(port, key, pid))


def many(stack: Stack, key: str, accept: str, *, thinks: float) -> float:
    """When the last of them had its answer."""
    with serving(stack, thinks=thinks) as (port, pid):
        asyncio.run(ask_all(port, key, 3, accept))  # loads what is loaded late
        began, spent = memory(pid), processor_seconds(pid)
        seen, peak = asyncio.run(measured(port, key, accept, pid))
        spent = processor_seconds(pid) - spent
    ended = sorted(one.ended or 0.0 for one in seen)
    fine = sum(one.status in {200, 201} for one in seen)
    print(f"\n{ASKS} asks at once, {accept}, of a model that thinks {thinks} s")
    print(
        f"  answered {fine}; first {ended[0]:.2f} s, median {median(ended):.2f} s, last"
        f" {ended[-1]:.2f} s; {spent / ASKS * 1000:.0f} ms of processor time each"
    )
    accepted = [one.accepted for one in seen if one.accepted is not None]
    if accepted:
        done = sum(one.events[-1:] == ["done"] for one in seen)
        print(f"  accepted after {median(accepted):.2f} s (median); done: {done}")
    print(
        f"  memory {began} MB before, {peak} MB at most, load {os.getloadavg()[0]:.1f}"
    )
    return ended[-1]


async def measured(port: int, key: str, accept: str, pid: int):
    asking = asyncio.ensure_future(ask_all(port, key, ASKS, accept))
    peak = 0
    while not asking.done():
        peak = max(peak, memory(pid))
        await asyncio.wait({asking}, timeout=0.1)
    return asking.result(), peak


async def ask_all(port: int, key: str, number: int, accept: str) -> list[Seen]:
    began = time.perf_counter()
    asks = (ask(port, key, accept, began, Seen()) for _ in range(number))
    return await asyncio.gather(*asks)


async def ask(port: int, key: str, accept: str, began: float, seen: Seen) -> Seen:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps({"question": QUESTION, "collections": ["bench"]})
    writer.write(
        f"POST /api/v1/answers HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n"
        f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
    )
    seen.status = int((await reader.readline()).split()[1])
    async for line in reader:
        if line.startswith(b"event: "):
            seen.events.append(line[7:].decode().strip())
            if seen.accepted is None:
                seen.accepted = time.perf_counter() - began
    seen.ended = time.perf_counter() - began
    writer.close()
    return seen


async def report_idle(port: int, key: str, pid: int) -> None:
    await warm_up(port, key)
    before, began = memory(pid), time.perf_counter()
    streams: list[asyncio.Future[Seen]] = []
    for _ in range(STREAMS // WAVE):  # all at once, the last would be refused
        streams += await open_streams(port, key, began)
    taken = time.perf_counter() - began
    await asyncio.sleep(5)
    during = memory(pid)
    print(
        f"\n{STREAMS} streams that wait for the model (all open after {taken:.1f} s)\n"
        f"  memory {before} MB before, {during} MB with them: {during / MEMORY_BAR_MB:.2f}"
        f" of {MEMORY_BAR_MB} MB; {(during - before) * 1024 / STREAMS:.0f} kB each;"
        f" {threads_of(pid)} threads, load {os.getloadavg()[0]:.1f}"
    )
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)


async def open_streams(port: int, key: str, began: float) -> list[asyncio.Future[Seen]]:
    """Some more, each so far that only the model is waited for."""
    seen = [Seen() for _ in range(WAVE)]
    streams = [
        asyncio.ensure_future(ask(port, key, "text/event-stream", began, one))
        for one in seen
    ]
    while not all("sources" in one.events for one in seen):
        await asyncio.sleep(0.1)
        if any(stream.done() for stream in streams):
            raise SystemExit(f"a stream was refused: {[one.status for one in seen]}")
    return streams


async def warm_up(port: int, key: str) -> None:
    first = Seen()
    asking = asyncio.ensure_future(
        ask(port, key, "text/event-stream", time.perf_counter(), first)
    )
    while "sources" not in first.events:  # noqa: ASYNC110  # another process's doing
        await asyncio.sleep(0.1)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


@contextmanager
def serving(stack: Stack, *, thinks: float) -> Iterator[tuple[int, int]]:
    """A web process with such a model behind it: its port and process id."""
    model = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.slow_model", str(thinks), QUOTE],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert model.stdout
    port = free_port()
    settings = {
        "CLINRAG_MODEL_URL": f"http://127.0.0.1:{model.stdout.readline().strip()}/v1",
        "CLINRAG_MODEL_NAME": "slow",
        "CLINRAG_MODEL_TIMEOUT_SECONDS": "300",
        "CLINRAG_MODEL_CONCURRENCY": str(STREAMS),
        "CLINRAG_DATABASE_POOL_SIZE": "20",
        "CLINRAG_API_REQUESTS_PER_MINUTE": "100000",
        "CLINRAG_LOG_LEVEL": "ERROR",
    }
    command = (
        sys.executable, "-m", "uvicorn", "clinrag.asgi:application", "--port", str(port),
        "--no-access-log", "--timeout-graceful-shutdown", "1", "--log-level", "error",
    )  # fmt: skip
    web = subprocess.Popen(
        command, cwd=PROJECT, env=stack.environment(databases.APP) | settings
    )
    try:
        wait_for(port)
        yield port, web.pid
    finally:
        for process in (web, model):
            process.terminate()
        for process in (web, model):
            process.wait(timeout=60)


def wait_for(port: int) -> None:
    async def connect() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()

    for _ in range(300):
        try:
            return asyncio.run(connect())
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the web server did not start")


def prepare(stack: Stack) -> str:
    """A collection in force, embedded by the bundled embedder, and a key."""
    from django.db import transaction

    from audit.actors import Actor, ActorKind
    from clinrag.access import actions as access
    from ingestion.embedding import get_embedder
    from ingestion.evaluation import ReadyPassage, load_scratch_collection

    at = datetime.now(UTC)
    somebody = Actor(ActorKind.SYSTEM, "task:benchmark", "benchmark", "task")
    with transaction.atomic():
        scratch = load_scratch_collection(
            [ReadyPassage(str(n), "", f"{PASSAGE} ({n})") for n in range(20)],
            language="en",
            embedder=get_embedder(),
            at=at,
        )
    stack.run_as_superuser(
        "UPDATE ingestion_collection SET slug = 'bench', audience = 'everyone'"
        f" WHERE id = '{scratch.collection_id}'"
    )
    _, key = access.issue_key("benchmark", scopes=["ask"], by=somebody, at=at)
    return key


def memory(pid: int) -> int:
    """Resident memory in MB."""
    return of_status(pid, "VmRSS") // 1024


def threads_of(pid: int) -> int:
    return of_status(pid, "Threads")


def processor_seconds(pid: int) -> float:
    """What the process has used, of its own and the system's (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
    own, system = fields.split()[11:13]
    return (int(own) + int(system)) / os.sysconf("SC_CLK_TCK")


def of_status(pid: int, name: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)
    return int(found[1]) if found else 0
