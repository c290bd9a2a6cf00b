"""Storing a version's passages, and giving each its vector once.

Promises: a passage that the document held before is used again, with its vector and
its terms; rows are written by COPY; each batch of vectors is committed by itself,
under the part's lease. Will not: move the version along its life.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Exists, Min, OuterRef, QuerySet

from ingestion.actions.copying import copy_rows, halfvec
from ingestion.actions.leases import Lease, renew
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
from ingestion.types import ChunkDraft, ChunkedDocument

BATCH: Final = 16  # a second of work for the bundled embedder on one core
# A part of embedding: half a minute on one slow core.
PLACES_A_PART: Final = 128

_CHUNK: Final = {
    "id": "uuid",
    "document_id": "uuid",
    "content_sha256": "varchar",
    "text": "text",
    "section_path": "text[]",
    "token_count": "int4",
    "chunker": "varchar",
}
_PLACE: Final = {
    "version_id": "uuid",
    "chunk_id": "uuid",
    "cut": "int4",
    "position": "int4",
    "page_from": "int4",
    "page_to": "int4",
    "char_start": "int4",
    "char_end": "int4",
    "strength": "varchar",
    "certainty": "varchar",
    "ocr_confidence": "float8",
}
_VECTOR: Final = {"chunk_id": "uuid", "embedder": "varchar", "embedding": "bytea"}


def store_passages(version: DocumentVersion, *, chunked: ChunkedDocument) -> None:
    """Write text, new passages, their places and their terms, in one transaction.

    The caller holds the document's lock, so nobody else brings in the same passage.
    """
    VersionText.objects.create(
        version=version,
        text=chunked.text,
        sha256=hashlib.sha256(chunked.text.encode()).hexdigest(),
    )
    store_places(version, drafts=chunked.chunks, chunker=chunked.chunker)


def store_places(
    version: DocumentVersion,
    *,
    drafts: Sequence[ChunkDraft],
    chunker: str,
    cut: int = 1,
) -> None:
    """Write the passages that are new in the document, and where all of them stand."""
    wanted = {draft.content_sha256: draft for draft in drafts}
    ids = _ids(version, hashes=wanted)
    new = {sha256: uuid4() for sha256 in wanted if sha256 not in ids}
    copy_rows(
        Chunk._meta.db_table,
        columns=_CHUNK,
        rows=_chunk_rows(version, wanted, new, chunker),
    )
    ids |= new
    copy_rows(
        VersionChunk._meta.db_table,
        columns=_PLACE,
        rows=_place_rows(version, drafts, ids, cut),
    )
    if new:
        _index_terms(version)


def parts_to_embed(
    version: DocumentVersion, *, identity: str
) -> list[tuple[tuple[int, int], int]]:
    """Stretches of places with passages that have no vector yet, and how many.

    A passage that stands twice belongs to the stretch of its first place.
    """
    rows = _without_vector(_firsts(version), identity=identity)
    places = sorted(rows.values_list("place", flat=True))
    return [
        ((part * PLACES_A_PART, (part + 1) * PLACES_A_PART), len(list(found)))
        for part, found in groupby(places, key=lambda place: place // PLACES_A_PART)
    ]


def embed_places(
    version: DocumentVersion,
    *,
    places: tuple[int, int],
    lease: Lease,
    embedder: Embedder,
    at_most: int,
) -> Iterator[int]:
    """Embed what has no vector by this embedder in a stretch; counts of each batch.

    Raises `EmbeddingFailed` and `LeaseLost`; batches committed before are kept.
    """
    firsts = _firsts(version).filter(place__gte=places[0], place__lt=places[1])
    missing = _without_vector(firsts, identity=identity_of(embedder)).order_by("place")
    left = at_most
    while batch := list(missing.all()[: min(BATCH, left)]) if left > 0 else []:
        _embed_batch(version.document_id, batch=batch, lease=lease, embedder=embedder)
        left -= len(batch)
        yield len(batch)


def of_cut(version: DocumentVersion, *, cut: int) -> DocumentVersion:
    """The row, to be asked about another cut of its text; never to be saved."""
    version.cut = cut
    return version


def embed_cut(
    version: DocumentVersion, *, lease: Lease, embedder: Embedder, at_most: int
) -> None:
    """Embed what the version's cut lacks by this embedder, `at_most` so many.

    Raises `EmbeddingFailed` and `LeaseLost`; batches committed before are kept.
    """
    everywhere = (0, 2**31 - 1)
    for _ in embed_places(
        version, places=everywhere, lease=lease, embedder=embedder, at_most=at_most
    ):
        pass


def embedded_of(version: DocumentVersion, *, identity: str) -> tuple[int, int]:
    """How many of the version's passages have a vector, and how many there are."""
    total = count_passages(version)
    return total - _without_vector(
        _chunks_of(version), identity=identity
    ).count(), total


