"""A scratch collection of ready-made passages or of editions, for measuring a search.

Promises: what is loaded takes the way of any others: the same rows, the same terms, the
same vectors, found through the same door. Will not: outlive the caller's transaction;
it refuses to work outside one, writes no ledger entry, and the caller rolls back.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection

from ingestion.actions.passages import store_passages
from ingestion.actions.services import chunking_parameters, parse_limits
from ingestion.chunking import chunk, embedding_text
from ingestion.embedding import Embedder, identity_of
from ingestion.errors import IngestionError
from ingestion.lifecycle import PASSWORD, Decision, Status
from ingestion.models import (
    Audience,
    Chunk,
    ChunkEmbedding,
    Collection,
    Document,
    DocumentVersion,
    Review,
)
from ingestion.parsers import parse
from ingestion.queries.binding import text_sha256
from ingestion.sniffing import sniff
from ingestion.types import ChunkDraft, ChunkedDocument

CHUNKER = "ready-made/1"
BATCH = 64
PASSAGES_PER_DOCUMENT = 100  # as in a guideline, so that plans are those of real ones


class OutsideTransaction(IngestionError):
    """A scratch collection needs a transaction that can be rolled back."""

    code = "outside_transaction"


@dataclass(frozen=True, slots=True)
class ReadyPassage:
    """A passage of a test collection; `title` serves as its heading."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ReadyEdition:
    """An edition as a file; without a first day it is a draft, and never in force."""

    document: str
    label: str
    filename: str
    data: bytes
    in_force_from: datetime | None
    in_force_to: datetime | None


@dataclass(frozen=True, slots=True)
class ScratchCollection:
    """Where the passages went: chunk ids against the ids they came with."""

    collection_id: UUID
    passage_ids: dict[UUID, str]


