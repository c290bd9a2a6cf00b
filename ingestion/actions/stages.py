"""The machine's stages between receipt and review: parse, chunk, embed, submit.

Promises: each stage is safe to run twice, by two workers at once, and after a kill: its
work is done outside any transaction, under a lease on the stage or on a part of it, and
what it found is written in one transaction that shows the lease. Vectors are kept batch
by batch, so nothing is embedded twice. A file that cannot be processed ends as failed,
with a code. Whoever moves a version on tells `onward`, in the same transaction, so that
a message to the next worker stands or falls with it. Will not: retry by itself;
`EmbeddingFailed`, `StageBusy` and `LeaseLost` reach the caller.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor, ActorKind
from audit.events import VersionReady, VersionRetried
from ingestion import parsed_files
from ingestion.actions.attempts import at_stage, fail_version
from ingestion.actions.inspection import inspected, is_held
from ingestion.actions.leases import Lease, finish, reopen_parts
from ingestion.actions.parts import embed_rest, plan_embedding
from ingestion.actions.passages import (
    count_passages,
    lacks_vectors,
    store_passages,
)
from ingestion.actions.recognition import (
    plan_recognition,
    recognise_rest,
    with_recognised,
)
from ingestion.actions.rows import (
    WORKER,
    about,
    embedder_of,
    find_version,
    lock_version,
    move,
)
from ingestion.actions.services import (
    chunking_parameters,
    content_store,
    parse_limits,
)
from ingestion.actions.steps import Onward, open_parts, stay
from ingestion.chunking import chunk
from ingestion.embedding import Embedder, get_embedder, identity_of
from ingestion.errors import (
    EmbeddingFailed,
    FileTooLarge,
    IngestionError,
    InvalidTransition,
    NoText,
    ParsingError,
    ProcessingCancelled,
    ReviewerIsNotAPerson,
)
from ingestion.lifecycle import PROCESSING, Status
from ingestion.models import Collection, DocumentVersion, Stage, VersionText
from ingestion.parsers import ocr, parse
from ingestion.queries import VersionView
from ingestion.queries.corpus import version_view
from ingestion.sniffing import sniff
from ingestion.types import ChunkedDocument, ParsedDocument


def parse_version(version_id: UUID, *, at: datetime, onward: Onward = stay) -> Status:
    """Read the file into blocks. Raises `VersionNotFound`, `StageBusy`, `LeaseLost`."""
    stage = at_stage(version_id, status=Status.RECEIVED, stage=Stage.PARSE, at=at)
    with stage as held:
        if held is not None:
            _parse(held[0], lease=held[1], at=at, onward=onward)
    return _status(version_id)


def chunk_version(
    version_id: UUID,
    *,
    at: datetime,
    embedder: Embedder | None = None,
    onward: Onward = stay,
) -> Status:
    """Cut the blocks into passages and index their terms, all or nothing.

    Scanned pages that are not read yet are read before, in this process.
    Raises `VersionNotFound`, `StageBusy`, `LeaseLost` and `EmbeddingFailed` (the
    embedder counts the tokens).
    """
    recognise_rest(version_id, at=at)
    stage = at_stage(version_id, status=Status.PARSED, stage=Stage.CHUNK, at=at)
    with stage as held:
        if held is not None:
            _chunk(
                held[0],
                lease=held[1],
                embedder=embedder or embedder_of(version_id, default=get_embedder),
                at=at,
                onward=onward,
            )
    return _status(version_id)


def embed_version(
    version_id: UUID,
    *,
    at: datetime,
    embedder: Embedder | None = None,
    at_most: int | None = None,
    onward: Onward = stay,
) -> Status:
    """Embed the passages that have no vector yet, `at_most` so many in one go.

    Part after part in this process, beside others that may be at other parts.
    Raises `VersionNotFound`, `StageBusy`, `LeaseLost` and `EmbeddingFailed`; what was
    embedded before the failure is kept.
    """
    if _status(version_id) == Status.CHUNKED:
        chosen = embedder or embedder_of(version_id, default=get_embedder)
        if embed_rest(version_id, embedder=chosen, at_most=at_most, at=at):
            _keep_embedded(
                version_id, identity=identity_of(chosen), at=at, onward=onward
            )
    return _status(version_id)


def submit_version(version_id: UUID, *, at: datetime) -> Status:
    """Put an embedded version before its reviewers. Raises `VersionNotFound`."""
    with transaction.atomic():
        version = lock_version(version_id)
        if version.status == Status.EMBEDDED:
            move(version, target=Status.IN_REVIEW)
            ledger.append(ready_for_review(version), by=WORKER, at=at)
    return _status(version_id)


def advance_version(
    version_id: UUID,
    *,
    at: datetime,
    embedder: Embedder | None = None,
    at_most: int | None = None,
    onward: Onward = stay,
) -> Status:
    """Run the next stage, if one is left; raises what that stage raises."""
    match _status(version_id):
        case Status.RECEIVED:
            return parse_version(version_id, at=at, onward=onward)
        case Status.PARSED:
            return chunk_version(version_id, at=at, embedder=embedder, onward=onward)
        case Status.CHUNKED:
            return embed_version(
                version_id, at=at, embedder=embedder, at_most=at_most, onward=onward
            )
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
    and `StageBusy` while another worker is at it.
    """
    try:
        while advance_version(version_id, at=now(), embedder=embedder) in PROCESSING:
            pass
    except EmbeddingFailed as error:
        fail_version(version_id, error=error, at=now())
    return version_view(find_version(version_id))


