"""A small corpus with real terms and plain vectors."""

import hashlib
import math
from collections.abc import Sequence

from django.db import connection

from ingestion.actions.passages import store_passages
from ingestion.lifecycle import Status
from ingestion.models import Chunk, ChunkEmbedding, DocumentVersion
from ingestion.types import ChunkDraft, ChunkedDocument
from tests.factories.ingestion import make_document_version


class WordEmbedder:
    """Each word adds to one of 32 directions: alike are texts that share words."""

    name = "words"
    revision = "1"
    dimensions = 32
    max_tokens = 256

    def embed_query(self, text: str) -> list[float]:
        vector = [0.0] * self.dimensions
        for word in text.lower().split():
            digest = hashlib.sha256(word.strip(".,?").encode()).digest()
            vector[digest[0] % self.dimensions] += 1.0
        length = math.sqrt(sum(value * value for value in vector))
        return [value / length for value in vector] if length else vector

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def count_tokens(self, text: str) -> int:
        return len(text.split())


EMBEDDER = WordEmbedder()
IDENTITY = "words@1"


def put_in_force(
    texts: Sequence[str],
    *,
    status: Status = Status.IN_FORCE,
    embed: bool = True,
    section: tuple[str, ...] = ("Advice",),
    **fields: object,
) -> DocumentVersion:
    """Write a version with one passage for each text, searchable by words."""
    version = make_document_version(status=status, **fields)
    store_passages(version, chunked=chunked(texts, section=section))
    if embed:
        embed_all(version)
    return version


def chunked(
    texts: Sequence[str], *, section: tuple[str, ...] = ("Advice",)
) -> ChunkedDocument:
    drafts, start = [], 0
    for position, text in enumerate(texts):
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        end = start + len(text)
        drafts.append(ChunkDraft(text, section, position, 1, 1, start, end, sha256, 1))
        start = end + 1
    return ChunkedDocument("\n".join(texts), tuple(drafts), "structure/2")


def embed_all(version: DocumentVersion) -> None:
    ChunkEmbedding.objects.bulk_create(
        ChunkEmbedding(
            chunk=chunk,
            embedder=IDENTITY,
            embedding=EMBEDDER.embed_query(chunk.text),
        )
        for chunk in Chunk.objects.filter(document=version.document, embeddings=None)
    )


def lexemes(text: str, configuration: str = "clinrag_english") -> dict[str, int]:
    """The terms of a text and how often each occurs, as PostgreSQL sees them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lexeme, cardinality(positions) FROM unnest(to_tsvector(%s, %s))",
            [configuration, text],
        )
        return dict(cursor.fetchall())
