"""What was recorded about editions at a moment.

Promises: what was known is a prefix of the changes of validity, the same that the one
door to searchable text goes by, so that a list of editions and a search agree. Will
not: tell through which of the machine's stages a version had come by then; one that
was neither decided on nor activated is told as received.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ingestion.lifecycle import (
    DECIDED,
    Decision,
    Standing,
    Status,
    standing_at,
)
from ingestion.models import CorpusChange, Review, VersionLabel
from ingestion.queries.views import VersionView


def position_known_at(known_at: datetime) -> int | None:
    """The last change of validity recorded by then; None before the first."""
    rows = CorpusChange.objects.filter(changed_at__lte=known_at).order_by("-pk")
    return rows.values_list("pk", flat=True).first()


def moment_of_position(entry_id: UUID) -> datetime | None:
    """A moment at which exactly what that change and those before it said was known.

    None when there is no such change, or none such moment: a clock stood back, and a
    later change bears an earlier time.
    """
    rows = CorpusChange.objects.filter(entry_id=entry_id).order_by("-pk")
    found = rows.values_list("pk", "changed_at").first()
    if found is None or position_known_at(found[1]) != found[0]:
        return None
    return found[1]


def _window(
    version_id: UUID, position: int | None
) -> tuple[datetime, datetime | None] | None:
    """The version's validity as it was recorded then; None if it had none yet."""
    if position is None:
        return None
    rows = CorpusChange.objects.filter(version_id=version_id, pk__lte=position)
    row = rows.order_by("-pk").first()
    return None if row is None else (row.in_force_from, row.in_force_to)


def as_known(version: VersionView, *, known_at: datetime) -> VersionView | None:
    """The version as it was recorded then; None if it had not been received."""
    return next(iter(all_as_known([version], known_at=known_at)), None)


def all_as_known(
    versions: Iterable[VersionView], *, known_at: datetime
) -> list[VersionView]:
    """Those that had been received by then, as they were recorded, in their order."""
    position = position_known_at(known_at)
    received = [one for one in versions if one.received_at <= known_at]
    return [_as_known(one, known_at, position=position) for one in received]


def _as_known(
    version: VersionView, known_at: datetime, *, position: int | None
) -> VersionView:
    window = _window(version.id, position)
    start, end = window or (None, None)
    withdrawn = _until(version.withdrawn_at, known_at)
    known = replace(
        version,
        label=_label(version, known_at),
        in_force_from=start,
        in_force_to=end,
        activated_at=_until(version.activated_at, known_at),
        approved_at=_until(version.approved_at, known_at),
        planned_until=None if start is None else version.planned_until,
        withdrawn_at=withdrawn,
        withdrawal_reason=version.withdrawal_reason if withdrawn else "",
    )
    return replace(known, status=_status(known, known_at).value)


def standing_of(version: VersionView, *, at: datetime) -> Standing:
    """What the text is worth at `at`, by what this view of it says."""
    return standing_at(
        at,
        in_force_from=version.in_force_from,
        in_force_to=version.in_force_to,
        withdrawn_at=version.withdrawn_at,
        planned_until=version.planned_until,
    )


def _until(moment: datetime | None, known_at: datetime) -> datetime | None:
    return moment if moment is not None and moment <= known_at else None


def _status(known: VersionView, known_at: datetime) -> Status:
    standing = standing_of(known, at=known_at)
    if standing is not Standing.DRAFT:
        return Status(standing.value)
    rows = Review.objects.filter(version_id=known.id, decided_at__lte=known_at)
    last = rows.order_by("-decided_at", "-id").first()
    return Status.RECEIVED if last is None else DECIDED[Decision(last.decision)]


def _label(version: VersionView, known_at: datetime) -> str:
    rows = VersionLabel.objects.filter(version_id=version.id)
    row = rows.filter(recorded_at__lte=known_at).order_by("-pk").first()
    return version.label if row is None else row.label
