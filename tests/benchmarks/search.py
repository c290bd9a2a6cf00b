"""Search at 10,000 passages: `retrieve` against the same SQL run raw.

The vectors are random: this says how long a search takes, nothing about what it
finds. Quality is measured by `manage.py evaluate_retrieval` on real embeddings.
"""

import random
from datetime import UTC, datetime

from django.db import connection, transaction

from tests.benchmarks.harness import interleave, report, running_stack

PASSAGES = 10_000
DIMENSIONS = 384
ROUNDS = 15
LIMIT = 8
WORDS = 4_000
QUESTION = "word12 word7 word301 word1999 word25"


class RandomEmbedder:
    """Unit vectors from a seeded generator, at no cost."""

    name = "random"
    revision = "1"
    dimensions = DIMENSIONS
    max_tokens = 256

    def embed_query(self, text: str) -> list[float]:
        return unit_vector(text)

    def embed_passages(self, texts: list[str]) -> list[list[float]]:
        return [unit_vector(text) for text in texts]

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def unit_vector(text: str) -> list[float]:
    source = random.Random(text)
    values = [source.gauss(0, 1) for _ in range(DIMENSIONS)]
    length = sum(value * value for value in values) ** 0.5
    return [value / length for value in values]


def main() -> None:
    with running_stack():
        measure()


def measure() -> None:
    from clinrag.retrieval import search
    from clinrag.retrieval.types import RetrievalQuery
    from ingestion.evaluation import ReadyPassage, load_scratch_collection

    at = datetime.now(UTC)
    embedder = RandomEmbedder()
    with transaction.atomic():
        scratch = load_scratch_collection(
            [ReadyPassage(str(n), "", text) for n, text in enumerate(texts())],
            language="en",
            embedder=embedder,
            at=at,
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        query = RetrievalQuery(QUESTION, (scratch.collection_id,), "en", at, LIMIT)
        parameters = search._prepared(query, embedder).parameters
        measured = interleave(
            {
                "the SQL of the search, run raw": lambda: run_raw(search, parameters),
                "retrieve()": lambda: search.retrieve(query, embedder=embedder),
            },
            rounds=ROUNDS,
        )
        transaction.set_rollback(True)
    report(f"Search, {PASSAGES} passages", measured, unit="searches", per_round=1)


def run_raw(search, parameters) -> None:
    from clinrag.retrieval.statements import EXACTLY, search_sql

    with connection.cursor() as cursor:
        cursor.execute(
            search_sql(EXACTLY, dimensions=DIMENSIONS),
            {**parameters, "channel_head": 0, "head": search.HEAD + LIMIT},
        )
        cursor.fetchall()


def texts() -> list[str]:
    """Words with Zipf-like frequencies, 60 to 180 a passage."""
    source = random.Random(7)
    vocabulary = [f"word{n}" for n in range(WORDS)]
    weights = [1 / (n + 1) for n in range(WORDS)]
    return [
        " ".join(source.choices(vocabulary, weights, k=source.randint(60, 180)))
        for _ in range(PASSAGES)
    ]
