"""Search at 10,000 and 100,000 passages: as many as there are, and what it costs.

Collections of 90, 9, 0.9 and 0.1 % of all are asked together or apart, so that a filter
leaves 100, 10, 1 or 0.1 %; half of their documents have expired at a later moment. In
each cell a search has to find `min(k, matching)` passages, and is timed beside its own
statement run raw. The vectors are random: this says how long a search takes and that it
is complete, nothing about what it finds. Quality is measured by
`manage.py evaluate_retrieval` on real embeddings. `CLINRAG_BENCH_PASSAGES` sets the sizes.
"""

import os
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from tests.benchmarks.harness import interleave, running_stack

SIZES = os.environ.get("CLINRAG_BENCH_PASSAGES", "10000,100000")
SHARES = {"100 %": 0.9, "10 %": 0.09, "1 %": 0.009, "0.1 %": 0.001}
DIMENSIONS = 384
ROUNDS = 7
LIMIT = 8
WORDS = 4_000
QUESTION = "word12 word7 word301 word1999 word25"
BAR = 1.5


class RandomEmbedder:
    """Unit vectors from a seeded generator, at no cost."""

    name = "random"
    revision = "1"
    dimensions = DIMENSIONS
    max_tokens = 256

    def embed_query(self, text: str) -> list[float]:
        return self.embed_passages([text])[0]

    def embed_passages(self, texts: list[str]) -> list[list[float]]:
        seeds = [int.from_bytes(text.encode()[-8:]) for text in texts]
        found = [
            np.random.default_rng(one).standard_normal(DIMENSIONS) for one in seeds
        ]
        return [(one / np.linalg.norm(one)).tolist() for one in found]

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def main() -> None:
    sizes = [int(size) for size in SIZES.split(",")]
    for size in sizes:
        with running_stack() as stack:
            stack.run_as_superuser("ALTER SYSTEM SET maintenance_work_mem = '512MB'")
            stack.run_as_superuser("SELECT pg_reload_conf()")
            measure(size)


def measure(size: int) -> None:
    from django.db import connection, transaction

    at = datetime.now(UTC)
    with transaction.atomic():
        collections = [load(round(size * share), at) for share in SHARES.values()]
        build_index()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        print(
            f"\nSearch, {size} passages: rows, and milliseconds beside the SQL run raw"
        )
        for days in (0, 20):
            for place, share in enumerate(SHARES):
                cell(share, collections[place:], at + timedelta(days=days))
        transaction.set_rollback(True)


def load(size: int, at: datetime):
    """A collection, half of whose documents expire ten days after."""
    from django.db.models import F

    from ingestion.evaluation import ReadyPassage, load_scratch_collection
    from ingestion.models import DocumentVersion

    found = load_scratch_collection(
        [ReadyPassage(str(n), "", text) for n, text in enumerate(texts(size))],
        language="en",
        embedder=RandomEmbedder(),
        at=at,
    )
    versions = DocumentVersion.objects.filter(
        document__collection=found.collection_id
    ).order_by("id")
    half = list(versions.values_list("id", flat=True))[::2]
    DocumentVersion.objects.filter(pk__in=half).update(
        in_force_to=F("in_force_from") + timedelta(days=10)
    )
    return found.collection_id


def build_index() -> None:
    """As `build_vector_index` does, inside the transaction that is rolled back."""
    from django.db import connection

    from clinrag.retrieval.routing import vector_index

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(
            f"CREATE INDEX {vector_index('random@1')} ON ingestion_chunkembedding"
            f" USING hnsw ((embedding::halfvec({DIMENSIONS})) halfvec_cosine_ops)"
            " WHERE embedder = 'random@1'"
        )


def cell(share: str, collections, as_of: datetime) -> None:
    from clinrag.retrieval import search
    from clinrag.retrieval.types import RetrievalQuery

    query = RetrievalQuery(QUESTION, tuple(collections), "en", as_of, LIMIT)
    embedder = RandomEmbedder()
    prepared = search._prepared(query, embedder)
    found = search.retrieve(query, embedder=embedder)
    there = found.candidates_considered
    raw, ours, exact = interleave(
        {
            "raw": lambda: run_raw(prepared),
            "ours": lambda: search.retrieve(query, embedder=embedder),
            "exact": lambda: search.retrieve(
                replace(query, exactly=True), embedder=embedder
            ),
        },
        rounds=ROUNDS,
    )
    complete = len(found.passages) == min(LIMIT, there)
    ratio = ours.typical / raw.typical
    print(
        f"  {share:>6} {there:>7} passages  {found.path:<11}"
        f" rows {len(found.passages)} {'complete' if complete else 'INCOMPLETE'}"
        f"  raw {raw.typical * 1000:6.1f}  search {ours.typical * 1000:6.1f}"
        f"  ratio {ratio:4.2f}{'' if ratio <= BAR else ' OVER THE BAR'}"
        f"  all compared {exact.typical * 1000:6.1f}"
    )


def run_raw(prepared) -> None:
    """The statement that finds, in a transaction of its own, and nothing else."""
    from clinrag.retrieval import routing, statements
    from clinrag.retrieval.search import CLOSE_HEAD, HEAD

    way = prepared.route
    with statements.bounded_transaction():
        if not way.is_exact:
            statements.walk_index(breadth=way.breadth, most=routing.MOST_WALKED)
        statements.fetch_scored(
            way.way,
            {
                **prepared.parameters,
                "channel_head": 0,
                "head": 2 * way.wide or HEAD + CLOSE_HEAD,
                "wide": way.wide,
            },
            dimensions=DIMENSIONS,
        )


def texts(size: int) -> list[str]:
    """Words with Zipf-like frequencies, 60 to 180 a passage."""
    source = random.Random(7)
    vocabulary = [f"word{n}" for n in range(WORDS)]
    weights = [1 / (n + 1) for n in range(WORDS)]
    return [
        " ".join(source.choices(vocabulary, weights, k=source.randint(60, 180)))
        for _ in range(size)
    ]
