"""How far the machine is with a version, and how long it may still take.

Promises: counts are those of the parts of work that stand in the table; the estimate
comes from how fast parts of the same kind went lately in the same collection, and is
absent while there is nothing to go by. Will not: promise it.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F, Sum

from ingestion.models import PartState, Stage, WorkPart
from ingestion.queries.corpus import version
from ingestion.queries.views import VersionView

LATELY: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class StageWork:
    """One stage: `done` of `total` units (files, pages, passages), by parts.

    `seconds_left` is what one worker would need, by the recent rate; None when no
    part of that kind was finished lately.
    """

    stage: str
    done: int
    total: int
    parts: int
    parts_done: int
    workers: int
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class VersionWork:
    """What is done of a version, by stage, and an estimate for what is planned."""

    version_id: UUID
    status: str
    stages: tuple[StageWork, ...]
    seconds_left: float | None


def work_of(version_id: UUID, *, at: datetime) -> VersionWork:
    """The stages that were begun or planned, in order; raises `VersionNotFound`."""
    return works_of([version(version_id)], at=at)[version_id]


def works_of(
    versions: Sequence[VersionView], *, at: datetime
) -> dict[UUID, VersionWork]:
    """As `work_of`, by id, in two statements however many there are."""
    if not versions:
        return {}
    rates = _rates({one.collection_slug for one in versions}, since=at - LATELY)
    parts = _parts([one.id for one in versions])
    return {
        one.id: _work(one, parts[one.id], rates=rates[one.collection_slug])
        for one in versions
    }


def _work(
    view: VersionView, parts: Sequence[WorkPart], *, rates: dict[str, float]
) -> VersionWork:
    stages = tuple(
        _stage(stage, found, rate=rates.get(stage))
        for stage in Stage.values
        if (found := [part for part in parts if part.stage == stage])
    )
    return VersionWork(view.id, view.status, stages, _left(stages))


def _parts(version_ids: Sequence[UUID]) -> defaultdict[UUID, list[WorkPart]]:
    found: defaultdict[UUID, list[WorkPart]] = defaultdict(list)
    for part in WorkPart.objects.filter(version__in=version_ids).order_by("number"):
        found[part.version_id].append(part)
    return found


def _rates(
    collection_slugs: Collection[str], *, since: datetime
) -> defaultdict[str, dict[str, float]]:
    """Units a second of one worker, by collection and stage."""
    rows = (
        WorkPart.objects.filter(
            version__document__collection__slug__in=collection_slugs,
            state=PartState.DONE,
            finished_at__gte=since,
            finished_at__gt=F("started_at"),
        )
        .values("stage", slug=F("version__document__collection__slug"))
        .annotate(units=Sum("total"), taken=Sum(F("finished_at") - F("started_at")))
    )
    rates: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row["units"]:
            rate = row["units"] / row["taken"].total_seconds()
            rates[row["slug"]][row["stage"]] = rate
    return rates


def _stage(stage: str, parts: Sequence[WorkPart], *, rate: float | None) -> StageWork:
    done, total = sum(part.done for part in parts), sum(part.total for part in parts)
    finished = [part for part in parts if part.state == PartState.DONE]
    ends = [part.finished_at for part in finished if part.finished_at]
    starts = [part.started_at for part in parts if part.started_at]
    left = 0.0 if done >= total else None
    return StageWork(
        stage=stage,
        done=done,
        total=total,
        parts=len(parts),
        parts_done=len(finished),
        workers=sum(part.state == PartState.LEASED for part in parts),
        attempts=max(part.attempts for part in parts),
        started_at=min(starts, default=None),
        finished_at=max(ends, default=None) if len(finished) == len(parts) else None,
        seconds_left=(total - done) / rate if rate and left is None else left,
    )


def _left(stages: Sequence[StageWork]) -> float | None:
    """Shared by the workers that are at it now; None when a rate is not known."""
    left = 0.0
    for stage in stages:
        if stage.seconds_left is None:
            return None
        left += stage.seconds_left / max(stage.workers, 1)
    return left
