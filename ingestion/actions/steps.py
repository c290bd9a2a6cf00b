"""What a stage done by parts needs of the others: what is left, and whom to tell.

Promises: `Onward` is called in the transaction that moved a version on. Will not: do a
part.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from ingestion.lifecycle import Status
from ingestion.models import OPEN, Stage, WorkPart

Onward = Callable[[UUID, Status, datetime], None]
# The stage done by parts before a version leaves a status.
BY_PARTS = {Status.PARSED: Stage.OCR, Status.CHUNKED: Stage.EMBED}


def stay(_version_id: UUID, _status: Status, _at: datetime) -> None:
    """Tell nobody: whoever moved the version on goes on with it."""


def open_parts(version_id: UUID, *, stage: Stage) -> list[UUID]:
    """The parts of a stage that are left, in their order."""
    rows = WorkPart.objects.filter(version=version_id, stage=stage, state__in=OPEN)
    return list(rows.order_by("number").values_list("pk", flat=True))


def version_of_part(part_id: UUID) -> UUID:
    """Whose part it is."""
    return WorkPart.objects.values_list("version_id", flat=True).get(pk=part_id)
