"""One factory function for each table of the corpus."""

import hashlib
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from ingestion.lifecycle import Status
from ingestion.models import (
    Chunk,
    ChunkEmbedding,
    ChunkPosting,
    Collection,
    CorpusChange,
    Document,
    DocumentRecord,
    DocumentVersion,
    IndexBuild,
    OutboxMessage,
    PartState,
    Reminder,
    Review,
    Stage,
    VersionChunk,
    VersionHold,
    VersionLabel,
    VersionText,
    WorkPart,
)
from tests.factories.people import AUTHOR, REVIEWER

T0 = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = count(1)
NEEDS_REVIEW = {
    Status.APPROVED,
    Status.SCHEDULED,
    Status.IN_FORCE,
    Status.SUPERSEDED,
    Status.EXPIRED,
    Status.WITHDRAWN,
}
ACTIVATED = NEEDS_REVIEW - {Status.APPROVED}


def make_collection(**fields: Any) -> Collection:
    number = next(_numbers)
    values = {
        "slug": f"collection-{number}",
        "name": f"Collection {number}",
        "specialty": "general",
        "language": "en",
        "audience": "everyone",
        "created_at": T0,
    }
    return Collection.objects.create(**(values | fields))


def make_document(collection: Collection | None = None, **fields: Any) -> Document:
    values = {
        "title": f"Guideline {next(_numbers)}",
        "publisher": "A publisher",
        "language": "en",
        "owner_id": AUTHOR.id,
        "created_at": T0,
    }
    home = collection or make_collection()
    return Document.objects.create(collection=home, **(values | fields))


def make_document_version(
    document: Document | None = None,
    *,
    status: Status = Status.IN_REVIEW,
    **fields: Any,
) -> DocumentVersion:
    """A version of that status, approved by somebody else where it has to be."""
    home = document or make_document()
    number = next(_numbers)
    values = {
        "number": number,
        "label": f"Edition {number}",
        "filename": "guideline.md",
        "media_type": "text/markdown",
        "content_sha256": hashlib.sha256(str(number).encode()).hexdigest(),
        "byte_size": 1,
        "author_id": AUTHOR.id,
        "author_name": AUTHOR.name,
        "received_at": T0,
        "attended_at": T0,
    }
    dated = {
        name: fields.pop(name)
        for name in ("in_force_from", "in_force_to", "withdrawn_at")
        if name in fields
    }
    first = Status.IN_REVIEW if status in NEEDS_REVIEW else status
    version = DocumentVersion.objects.create(
        document=home, status=first, **(values | fields)
    )
    if status in NEEDS_REVIEW:
        make_review(version)
        _promote(version, status=status, dated=dated)
    return version


def _promote(version: DocumentVersion, *, status: Status, dated: dict) -> None:
    values = {"status": status, "approved_at": T0, **dated}
    if status in ACTIVATED:
        values = {"in_force_from": T0, "activated_at": T0, **values}
    DocumentVersion.objects.filter(pk=version.pk).update(**values)
    version.refresh_from_db()


def make_review(version: DocumentVersion | None = None, **fields: Any) -> Review:
    values = {
        "reviewer_id": REVIEWER.id,
        "reviewer_name": REVIEWER.name,
        "decision": "approve",
        "meaning": "Read and approved.",
        "decided_at": T0,
        "authenticated_by": "password",
        "text_sha256": "ab" * 32,
        "foresight": "missing",
        "acknowledged": True,
    }
    return Review.objects.create(
        version=version or make_document_version(), **(values | fields)
    )


def make_version_text(
    version: DocumentVersion | None = None, *, text: str = "Take rest."
) -> VersionText:
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    home = version or make_document_version()
    return VersionText.objects.create(version=home, text=text, sha256=sha256)


def make_chunk(document: Document | None = None, **fields: Any) -> Chunk:
    text = str(fields.get("text", f"Take rest, {next(_numbers)} days."))
    values = {
        "content_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "text": text,
        "section_path": ["Advice"],
        "token_count": len(text.split()),
        "chunker": "structure/2",
        "lexeme_count": len(text.split()),
    }
    home = document or make_document()
    return Chunk.objects.create(document=home, **(values | fields))


