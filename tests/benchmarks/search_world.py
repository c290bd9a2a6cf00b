"""A world of many real passages to search, kept in a folder for the next run.

Promises: four collections of 90, 9, 0.9 and 0.1 % of the passages, drawn at random;
every other document ends ten days on; written as ingestion writes, with the index that
`manage.py index_vectors` builds. What is there already is not made again.
"""

import json
import os
import random
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np

from clinrag.local import databases
from clinrag.local.stack import Stack
from tests.benchmarks.real_passages import KeptEmbedder, kept_embedder, real_passages

SHARES: Final = (0.9, 0.09, 0.009, 0.001)
AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
ENDS, NEVER = 10, 36_500
A_DOCUMENT: Final = 100


@dataclass(frozen=True, slots=True)
class World:
    """The collections, and of each passage by number: text, vector, shelf, last day."""

    collections: tuple[UUID, ...]
    texts: tuple[str, ...]
    vectors: np.ndarray
    shelves: np.ndarray
    until: np.ndarray
    numbers: dict[UUID, int]
    embedder: KeptEmbedder

    def nearest(
        self, vector: list[float], shelf: int, day: int, limit: int
    ) -> set[int]:
        """By comparing every one."""
        allowed = np.flatnonzero((self.shelves >= shelf) & (self.until > day))
        scores = self.vectors[allowed] @ np.array(vector, dtype=np.float32)
        return {int(allowed[n]) for n in np.argsort(-scores)[:limit]}

    def write(self, file: Path) -> None:
        """For a program that has no part in this project."""
        texts = np.frombuffer(json.dumps(self.texts).encode(), np.uint8)
        others = {"shelves": self.shelves, "until": self.until}
        np.savez(file, texts=texts, vectors=self.vectors, **others)


def world(stack: Stack, size: int, *, folder: Path) -> World:
    """Load what is not there yet, and tell the planner of it."""
    from ingestion.chunking import embedding_text
    from ingestion.models import Chunk

    passages = real_passages(size)
    embedder = kept_embedder(passages)
    random.Random(7).shuffle(passages)
    ends = np.cumsum([0, *(round(len(passages) * share) for share in SHARES)])
    held = folder / "collections.json"
    if not held.exists():
        found = [load(passages[a:b]) for a, b in pairwise(ends)]
        held.write_text(json.dumps(found))
    collections = tuple(UUID(one) for one in json.loads(held.read_text()))
    embed(collections, embedder)
    print(index_vectors(stack), flush=True)
    stack.run_as_superuser("VACUUM (ANALYZE)")
    rows = Chunk.objects.filter(document__collection__in=collections)
    by_identity = {identity(one): n for n, one in enumerate(passages)}
    numbers = {
        chunk_id: by_identity[sha256]
        for chunk_id, sha256 in rows.values_list("id", "content_sha256")
    }
    until, shelves = np.zeros(len(passages)), np.zeros(len(passages))
    for shelf, (start, end) in enumerate(pairwise(ends)):
        places = np.arange(end - start) // a_document(end - start)
        shelves[start:end] = shelf
        until[start:end] = np.where(places % 2 == 0, ENDS, NEVER)
    return World(
        collections=collections,
        texts=tuple(one.text for one in passages),
        vectors=np.array(
            embedder.embed_passages(
                [
                    embedding_text(
                        one.text, section_path=(one.title,) * bool(one.title)
                    )
                    for one in passages
                ]
            ),
            dtype=np.float32,
        ),
        shelves=shelves,
        until=until,
        numbers=numbers,
        embedder=embedder,
    )


def index_vectors(stack: Stack) -> str:
    """As an operator does it; what the command says."""
    # With an address in the environment the stack would take the servers for another's.
    address = os.environ.pop("DATABASE_URL")
    try:
        return stack.manage("index_vectors", role=databases.OWNER).strip()
    finally:
        os.environ["DATABASE_URL"] = address


def a_document(size: int) -> int:
    """So many passages, fewer in a small collection, that half of it can end."""
    return max(1, min(A_DOCUMENT, size // 10))


def identity(passage) -> str:
    from ingestion.evaluation import _identity

    return _identity(passage)


def load(passages) -> str:
    """A collection with its documents in force; its id."""
    from django.db import transaction

    from ingestion import evaluation
    from ingestion.actions.passages import store_passages

    each = a_document(len(passages))
    with transaction.atomic():
        collection = evaluation._collection(language="en", at=AT)
        for place, start in enumerate(range(0, len(passages), each)):
            version = evaluation._version(collection, at=AT)
            chunked = evaluation._chunked(
                passages[start : start + each],
                count_tokens=lambda text: len(text.split()),
            )
            store_passages(version, chunked=chunked)
            until = AT + timedelta(days=ENDS) if place % 2 == 0 else None
            evaluation._put_in_force(version, at=AT, until=until)
    return str(collection.id)


def embed(collections, embedder: KeptEmbedder) -> None:
    """The vectors that are not there yet, document by document."""
    from django.db import transaction

    from ingestion.actions.passages import keep_vectors
    from ingestion.chunking import embedding_text
    from ingestion.embedding import identity_of
    from ingestion.models import Chunk, Document

    missing = Chunk.objects.filter(embeddings=None)
    for document in Document.objects.filter(collection__in=collections):
        rows = missing.filter(document=document).values_list(
            "id", "text", "section_path"
        )
        texts = {
            one: embedding_text(text, section_path=tuple(path))
            for one, text, path in rows
        }
        vectors = {one: embedder.embed_query(text) for one, text in texts.items()}
        with transaction.atomic():
            keep_vectors(document.id, vectors=vectors, identity=identity_of(embedder))


def peers_database(stack: Stack) -> str:
    """An empty database with pgvector in the same server; its address."""
    import psycopg

    cluster = stack._cluster
    assert cluster is not None
    with closing(psycopg.connect(cluster.url("postgres"), autocommit=True)) as server:
        server.execute("DROP DATABASE IF EXISTS peers (FORCE)")
        server.execute("CREATE DATABASE peers TEMPLATE template0 ENCODING 'UTF8'")
    with closing(psycopg.connect(cluster.url("peers"), autocommit=True)) as server:
        server.execute("CREATE EXTENSION vector")
    return cluster.url("peers")
