"""Numbers about answers, counted by the database: no page of rows caps them.

Promises whole numbers over all answers in a span of time. Which of them somebody may
list is decided at the edge.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from uuid import UUID

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from clinrag.answering.models import Answer, Citation
from clinrag.answering.types import Outcome


@dataclass(frozen=True, slots=True)
class DayCount:
    """The questions of one day: answered, and ended or open in any other way."""

    day: date
    answered: int
    other: int


def outcomes_since(since: datetime) -> Counter[str]:
    """How many questions ended how; those without an outcome by their state."""
    rows = Answer.objects.filter(created_at__gte=since)
    found: Counter[str] = Counter()
    counted = rows.values_list("outcome", "state").annotate(number=Count("id"))
    for outcome, state, number in counted.order_by():
        found[outcome or state] += number
    return found


def days_since(since: datetime, *, zone: tzinfo) -> list[DayCount]:
    """The days, in this zone, on which anything was asked; in order."""
    rows = Answer.objects.filter(created_at__gte=since)
    by_day = rows.annotate(day=TruncDate("created_at", tzinfo=zone)).values("day")
    counted = by_day.annotate(
        answered=Count("id", filter=Q(outcome=Outcome.ANSWERED)), every=Count("id")
    )
    return [
        DayCount(row["day"], row["answered"], row["every"] - row["answered"])
        for row in counted.order_by("day")
    ]


def citing(version_id: UUID) -> int:
    """How many answers cite a version."""
    rows = Citation.objects.filter(version_id=version_id)
    return rows.values("answer_id").distinct().count()
