"""Building a package in slices, by processes that may die between any two lines.

Promises that progress is committed only for bytes that have reached the disk, that what
lies beyond it is cut off before the next slice, that memory stays flat, and that of two
processes one works. The file appears under its name whole, readable by its owner alone.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from audit.actors import Actor, ActorKind
from audit.errors import (
    AuditError,
    Erased,
    ExportEmpty,
    ExportStateWrong,
    ExportStopped,
    ExportTooLarge,
    LedgerUnavailable,
)
from audit.exports import closing, erasures, records, selecting
from audit.exports.archive import NAMES, PRIVATE, Archive
from audit.exports.facts import Facts
from audit.exports.packing import MEMBERS, TABLE, Mask, Packer, Reader
from audit.exports.proving import Prover, read_bounds
from audit.exports.records import State
from audit.exports.scopes import Content
from audit.models import Export
from audit.offline.package import MAX_MANIFEST

BUILDER: Final = Actor(ActorKind.SYSTEM, "task:exports", "Evidence packages", "task")
# Every attempt reads sealed content again, and each reading is an entry for ever.
ATTEMPTS: Final = 5
_LOCK: Final = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_UNLOCK: Final = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


@dataclass(frozen=True, slots=True)
class Workshop:
    """What building needs from outside: where, how to mask, and what stands beside.

    `vkey` and `policy` are this deployment's own words: who checks brings his own.
    """

    folder: Path
    mask: Mask
    origin: str
    vkey: str | None = None
    policy: str | None = None

    def file(self, export_id: UUID) -> Path:
        """Where the finished package stands."""
        return self.folder / f"{export_id}.zip"

    def draft(self, export_id: UUID) -> Path:
        """The folder in which it is made."""
        return self.folder / f"{export_id}.draft"


def build_slice(
    export_id: UUID, workshop: Workshop, *, at: datetime, at_most: int
) -> State | None:
    """Pack at most so many entries; the package's state afterwards.

    None if another process is at work on it, or there is no such package. One that
    cannot be built ends as failed; so does one that was begun on five times without any
    progress, whatever stopped it. Raises LedgerUnavailable, and what a full disk or a
    database that is away raises: then it is to be tried again.
    """
    with _alone(export_id) as is_alone:
        row = Export.objects.filter(pk=export_id).first()
        if row is None or not is_alone:
            return None
        if row.state == State.BUILDING:
            _try(row, workshop, at=at, at_most=at_most)
    return records.by_id(export_id).state


def _try(row: Export, workshop: Workshop, *, at: datetime, at_most: int) -> None:
    try:
        _begin_attempt(row, at=at)
        _build(row, workshop, at=at, at_most=at_most)
    except LedgerUnavailable:  # nothing was read without it
        Export.objects.filter(pk=row.id).update(attempts=F("attempts") - 1)
        raise
    except ExportStateWrong:
        discard(row.id, workshop)  # it was cancelled meanwhile
    except AuditError as error:
        discard(row.id, workshop)
        records.fail(row.id, code=error.code, by=BUILDER, at=at)


def _begin_attempt(row: Export, *, at: datetime) -> None:
    """Committed first: who is killed has tried, too. Raises ExportStopped."""
    if row.attempts >= ATTEMPTS:
        raise ExportStopped
    row.attempts, row.attended_at = row.attempts + 1, at
    row.save(update_fields=["attempts", "attended_at"])


def end_outlived(workshop: Workshop, *, at: datetime) -> int:
    """End the packages that may hold what is erased by now; how many there were.

    Files go first: a removal that is on record has happened.
    """
    found = erasures.outlived()
    for row in found:
        with suppress(ExportStateWrong):  # another process ended it
            _end_outlived(row, workshop, at=at)
    return len(found)


def _end_outlived(row: Export, workshop: Workshop, *, at: datetime) -> None:
    if row.state == State.BUILT:
        discard(row.id, workshop)
        records.record_removal(row.id, by=BUILDER, at=at, code=Erased.code)
        return
    records.fail(row.id, code=Erased.code, by=BUILDER, at=at)
    with _alone(row.id) as is_alone:
        if is_alone:  # else whoever builds it finds that it was ended, and discards it
            discard(row.id, workshop)


def clear(workshop: Workshop) -> None:
    """Delete what belongs to packages that ended while their process died.

    Drafts go unless the package is being built, files unless that or built.
    """
    for draft in workshop.folder.glob("*.draft"):
        if not _is_in(draft, State.BUILDING):
            shutil.rmtree(draft, ignore_errors=True)
    for file in workshop.folder.glob("*.zip"):
        if not _is_in(file, State.BUILDING, State.BUILT):
            file.unlink(missing_ok=True)


def _is_in(path: Path, *states: State) -> bool:
    """Whether its package is in one of the states; what names none is left alone."""
    try:
        export_id = UUID(path.stem)
    except ValueError:
        return True
    return Export.objects.filter(pk=export_id, state__in=states).exists()


def discard(export_id: UUID, workshop: Workshop) -> None:
    """Delete all files of a package, finished or not."""
    shutil.rmtree(workshop.draft(export_id), ignore_errors=True)
    workshop.file(export_id).unlink(missing_ok=True)


@contextmanager
def _alone(export_id: UUID) -> Iterator[bool]:
    """Whether no other process works on this package."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [str(export_id)])
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone and connection.connection and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute(_UNLOCK, [str(export_id)])


