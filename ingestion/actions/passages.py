"""Storing a version's passages, and giving each its vector once.

Promises: a passage that the document held before is used again, with its vector and
its terms; each batch of vectors is committed by itself, with the progress. Will not:
move the version along its life.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from ingestion.actions.rows import update
from ingestion.chunking import embedding_text
from ingestion.embedding import Embedder, identity_of
from ingestion.models import (
    Chunk,
    ChunkEmbedding,
    DocumentVersion,
    VersionChunk,
    VersionText,
)
from ingestion.queries import text_search_config
from ingestion.sql import read_sql
from ingestion.types import ChunkedDocument

BATCH: Final = 16  # a second of work for the bundled embedder on one core


def store_passages(version: DocumentVersion, *, chunked: ChunkedDocument) -> None:
    """Write text, new passages, their places and their terms, in one transaction."""
    VersionText.objects.create(
        version=version,
        text=chunked.text,
        sha256=hashlib.sha256(chunked.text.encode()).hexdigest(),
    )
    _insert_new_chunks(version, chunked=chunked)
    _insert_placements(version, chunked=chunked)
    with connection.cursor() as cursor:
        cursor.execute(
            read_sql("index_chunks"),
            {
                "configuration": text_search_config(
                    version.document.collection.language
                ),
                "document_id": version.document_id,
            },
        )


def embed_missing(
    version: DocumentVersion,
    *,
    embedder: Embedder,
    at: datetime,
    at_most: int | None = None,
) -> bool:
    """Embed what has no vector by this embedder; True when nothing is left.

    Raises `EmbeddingFailed`; batches committed before are kept.
    """
    left = count_passages(version) if at_most is None else at_most
    missing = _without_vector(version, embedder=embedder)
    while left > 0 and (batch := list(missing.all()[: min(BATCH, left)])):
        _embed_batch(batch, embedder=embedder)
        _count_progress(version, embedder=embedder, at=at)
        left -= len(batch)
    return not missing.all().exists()


def count_passages(version: DocumentVersion) -> int:
    return _chunks_of(version).count()


def _insert_new_chunks(version: DocumentVersion, *, chunked: ChunkedDocument) -> None:
    drafts = {draft.content_sha256: draft for draft in chunked.chunks}
    Chunk.objects.bulk_create(
        (
            Chunk(
                document_id=version.document_id,
                content_sha256=draft.content_sha256,
                text=draft.text,
                section_path=list(draft.section_path),
                token_count=draft.token_count,
                chunker=chunked.chunker,
            )
            for draft in drafts.values()
        ),
        ignore_conflicts=True,
        batch_size=500,
    )


def _insert_placements(version: DocumentVersion, *, chunked: ChunkedDocument) -> None:
    chunk_ids = dict(
        Chunk.objects.filter(
            document_id=version.document_id,
            content_sha256__in={draft.content_sha256 for draft in chunked.chunks},
        ).values_list("content_sha256", "id")
    )
    VersionChunk.objects.bulk_create(
        (
            VersionChunk(
                version=version,
                chunk_id=chunk_ids[draft.content_sha256],
                position=draft.position,
                page_from=draft.page_from,
                page_to=draft.page_to,
                char_start=draft.char_start,
                char_end=draft.char_end,
            )
            for draft in chunked.chunks
        ),
        batch_size=500,
    )


def _chunks_of(version: DocumentVersion) -> QuerySet[Chunk]:
    return Chunk.objects.filter(
        Exists(VersionChunk.objects.filter(version=version, chunk=OuterRef("pk")))
    )


def _without_vector(version: DocumentVersion, *, embedder: Embedder) -> QuerySet[Chunk]:
    vectors = ChunkEmbedding.objects.filter(
        chunk=OuterRef("pk"), embedder=identity_of(embedder)
    )
    return _chunks_of(version).filter(~Exists(vectors)).order_by("pk")


@transaction.atomic
def _keep_vectors(
    batch: Sequence[Chunk], *, vectors: Sequence[Sequence[float]], identity: str
) -> None:
    ChunkEmbedding.objects.bulk_create(
        (
            ChunkEmbedding(chunk=chunk, embedder=identity, embedding=vector)
            for chunk, vector in zip(batch, vectors, strict=True)
        ),
        ignore_conflicts=True,
    )


def _embed_batch(batch: Sequence[Chunk], *, embedder: Embedder) -> None:
    texts = [
        embedding_text(chunk.text, section_path=tuple(chunk.section_path))
        for chunk in batch
    ]
    vectors = embedder.embed_passages(texts)
    _keep_vectors(batch, vectors=vectors, identity=identity_of(embedder))


def _count_progress(
    version: DocumentVersion, *, embedder: Embedder, at: datetime
) -> None:
    total = count_passages(version)
    left = _without_vector(version, embedder=embedder).count()
    progress = {**version.progress, "embed": [total - left, total]}
    # Progress ends the count of attempts: only the one under way is left.
    update(version, progress=progress, attended_at=at, attempts=1)