def count_passages(version: DocumentVersion) -> int:
    return _chunks_of(version).count()


def lacks_vectors(
    version: DocumentVersion, *, identity: str, places: tuple[int, int] | None = None
) -> bool:
    """Whether any passage of the version, or of a stretch of it, has no vector."""
    rows = _chunks_of(version)
    if places is not None:
        rows = _firsts(version).filter(place__gte=places[0], place__lt=places[1])
    return _without_vector(rows, identity=identity).exists()


def keep_vectors(
    document_id: UUID, *, vectors: Mapping[UUID, Sequence[float]], identity: str
) -> None:
    """Write vectors that are not there yet; within the caller's transaction.

    One at a time in a document: two editions may hold the same passage.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [str(document_id)]
        )
    there = set(
        ChunkEmbedding.objects.filter(
            chunk__in=list(vectors), embedder=identity
        ).values_list("chunk_id", flat=True)
    )
    copy_rows(
        ChunkEmbedding._meta.db_table,
        columns=_VECTOR,
        rows=(
            (chunk_id, identity, halfvec(vector))
            for chunk_id, vector in vectors.items()
            if chunk_id not in there
        ),
    )


def _embed_batch(
    document_id: UUID, *, batch: Sequence[Chunk], lease: Lease, embedder: Embedder
) -> None:
    texts = [
        embedding_text(chunk.text, section_path=tuple(chunk.section_path))
        for chunk in batch
    ]
    found = embedder.embed_passages(texts)
    vectors = dict(zip((chunk.id for chunk in batch), found, strict=True))
    with transaction.atomic():
        renew(lease, done=len(batch))
        keep_vectors(document_id, vectors=vectors, identity=identity_of(embedder))


def _ids(version: DocumentVersion, *, hashes: dict[str, ChunkDraft]) -> dict[str, UUID]:
    held = Chunk.objects.filter(
        document_id=version.document_id, content_sha256__in=list(hashes)
    )
    return dict(held.values_list("content_sha256", "id"))


def _chunk_rows(
    version: DocumentVersion,
    drafts: dict[str, ChunkDraft],
    ids: dict[str, UUID],
    chunker: str,
) -> Iterator[tuple[Any, ...]]:
    for sha256, chunk_id in ids.items():
        draft = drafts[sha256]
        yield (
            chunk_id,
            version.document_id,
            sha256,
            draft.text,
            list(draft.section_path),
            draft.token_count,
            chunker,
        )


def _place_rows(
    version: DocumentVersion,
    drafts: Sequence[ChunkDraft],
    ids: dict[str, UUID],
    cut: int,
) -> Iterator[tuple[Any, ...]]:
    for draft in drafts:
        yield (
            version.id,
            ids[draft.content_sha256],
            cut,
            draft.position,
            draft.page_from,
            draft.page_to,
            draft.char_start,
            draft.char_end,
            draft.strength,
            draft.certainty,
            draft.confidence,
        )


def _index_terms(version: DocumentVersion) -> None:
    configuration = text_search_config(version.document.collection.language)
    with connection.cursor() as cursor:
        cursor.execute(
            read_sql("index_chunks"),
            {"configuration": configuration, "document_id": version.document_id},
        )


def _chunks_of(version: DocumentVersion) -> QuerySet[Chunk]:
    return Chunk.objects.filter(
        Exists(
            VersionChunk.objects.filter(
                version=version, cut=version.cut, chunk=OuterRef("pk")
            )
        )
    )


def _firsts(version: DocumentVersion) -> QuerySet[Any]:
    """The version's passages with the first place of each."""
    rows = Chunk.objects.filter(
        placements__version=version, placements__cut=version.cut
    )
    return rows.annotate(place=Min("placements__position"))


def _without_vector(rows: QuerySet[Any], *, identity: str) -> QuerySet[Any]:
    vectors = ChunkEmbedding.objects.filter(chunk=OuterRef("pk"), embedder=identity)
    return rows.filter(~Exists(vectors))
