"""Search in many real passages: whether it is complete, right and fast, beside others.

Collections of 90, 9, 0.9 and 0.1 % of all are asked together or apart, so that a filter
leaves 100, 10, 1 or 0.1 %; half of the documents have ended at a later moment. In each
cell the same real questions go to every contender in turn: the search itself, the very
statements that it sent run raw (beside them, the recall of its vectors alone), and LlamaIndex, LangChain, Haystack (their pgvector stores, in the
same server) and Chroma. The search also reads words and texts; the others compare
vectors only. Told: rows found of those there could be, recall@10, median milliseconds.
The question's vector is given to all.

`CLINRAG_BENCH_PASSAGES` sets the sizes, `CLINRAG_BENCH_PEERS` an interpreter that has
the others, `CLINRAG_BENCH_WORLD` a folder to keep what was loaded.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import mean, median
from time import perf_counter

from tests.benchmarks.harness import running_stack
from tests.benchmarks.real_passages import real_questions
from tests.benchmarks.search_world import AT, World, peers_database, world

SIZES = os.environ.get("CLINRAG_BENCH_PASSAGES", "10000")
PEERS = os.environ.get("CLINRAG_BENCH_PEERS", "")
KEPT = os.environ.get("CLINRAG_BENCH_WORLD", "")
FILTERS = ("100 %", "10 %", "1 %", "0.1 %")
LATER = 20
QUESTIONS = 21
LIMIT = 10
BAR = 1.5


class Peers:
    """The others, in a process of their own; asked by lines of JSON."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.names: list[str] = []
        while "ready" not in (told := self._told()):
            print(f"  {told['store']}: " + (
                f"loaded in {told['loaded']:.0f} s" if "loaded" in told
                else f"left out, {told['missing']}"
            ), flush=True)  # fmt: skip
            self.names += [told["store"]] if "loaded" in told else []

    def find(self, store: str, vector: list[float], shelf: int, day: int):
        asked = {"store": store, "vector": vector, "shelf": shelf, "until": day}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        told = self._told()
        return told["found"], told["seconds"]

    def _told(self) -> dict:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the others ended"
        return json.loads(line) if line.startswith("{") else self._told()


def main() -> None:
    for size in map(int, SIZES.split(",")):
        kept = Path(KEPT) / str(size) if KEPT else None
        with running_stack(kept=kept) as stack, tempfile.TemporaryDirectory() as own:
            stack.run_as_superuser("ALTER SYSTEM SET maintenance_work_mem = '512MB'")
            stack.run_as_superuser("SELECT pg_reload_conf()")
            given = world(stack, size, folder=kept or Path(own))
            print(f"\nSearch in {len(given.texts)} real passages", flush=True)
            with peers(given, stack, Path(own)) as others:
                measure(given, others)


@contextmanager
def peers(given: World, stack, folder: Path) -> Iterator[Peers | None]:
    if not PEERS:
        print("  without LlamaIndex, LangChain, Haystack, Chroma: no interpreter named")
        yield None
        return
    given.write(folder / "given.npz")
    program = Path(__file__).with_name("peers.py")
    process = subprocess.Popen(
        [PEERS, program, peers_database(stack), folder / "chroma", folder / "given.npz"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Peers(process)
    finally:
        process.kill()
        process.wait()


def measure(given: World, others: Peers | None) -> None:
    questions = real_questions(QUESTIONS)
    for day in (0, LATER):
        for shelf, share in enumerate(FILTERS):
            allowed = int(((given.shelves >= shelf) & (given.until > day)).sum())
            said = f"  {share:>5}{', as of later' if day else ''}: {allowed} passages"
            print(said, flush=True)
            cell(given, others, questions, shelf=shelf, day=day, allowed=allowed)


def cell(given: World, others, questions, *, shelf: int, day: int, allowed: int):
    from clinrag.retrieval import search
    from clinrag.retrieval.types import RetrievalQuery

    rows: dict[str, list[tuple[int, float, float]]] = {}
    ways = set()
    for text in questions:
        query = RetrievalQuery(
            text, given.collections[shelf:], "en", AT + timedelta(days=day), LIMIT
        )
        vector = given.embedder.embed_query(text)
        near = given.nearest(vector, shelf, day, LIMIT)
        prepared = search._prepared(query, given.embedder)
        # Abbreviations written out: another text, and so another vector.
        searched = given.embedder.embed_query(prepared.expanded.text)
        own_near = given.nearest(searched, shelf, day, LIMIT)
        exactly = search.retrieve(replace(query, exactly=True), embedder=given.embedder)
        best = {one.chunk_id for one in exactly.passages}
        sent = recorded(partial(search.retrieve, query, embedder=given.embedder))
        began = perf_counter()
        run_raw(sent)
        raw = perf_counter() - began
        began = perf_counter()
        found = search.retrieve(query, embedder=given.embedder)
        ours = perf_counter() - began
        ways.add(found.path)
        ids = {one.chunk_id for one in found.passages}
        rows.setdefault("search", []).append(
            (len(ids), len(ids & best) / max(1, len(best)), ours)
        )
        ranked = search.rankings(query, embedder=given.embedder)
        numbers = {given.numbers[one] for one in ranked.vector}
        rows.setdefault("its statements, raw", []).append(
            (len(ids), len(numbers & own_near) / max(1, len(own_near)), raw)
        )
        for name in others.names if others else ():
            got, taken = others.find(name, vector, shelf, day)
            rows.setdefault(name, []).append(
                (len(got), len(near & set(got)) / max(1, len(near)), taken)
            )
    tell(rows, ways, there=min(LIMIT, allowed))


def tell(rows, ways: set[str], *, there: int) -> None:
    """A line for each contender; ratios compare with the search."""
    ours = median(one[2] for one in rows["search"])
    for name, told in rows.items():
        found, recall = mean(one[0] for one in told), mean(one[1] for one in told)
        taken = median(one[2] for one in told)
        kind = {"search": ", ".join(sorted(ways)), "its statements, raw": "by vector"}
        print(
            f"    {name:<20} rows {found:4.1f} of {there}"
            f"{'' if found >= there else ' INCOMPLETE'}"
            f"  recall@10 {recall:5.3f}  {taken * 1000:7.1f} ms"
            f"  search takes {ours / taken:5.2f} x"
            f"{' OVER THE BAR' if 'raw' in name and ours / taken > BAR else ''}"
            f"  {kind.get(name, '')}",
            flush=True,
        )


def recorded(run: Callable[[], object]) -> list[tuple[str, object]]:
    """What is sent to PostgreSQL in the course of it."""
    from django.db import connection

    sent: list[tuple[str, object]] = []

    def keep(execute, sql, params, many, context):
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        run()
    return sent


def run_raw(statements: list[tuple[str, object]]) -> None:
    """The same statements, and nothing else."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)
            if cursor.description:
                cursor.fetchall()