@transaction.atomic
def cancel_version(version_id: UUID, *, by: Actor, at: datetime) -> VersionView:
    """Stop the stages of a version: it ends as failed, and can be sent through again.

    Workers at it write nothing more. Raises `VersionNotFound`, `InvalidTransition`
    when its stages are over, and `ReviewerIsNotAPerson`.
    """
    if by.kind is not ActorKind.PERSON:
        raise ReviewerIsNotAPerson
    version = lock_version(version_id)
    if version.status not in PROCESSING:
        raise InvalidTransition(version.status, Status.FAILED)
    fail_version(version_id, error=ProcessingCancelled(), at=at, by=by)
    return version_view(find_version(version_id))


@transaction.atomic
def retry_version(version_id: UUID, *, by: Actor, at: datetime) -> VersionView:
    """Send a failed version through the stages again, from the one that failed.

    Text and passages never change once they are written: a version that has them goes
    on from there. A file that could not be read is read again, and so are the scanned
    pages that nobody came to read.
    Raises `VersionNotFound` and `InvalidTransition`.
    """
    version = lock_version(version_id)
    if version.status != Status.FAILED:
        raise InvalidTransition(version.status, Status.RECEIVED)
    retried = VersionRetried(**about(version), code=version.failure_code)
    target = _where_it_failed(version)
    if target is Status.PARSED:
        reopen_parts(version, stage=Stage.OCR, at=at)
    move(version, target=target, failure_code="", failure_message="", attended_at=at)
    ledger.append(retried, by=by, at=at)
    return version_view(version)


def _where_it_failed(version: DocumentVersion) -> Status:
    if VersionText.objects.filter(version=version).exists():
        return Status.CHUNKED
    if version.parsed_sha256 and version.failure_code not in _UNREADABLE:
        return Status.PARSED
    return Status.RECEIVED


_UNREADABLE = frozenset(error.code for error in ParsingError.__subclasses__())


def ready_for_review(version: DocumentVersion) -> VersionReady:
    return VersionReady(
        **about(version),
        text_sha256=version.version_text.sha256,
        chunk_count=version.placements.filter(cut=version.cut).count(),
        parser=version.parser,
        chunker=version.chunker,
        embedder=version.embedder,
    )


def _status(version_id: UUID) -> Status:
    return Status(find_version(version_id).status)


