"""Verification of what is not in the log yet: how much waits, and for how long."""

from datetime import datetime
from typing import Any

from audit import offline
from audit.models import InboxEntry
from audit.verification.report import Findings, Inbox


def look_into_inbox(at: datetime, findings: Findings) -> Inbox:
    """Count what waits; an entry says itself when it was recorded.

    The oldest is the first that arrived. One that says nothing readable is a failure
    already, before the sequencer gives it a place for good.
    """
    waiting = InboxEntry.objects.count()
    oldest = InboxEntry.objects.order_by("arrival").first()
    if oldest is None:
        return Inbox(waiting, 0.0)
    recorded_at = _recorded_at(bytes(oldest.body))
    if recorded_at is None:
        findings.fail("entry", None, "the oldest entry in the inbox is malformed")
        return Inbox(waiting, 0.0)
    return Inbox(waiting, max(0.0, (at - recorded_at).total_seconds()))


def _recorded_at(body: bytes) -> datetime | None:
    try:
        document: dict[str, Any] = offline.read_canonical(body)
        at = datetime.fromisoformat(document["at"])
    except (offline.Rejected, ValueError, TypeError, KeyError):
        return None
    return at if at.tzinfo else None
