"""Emergency accesses as their list and page show them.

Promises that an overdue review is marked wherever the access is named.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from audit.custody.break_glass import BreakGlassView
from clinrag.web.labels import FINDINGS, Label


@dataclass(frozen=True, slots=True)
class EmergencyLine:
    """An emergency access with its state in words; `own` if the reader opened it."""

    view: BreakGlassView
    state: Label
    waits: bool
    own: bool


def emergency_lines(
    views: Iterable[BreakGlassView], *, reader_id: str, at: datetime
) -> list[EmergencyLine]:
    """For one reader's eyes, in the order they come."""
    return [emergency_line(view, reader_id=reader_id, at=at) for view in views]


def emergency_line(
    view: BreakGlassView, *, reader_id: str, at: datetime
) -> EmergencyLine:
    """One emergency access."""
    return EmergencyLine(
        view=view,
        state=_state(view, at),
        waits=view.finding is None,
        own=view.opened_by == reader_id,
    )


def _state(view: BreakGlassView, at: datetime) -> Label:
    if view.finding is not None:
        return FINDINGS[view.finding.value]
    if view.review_due_at < at:
        return Label(_("review overdue"), "bad")
    return Label(_("to be reviewed"), "warn")
