"""How far the work on an edition is, from what its row and its parts of work say.

Promises: the state survives a reload, since it is kept with the edition; polling
ends when the work does. Will not: estimate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ingestion.lifecycle import PROCESSING, Status
from ingestion.queries import StageProgress, VersionView, VersionWork, works_of

BY_PARTS = frozenset({Status.PARSED, Status.CHUNKED})
SCANS = "ocr"  # as `work_of` names the reading of scanned pages
ORDER = (Status.RECEIVED, Status.PARSED, Status.CHUNKED, Status.EMBEDDED)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: `done`, `now`, `stopped` or, while it waits, nothing."""

    label: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What the panel shows; `total` is zero while there is nothing to count.

    `counted` says what `done` of `total` are: scanned pages, or passages.
    """

    shown: bool
    polling: bool
    sentence: str
    stages: tuple[Stage, ...]
    done: int = 0
    total: int = 0
    counted: str = ""


def works_under_way(
    versions: Iterable[VersionView], *, at: datetime
) -> dict[UUID, VersionWork]:
    """The work on those of the editions that are at a stage done by parts, by id."""
    return works_of([one for one in versions if one.status in BY_PARTS], at=at)


def work_under_way(version: VersionView, *, at: datetime) -> VersionWork | None:
    """The work on an edition at a stage that is done by parts; else nothing."""
    return works_under_way([version], at=at).get(version.id)


def progress_of(version: VersionView, *, work: VersionWork | None) -> Progress:
    """Read the progress of an edition; `work` is what is under way on it."""
    status = Status(version.status)
    counts = {one.stage: one for one in version.progress}
    scans = scans_of(version, work)
    if scans is not None:
        counts["parse"] = scans
    current = scans or (counts.get("embed") if status is Status.CHUNKED else None)
    reached = 1 if scans else _reached(status, counts)
    return Progress(
        shown=status in PROCESSING or status is Status.FAILED,
        polling=status in PROCESSING,
        sentence=_("Reading scanned pages…") if scans else _sentence(status),
        stages=_stages(counts, reached, failed=status is Status.FAILED),
        done=current.done if current else 0,
        total=current.total if current else 0,
        counted=_("Scanned pages read") if scans else _("Passages embedded"),
    )


def scans_of(version: VersionView, work: VersionWork | None) -> StageProgress | None:
    """How many scanned pages are read, while some are left; they are cut after."""
    if work is None or version.status != Status.PARSED:
        return None
    stages = (one for one in work.stages if one.stage == SCANS)
    return next(
        (
            StageProgress(one.stage, one.done, one.total)
            for one in stages
            if one.parts_done < one.parts
        ),
        None,
    )


def _reached(status: Status, counts: dict[str, StageProgress]) -> int:
    """How many of the four stages are behind it."""
    if status is Status.FAILED:
        finished = [
            one for one in counts.values() if one.total and one.done == one.total
        ]
        return 1 + len(finished)
    return ORDER.index(status) + 1 if status in ORDER else len(ORDER) + 1


def _sentence(status: Status) -> str:
    return {
        Status.RECEIVED: _("Reading the file…"),
        Status.PARSED: _("Cutting the text into passages…"),
        Status.CHUNKED: _("Embedding the passages…"),
        Status.EMBEDDED: _("Handing over for review…"),
        Status.FAILED: _("Stopped."),
    }.get(status, _("Finished."))


def _stages(
    counts: dict[str, StageProgress], reached: int, *, failed: bool
) -> tuple[Stage, ...]:
    names = (
        (_("Received"), None),
        (_("Read"), counts.get("parse")),
        (_("Passages"), counts.get("chunk")),
        (_("Embedded"), counts.get("embed")),
    )
    return tuple(
        Stage(label, _state(place, reached, failed=failed), _detail(count))
        for place, (label, count) in enumerate(names)
    )


def _state(place: int, reached: int, *, failed: bool) -> str:
    if place < reached:
        return "done"
    if place == reached:
        return "stopped" if failed else "now"
    return ""


def _detail(count: StageProgress | None) -> str:
    if count is None or count.total <= 1:
        return ""
    if count.done == count.total:
        return ngettext("%(n)d piece", "%(n)d pieces", count.total) % {"n": count.total}
    return _("%(done)d of %(total)d") % {"done": count.done, "total": count.total}