def _parse(
    version: DocumentVersion, *, lease: Lease, at: datetime, onward: Onward
) -> None:
    store, limits = content_store(), parse_limits(version.document.collection)
    try:
        if version.byte_size > limits.max_bytes:
            raise FileTooLarge  # its bytes were not kept: there is nothing to look for
        data = store.get(version.content_sha256)
        media_type = sniff(data, filename=version.filename)
        parsed = parse(
            data,
            media_type=media_type,
            limits=limits,
            may_be_scanned=ocr.is_available(),
        )
    except IngestionError as error:
        fail_version(version.id, error=error, at=at)
        return
    kept = store.put(parsed_files.written(parsed))
    found = _Parsed(parsed, kept, media_type)
    _keep_parsed(version.id, found=found, lease=lease, at=at, onward=onward)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """What was read, the hash it is kept under, and what kind of file it was."""

    document: ParsedDocument
    kept: str
    media_type: str


@transaction.atomic
def _keep_parsed(
    version_id: UUID, *, found: _Parsed, lease: Lease, at: datetime, onward: Onward
) -> None:
    version = lock_version(version_id)
    finish(lease)
    if version.status != Status.RECEIVED:
        return
    parsed = found.document
    move(
        version,
        target=Status.PARSED,
        media_type=found.media_type,
        parser=parsed.parser,
        parsed_sha256=found.kept,
        pages=parsed.pages,
        warnings=[asdict(warning) for warning in parsed.warnings],
        progress={"parse": [1, 1]},
        attended_at=at,
    )
    plan_recognition(version, parsed=parsed, at=at)
    onward(version_id, Status.PARSED, at)


def _chunk(
    version: DocumentVersion,
    *,
    lease: Lease,
    embedder: Embedder,
    at: datetime,
    onward: Onward,
) -> None:
    try:
        read = parsed_files.read(content_store().get(version.parsed_sha256))
        parsed, screened = inspected(
            with_recognised(version, parsed=read),
            language=version.document.collection.language,
        )
        if is_held(version.id, document=parsed, found=screened, lease=lease, at=at):
            return
        chunked = chunk(
            parsed,
            parameters=chunking_parameters(
                embedder, collection=version.document.collection
            ),
            count_tokens=embedder.count_tokens,
        )
        if not chunked.chunks:
            raise NoText
    except EmbeddingFailed:
        raise
    except IngestionError as error:
        fail_version(version.id, error=error, at=at)
        return
    kept = content_store().put(parsed_files.written(parsed))
    found = _Parsed(parsed, kept, version.media_type)
    with transaction.atomic():
        if _keep_chunked(version.id, found, chunked=chunked, lease=lease, at=at):
            plan_embedding(version, identity=identity_of(embedder), at=at)
            onward(version.id, Status.CHUNKED, at)


def _keep_chunked(
    version_id: UUID,
    found: _Parsed,
    *,
    chunked: ChunkedDocument,
    lease: Lease,
    at: datetime,
) -> bool:
    version = lock_version(version_id)
    finish(lease)
    if version.status != Status.PARSED or open_parts(version_id, stage=Stage.OCR):
        return False
    store_passages(version, chunked=chunked)
    count = len(chunked.chunks)
    move(
        version,
        target=Status.CHUNKED,
        parser=found.document.parser,
        parsed_sha256=found.kept,
        warnings=[asdict(warning) for warning in found.document.warnings],
        chunker=chunked.chunker,
        language=found.document.language or "",
        progress={**version.progress, "chunk": [count, count]},
        attended_at=at,
    )
    return True


@transaction.atomic
def _keep_embedded(
    version_id: UUID, *, identity: str, at: datetime, onward: Onward
) -> None:
    # Read under lock: an index may have been switched to meanwhile. The collection
    # first, as a switch does it, or the two wait for each other.
    shelves = Collection.objects.select_for_update(no_key=True, of=("self",))
    shelf = shelves.get(documents__versions=version_id)
    version = lock_version(version_id)
    if shelf.embedder not in {"", identity}:
        return
    if version.status != Status.CHUNKED or lacks_vectors(version, identity=identity):
        return
    total = count_passages(version)
    move(
        version,
        target=Status.EMBEDDED,
        embedder=identity,
        progress={**version.progress, "embed": [total, total]},
        attended_at=at,
    )
    onward(version_id, Status.EMBEDDED, at)