def _build(row: Export, workshop: Workshop, *, at: datetime, at_most: int) -> None:
    erasures.check(row)
    # A file under its name whose end is not recorded is of a process that died.
    workshop.file(row.id).unlink(missing_ok=True)
    with Archive(workshop.draft(row.id), spools=(MEMBERS, TABLE)) as archive:
        if not archive.holds(row.progress.get("positions", {})):
            row.progress, row.entries_done, row.looked_at = {}, 0, 0
        archive.rewind(row.progress.get("positions", {}))
        packer = _packer(row, workshop, archive, at=at)
        if _pack_pages(row, packer, at=at, at_most=at_most):
            _close(row, workshop, packer, at=at)


def _packer(
    row: Export, workshop: Workshop, archive: Archive, *, at: datetime
) -> Packer:
    reader = Actor(ActorKind.PERSON, row.requested_by, row.requested_by_name, "task")
    return Packer(
        archive=archive,
        prover=Prover(read_bounds(row.bounds)),
        facts=Facts.read(row.progress.get("facts", {})),
        content=Content(row.content),
        reader=Reader(reader, at, surface=f"export:{row.id}"),
        mask=workshop.mask,
        origin=workshop.origin,
    )


def _pack_pages(row: Export, packer: Packer, *, at: datetime, at_most: int) -> bool:
    """Whether the end of the scope was reached within this slice."""
    scope, packed = records.scope_of(row), 0
    while packed < at_most:
        page = selecting.page(
            scope, after=row.progress.get("after"), end=packer.prover.end
        )
        done = packer.pack(page.entries)
        packed += max(done, 1)
        row.entries_done += done
        row.looked_at += page.looked_at
        if page.is_last:
            return True
        _save(row, packer, after=page.after, at=at)
    return False


def _save(row: Export, packer: Packer, *, after: int | str, at: datetime) -> None:
    """Commit how far it is. Raises ExportTooLarge for what no verifier would read.

    Raises ExportStateWrong if it was cancelled meanwhile.
    """
    positions = packer.archive.positions()
    if positions[MEMBERS] + positions[NAMES] > MAX_MANIFEST:
        raise ExportTooLarge
    row.progress = {
        "after": after,
        "positions": positions,
        "facts": packer.facts.kept(),
        "to_look_at": selecting.to_look_at(
            records.scope_of(row), end=packer.prover.end
        ),
    }
    saved = Export.objects.filter(pk=row.id, state=State.BUILDING).update(
        progress=row.progress,
        entries_done=row.entries_done,
        looked_at=row.looked_at,
        attempts=0,
        attended_at=at,
    )
    if not saved:
        raise ExportStateWrong


def _close(row: Export, workshop: Workshop, packer: Packer, *, at: datetime) -> None:
    if row.entries_done == 0:
        raise ExportEmpty
    view = records.by_id(row.id)
    manifest_sha256 = closing.close(
        packer, view, vkey=workshop.vkey, policy=workshop.policy, at=at
    )
    target = workshop.file(row.id)
    packer.archive.finish(target)
    target.chmod(PRIVATE)
    with target.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    with transaction.atomic():
        row.entries_done = packer.facts.entries
        _count(row)
        records.finish(
            row.id,
            byte_size=target.stat().st_size,
            sha256=digest,
            manifest_sha256=manifest_sha256,
            by=BUILDER,
            at=at,
        )


def _count(row: Export) -> None:
    done: dict[str, Any] = {"to_look_at": row.looked_at}
    Export.objects.filter(pk=row.id).update(
        entries_done=row.entries_done, looked_at=row.looked_at, progress=done
    )
