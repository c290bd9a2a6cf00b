"""Reading scanned pages by parts, and putting what was read into the document.

Promises: a part's result is kept as a file by its hash and named in the transaction
that ends the part; a part whose pages cannot be read ends without a result, and the
warnings about those pages stay. Will not: run where nothing can read pictures; then the
document goes on with the text it has.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from ingestion import parsed_files
from ingestion.actions.attempts import give_up
from ingestion.actions.leases import Lease, finish, leased, open_part
from ingestion.actions.rows import find_version, lock_version, update
from ingestion.actions.services import content_store, parse_limits
from ingestion.actions.steps import Onward, open_parts, stay
from ingestion.errors import ParsingError
from ingestion.lifecycle import Status
from ingestion.models import OPEN, DocumentVersion, PartState, Stage, WorkPart
from ingestion.parsers import ocr
from ingestion.types import ParsedDocument

# Longer than the reading process may take for the pages of one part.
LEASE_SECONDS: Final = ocr.SECONDS_A_PART + 60


def plan_recognition(
    version: DocumentVersion, *, parsed: ParsedDocument, at: datetime
) -> None:
    """Open a part for every few scanned pages, if they can be read here."""
    if ocr.is_available():
        for number, pages in enumerate(ocr.parts_of(parsed)):
            open_part(
                version,
                stage=Stage.OCR,
                number=number,
                places=(pages[0], pages[-1] + 1),
                total=len(pages),
                at=at,
            )


def recognise_part(part_id: UUID, *, at: datetime, onward: Onward = stay) -> Status:
    """Read a few scanned pages; the last part to end tells `onward`.

    Raises `StageBusy` and `LeaseLost`. Does nothing for a part that is done, or was
    taken back.
    """
    part = WorkPart.objects.get(pk=part_id)
    version = find_version(part.version_id)
    if part.state in OPEN and version.status == Status.PARSED:
        if give_up(part, at=at):
            return Status.FAILED
        with leased(part, seconds=LEASE_SECONDS) as lease:
            result = _recognised(part, version)
            _end(part, lease=lease, result=result, at=at, onward=onward)
    return Status(find_version(part.version_id).status)


def recognise_rest(version_id: UUID, *, at: datetime) -> None:
    """Read what scanned pages are left, in this process."""
    for part_id in open_parts(version_id, stage=Stage.OCR):
        recognise_part(part_id, at=at)


def with_recognised(
    version: DocumentVersion, *, parsed: ParsedDocument
) -> ParsedDocument:
    """The document with the text of its scanned pages in its place."""
    rows = WorkPart.objects.filter(
        version=version, stage=Stage.OCR, state=PartState.DONE
    ).exclude(result_sha256="")
    hashes = rows.order_by("number").values_list("result_sha256", flat=True)
    parts = [parsed_files.read(content_store().get(sha256)) for sha256 in hashes]
    return ocr.with_recognised(parsed, parts) if parts and parsed.scanned else parsed


def _recognised(part: WorkPart, version: DocumentVersion) -> str:
    """Read the pages; the hash of what was found, or nothing."""
    store = content_store()
    parsed = parsed_files.read(store.get(version.parsed_sha256))
    pages = ocr.parts_of(parsed)[part.number]
    data = store.get(version.content_sha256)
    try:
        found = ocr.recognise(data, pages=pages, limits=parse_limits())
    except ParsingError:
        return ""
    return store.put(parsed_files.written(found))


@transaction.atomic
def _end(
    part: WorkPart, *, lease: Lease, result: str, at: datetime, onward: Onward
) -> None:
    """Under the version's lock, so that one part is the last."""
    version = lock_version(part.version_id)
    finish(lease, result=result)
    done = WorkPart.objects.filter(version=version, stage=Stage.OCR)
    counts = [done.filter(state=PartState.DONE).count(), done.count()]
    update(version, progress={**version.progress, "ocr": counts}, attended_at=at)
    if not open_parts(version.id, stage=Stage.OCR):
        onward(version.id, Status(version.status), at)
