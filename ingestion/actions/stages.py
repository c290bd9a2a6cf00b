"""The machine's stages between receipt and review: parse, chunk, embed, submit.

Promises: each stage is safe to run twice, by two workers at once, and after a kill:
a stage does its work outside any transaction, alone at its document, and then moves
the version on in one transaction if it still stands where the work began. Vectors are
kept batch by batch, so nothing is embedded twice. A file that cannot be processed ends
as failed, with a code. Will not: retry by itself; `EmbeddingFailed` and `StageBusy`
reach the caller, who tries again or calls `fail_version`.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor
from audit.events import VersionReady, VersionRetried
from ingestion import parsed_files
from ingestion.actions.attempts import at_stage, fail_version
from ingestion.actions.passages import (
    count_passages,
    embed_missing,
    store_passages,
)
from ingestion.actions.rows import (
    WORKER,
    about,
    find_version,
    lock_version,
    move,
)
from ingestion.actions.services import (
    chunking_parameters,
    content_store,
    parse_limits,
)
from ingestion.chunking import chunk
from ingestion.embedding import Embedder, get_embedder, identity_of
from ingestion.errors import (
    EmbeddingFailed,
    FileTooLarge,
    IngestionError,
    InvalidTransition,
    NoText,
)
from ingestion.lifecycle import PROCESSING, Status
from ingestion.models import DocumentVersion, VersionText
from ingestion.parsers import parse
from ingestion.queries import VersionView
from ingestion.queries.corpus import version_view
from ingestion.sniffing import sniff
from ingestion.types import ChunkedDocument, ParsedDocument


def parse_version(version_id: UUID, *, at: datetime) -> Status:
    """Read the file into blocks. Raises `VersionNotFound` and `StageBusy`."""
    with at_stage(version_id, stage=Status.RECEIVED, at=at) as version:
        if version is not None:
            _parse(version, at=at)
    return _status(version_id)


def chunk_version(
    version_id: UUID, *, at: datetime, embedder: Embedder | None = None
) -> Status:
    """Cut the blocks into passages and index their terms, all or nothing.

    Raises `VersionNotFound`, `StageBusy` and `EmbeddingFailed` (the embedder counts
    the tokens).
    """
    with at_stage(version_id, stage=Status.PARSED, at=at) as version:
        if version is not None:
            _chunk(version, embedder=embedder or get_embedder(), at=at)
    return _status(version_id)


def embed_version(
    version_id: UUID,
    *,
    at: datetime,
    embedder: Embedder | None = None,
    at_most: int | None = None,
) -> Status:
    """Embed the passages that have no vector yet, `at_most` so many in one go.

    Raises `VersionNotFound`, `StageBusy` and `EmbeddingFailed`; what was embedded
    before the failure is kept.
    """
    with at_stage(version_id, stage=Status.CHUNKED, at=at) as version:
        if version is not None:
            _embed(version, embedder=embedder or get_embedder(), at_most=at_most, at=at)
    return _status(version_id)


def submit_version(version_id: UUID, *, at: datetime) -> Status:
    """Put an embedded version before its reviewers.

    Raises `VersionNotFound` and `StageBusy`.
    """
    with at_stage(version_id, stage=Status.EMBEDDED, at=at) as version:
        if version is not None:
            _submit(version.id, at=at)
    return _status(version_id)


def advance_version(
    version_id: UUID,
    *,
    at: datetime,
    embedder: Embedder | None = None,
    at_most: int | None = None,
) -> Status:
    """Run the next stage, if one is left; raises what that stage raises."""
    match _status(version_id):
        case Status.RECEIVED:
            return parse_version(version_id, at=at)
        case Status.PARSED:
            return chunk_version(version_id, at=at, embedder=embedder)
        case Status.CHUNKED:
            return embed_version(version_id, at=at, embedder=embedder, at_most=at_most)
        case Status.EMBEDDED:
            return submit_version(version_id, at=at)
        case status:
            return status


def process_version(
    version_id: UUID,
    *,
    now: Callable[[], datetime],
    embedder: Embedder | None = None,
) -> VersionView:
    """Run all stages that are left, in this process.

    A stage that cannot be done ends the version as failed. Raises `VersionNotFound`,
    and `StageBusy` while another worker is at the document.
    """
    try:
        while advance_version(version_id, at=now(), embedder=embedder) in PROCESSING:
            pass
    except EmbeddingFailed as error:
        fail_version(version_id, error=error, at=now())
    return version_view(find_version(version_id))


@transaction.atomic
def retry_version(version_id: UUID, *, by: Actor, at: datetime) -> VersionView:
    """Send a failed version through the stages again, past what is done for good.

    Text and passages never change once they are written: a version that has them
    goes on from there.
    Raises `VersionNotFound` and `InvalidTransition`.
    """
    version = lock_version(version_id)
    if version.status != Status.FAILED:
        raise InvalidTransition(version.status, Status.RECEIVED)
    retried = VersionRetried(**about(version), code=version.failure_code)
    cut = VersionText.objects.filter(version=version).exists()
    move(
        version,
        target=Status.CHUNKED if cut else Status.RECEIVED,
        failure_code="",
        failure_message="",
        attended_at=at,
    )
    ledger.append(retried, by=by, at=at)
    return version_view(version)


def ready_for_review(version: DocumentVersion) -> VersionReady:
    return VersionReady(
        **about(version),
        text_sha256=version.version_text.sha256,
        chunk_count=version.placements.count(),
        parser=version.parser,
        chunker=version.chunker,
        embedder=version.embedder,
    )


def _status(version_id: UUID) -> Status:
    return Status(find_version(version_id).status)


def _parse(version: DocumentVersion, *, at: datetime) -> None:
    store, limits = content_store(), parse_limits()
    try:
        if version.byte_size > limits.max_bytes:
            raise FileTooLarge  # its bytes were not kept: there is nothing to look for
        data = store.get(version.content_sha256)
        media_type = sniff(data, filename=version.filename)
        parsed = parse(data, media_type=media_type, limits=limits)
    except IngestionError as error:
        fail_version(version.id, error=error, at=at)
        return
    kept = store.put(parsed_files.written(parsed))
    _keep_parsed(version.id, parsed=parsed, kept=kept, media_type=media_type, at=at)


@transaction.atomic
def _keep_parsed(
    version_id: UUID,
    *,
    parsed: ParsedDocument,
    kept: str,
    media_type: str,
    at: datetime,
) -> None:
    version = lock_version(version_id)
    if version.status != Status.RECEIVED:
        return
    move(
        version,
        target=Status.PARSED,
        media_type=media_type,
        parser=parsed.parser,
        parsed_sha256=kept,
        pages=parsed.pages,
        warnings=[asdict(warning) for warning in parsed.warnings],
        progress={"parse": [1, 1]},
        attended_at=at,
    )


def _chunk(version: DocumentVersion, *, embedder: Embedder, at: datetime) -> None:
    try:
        parsed = parsed_files.read(content_store().get(version.parsed_sha256))
        chunked = chunk(
            parsed,
            parameters=chunking_parameters(embedder),
            count_tokens=embedder.count_tokens,
        )
        if not chunked.chunks:
            raise NoText
    except EmbeddingFailed:
        raise
    except IngestionError as error:
        fail_version(version.id, error=error, at=at)
        return
    _keep_chunked(version.id, chunked=chunked, at=at)


@transaction.atomic
def _keep_chunked(version_id: UUID, *, chunked: ChunkedDocument, at: datetime) -> None:
    version = lock_version(version_id)
    if version.status != Status.PARSED:
        return
    store_passages(version, chunked=chunked)
    count = len(chunked.chunks)
    move(
        version,
        target=Status.CHUNKED,
        chunker=chunked.chunker,
        progress={**version.progress, "chunk": [count, count]},
        attended_at=at,
    )


def _embed(
    version: DocumentVersion, *, embedder: Embedder, at_most: int | None, at: datetime
) -> None:
    identity = identity_of(embedder)
    if embed_missing(version, embedder=embedder, at=at, at_most=at_most):
        _keep_embedded(
            version.id, identity=identity, total=count_passages(version), at=at
        )


@transaction.atomic
def _keep_embedded(
    version_id: UUID, *, identity: str, total: int, at: datetime
) -> None:
    version = lock_version(version_id)
    if version.status != Status.CHUNKED:
        return
    progress = {**version.progress, "embed": [total, total]}
    move(
        version,
        target=Status.EMBEDDED,
        embedder=identity,
        progress=progress,
        attended_at=at,
    )


@transaction.atomic
def _submit(version_id: UUID, *, at: datetime) -> None:
    version = lock_version(version_id)
    if version.status == Status.EMBEDDED:
        move(version, target=Status.IN_REVIEW)
        ledger.append(ready_for_review(version), by=WORKER, at=at)