def load_scratch_collection(
    passages: Sequence[ReadyPassage],
    *,
    language: str,
    embedder: Embedder,
    at: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> ScratchCollection:
    """Put passages in force at `at`; `progress` hears how many have a vector.

    Raises OutsideTransaction and EmbeddingFailed.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction
    collection = _collection(language=language, at=at)
    for start in range(0, len(passages), PASSAGES_PER_DOCUMENT):
        held = passages[start : start + PASSAGES_PER_DOCUMENT]
        version = _version(collection, at=at)
        drafts = _chunked(held, count_tokens=embedder.count_tokens)
        store_passages(version, chunked=drafts)
        _put_in_force(version, at=at)
    _embed(collection, embedder=embedder, progress=progress)
    return ScratchCollection(
        collection_id=collection.id,
        passage_ids=_passage_ids(collection, passages),
    )


def load_scratch_editions(
    editions: Sequence[ReadyEdition],
    *,
    language: str,
    embedder: Embedder,
    at: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> UUID:
    """Load files as editions of documents; the collection's id.

    They are read and cut as any others. Editions of a document come one after another,
    in the order of their days. Raises OutsideTransaction, EmbeddingFailed, and a
    ParsingError for a file that cannot be read.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction
    collection = _collection(language=language, at=at)
    documents: dict[str, Document] = {}
    for edition in editions:
        home = documents.get(edition.document) or _document(
            collection, title=edition.document, at=at
        )
        documents[edition.document] = home
        _load_edition(home, edition, embedder=embedder, at=at)
    _embed(collection, embedder=embedder, progress=progress)
    return collection.id


def _load_edition(
    home: Document, edition: ReadyEdition, *, embedder: Embedder, at: datetime
) -> None:
    media_type = sniff(edition.data, filename=edition.filename)
    parsed = parse(edition.data, media_type=media_type, limits=parse_limits())
    cut = chunk(
        parsed,
        parameters=chunking_parameters(embedder, collection=home.collection),
        count_tokens=embedder.count_tokens,
    )
    version = _a_version(
        home,
        number=home.versions.count() + 1,
        label=edition.label,
        filename=edition.filename,
        content_sha256=hashlib.sha256(edition.data).hexdigest(),
        at=at,
    )
    store_passages(version, chunked=cut)
    if edition.in_force_from is not None:
        _put_in_force(version, at=edition.in_force_from, until=edition.in_force_to)


def _collection(*, language: str, at: datetime) -> Collection:
    return Collection.objects.create(
        slug=f"scratch-{uuid4()}",
        name="Scratch",
        specialty="",
        language=language,
        audience=Audience.GRANTED,
        created_at=at,
    )


def _version(collection: Collection, *, at: datetime) -> DocumentVersion:
    document = _document(collection, title="Scratch", at=at)
    return _a_version(
        document,
        number=1,
        label="1",
        filename="corpus.jsonl",
        content_sha256=hashlib.sha256(document.id.bytes).hexdigest(),
        at=at,
    )


def _document(collection: Collection, *, title: str, at: datetime) -> Document:
    return Document.objects.create(
        collection=collection,
        title=title,
        language=collection.language,
        owner_id="command:evaluate_retrieval",
        created_at=at,
    )


def _a_version(document: Document, *, at: datetime, **fields: Any) -> DocumentVersion:
    return DocumentVersion.objects.create(
        document=document,
        **fields,
        byte_size=0,
        author_id="command:evaluate_retrieval",
        author_name="Evaluation",
        received_at=at,
        attended_at=at,
        status=Status.CHUNKED,
    )


def _chunked(
    passages: Sequence[ReadyPassage], *, count_tokens: Callable[[str], int]
) -> ChunkedDocument:
    drafts: list[ChunkDraft] = []
    start = 0
    for position, passage in enumerate(passages):
        drafts.append(
            ChunkDraft(
                text=passage.text,
                section_path=(passage.title,) if passage.title else (),
                position=position,
                page_from=None,
                page_to=None,
                char_start=start,
                char_end=start + len(passage.text),
                content_sha256=_identity(passage),
                token_count=count_tokens(passage.text),
            )
        )
        start += len(passage.text) + 1
    text = "\n".join(passage.text for passage in passages)
    return ChunkedDocument(text=text, chunks=tuple(drafts), chunker=CHUNKER)


def _identity(passage: ReadyPassage) -> str:
    return hashlib.sha256(passage.id.encode()).hexdigest()


def _put_in_force(
    version: DocumentVersion, *, at: datetime, until: datetime | None = None
) -> None:
    """The database asks for a second person's signature here as everywhere.

    It is nobody's, and is rolled back with what it stands under.
    """
    Review.objects.create(
        version=version,
        reviewer_id="command:evaluate_retrieval:second",
        reviewer_name="Evaluation",
        decision=Decision.APPROVE,
        meaning="scratch",
        authenticated_by=PASSWORD,
        text_sha256=text_sha256(version.id),
        foresight="missing",
        acknowledged=True,
        decided_at=at,
    )
    DocumentVersion.objects.filter(pk=version.pk).update(
        status=Status.IN_FORCE,
        approved_at=at,
        activated_at=at,
        in_force_from=at,
        in_force_to=until,
    )


def _embed(
    collection: Collection,
    *,
    embedder: Embedder,
    progress: Callable[[int], None],
) -> None:
    """Embed as ingestion does, without its resuming: long batches, alike in length."""
    chunks = list(Chunk.objects.filter(document__collection=collection))
    chunks.sort(key=lambda chunk: (len(chunk.text), chunk.id))
    for start in range(0, len(chunks), BATCH):
        batch = chunks[start : start + BATCH]
        texts = [
            embedding_text(one.text, section_path=tuple(one.section_path))
            for one in batch
        ]
        vectors = embedder.embed_passages(texts)
        ChunkEmbedding.objects.bulk_create(
            ChunkEmbedding(chunk=chunk, embedder=identity_of(embedder), embedding=one)
            for chunk, one in zip(batch, vectors, strict=True)
        )
        progress(start + len(batch))


def _passage_ids(
    collection: Collection, passages: Sequence[ReadyPassage]
) -> dict[UUID, str]:
    by_identity = {_identity(passage): passage.id for passage in passages}
    rows = Chunk.objects.filter(document__collection=collection)
    return {
        chunk_id: by_identity[identity]
        for chunk_id, identity in rows.values_list("id", "content_sha256")
    }