def make_version_chunk(
    version: DocumentVersion | None = None, **fields: Any
) -> VersionChunk:
    home = version or make_document_version()
    chunk = fields.pop("chunk", None) or make_chunk(home.document)
    values = {"position": 0, "char_start": 0, "char_end": len(chunk.text)}
    return VersionChunk.objects.create(version=home, chunk=chunk, **(values | fields))


def make_chunk_embedding(chunk: Chunk | None = None, **fields: Any) -> ChunkEmbedding:
    values = {"embedder": "fake@1", "embedding": [0.6, 0.8]}
    return ChunkEmbedding.objects.create(
        chunk=chunk or make_chunk(), **(values | fields)
    )


def make_chunk_posting(chunk: Chunk | None = None, **fields: Any) -> ChunkPosting:
    values = {"term": "rest", "frequency": 1}
    return ChunkPosting.objects.create(chunk=chunk or make_chunk(), **(values | fields))


def make_corpus_change(
    version: DocumentVersion | None = None, **fields: Any
) -> CorpusChange:
    values = {"entry_id": uuid4(), "in_force_from": T0, "changed_at": T0}
    return CorpusChange.objects.create(
        version=version or make_document_version(), **(values | fields)
    )


def make_document_record(
    document: Document | None = None, **fields: Any
) -> DocumentRecord:
    values = {
        "title": "Guideline",
        "language": "en",
        "owner_id": AUTHOR.id,
        "recorded_at": T0,
        "recorded_by": AUTHOR.id,
    }
    home = document or make_document()
    return DocumentRecord.objects.create(document=home, **(values | fields))


def make_version_label(
    version: DocumentVersion | None = None, **fields: Any
) -> VersionLabel:
    values = {"label": "2026", "recorded_at": T0, "recorded_by": AUTHOR.id}
    home = version or make_document_version()
    return VersionLabel.objects.create(version=home, **(values | fields))


def make_reminder(document: Document | None = None, **fields: Any) -> Reminder:
    values = {"owner_id": AUTHOR.id, "review_by": T0.date(), "opened_at": T0}
    home = document or make_document(review_by=T0.date())
    return Reminder.objects.create(document=home, **(values | fields))


def make_version_hold(
    version: DocumentVersion | None = None, **fields: Any
) -> VersionHold:
    values = {
        "code": "identifiers_found",
        "findings": {"phone_number": 1},
        "held_at": T0,
        "held_by": "task:ingestion",
    }
    home = version or make_document_version(status=Status.HELD)
    return VersionHold.objects.create(version=home, **(values | fields))


def make_searchable(text: str, *, version: DocumentVersion) -> VersionChunk:
    """Give the version one passage, its whole text."""
    make_version_text(version, text=text)
    chunk = make_chunk(version.document, text=text)
    return make_version_chunk(version, chunk=chunk)


def make_work_part(version: DocumentVersion | None = None, **fields: Any) -> WorkPart:
    values = {
        "stage": Stage.EMBED,
        "number": next(_numbers),
        "state": PartState.WAITING,
        "announced_at": T0,
    }
    home = version or make_document_version()
    return WorkPart.objects.create(version=home, **(values | fields))


def make_outbox_message(**fields: Any) -> OutboxMessage:
    values = {
        "task": "ingestion.tasks.process_version",
        "subject_id": uuid4(),
        "queue": "ingest.parse",
        "posted_at": T0,
    }
    return OutboxMessage.objects.create(**(values | fields))


def make_index_build(collection: Collection | None = None, **fields: Any) -> IndexBuild:
    values = {
        "number": next(_numbers),
        "embedder": "fake@2",
        "state": "building",
        "started_at": T0,
        "started_by": AUTHOR.id,
    }
    home = collection or make_collection()
    return IndexBuild.objects.create(collection=home, **(values | fields))
