"""What happened to an edition, oldest first, in words.

Promises: by what stands in the records: receipt, names, holds, reviews, dates. Will
not: decide who may read it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.utils.translation import gettext as _

from clinrag.web.labels import HOLDS, MEANINGS, STATUSES, in_words, label_of
from ingestion import queries
from ingestion.lifecycle import DECIDED, Decision, HoldDecision
from ingestion.queries import HoldView, ReviewView, VersionView


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of an edition's history."""

    title: str
    at: datetime
    who: str = ""
    note: str = ""
    mark: str = ""


def history_of(version: VersionView) -> list[Happening]:
    """Everything on record about the edition."""
    found = [Happening(_("Received"), version.received_at, version.author_name)]
    found += [_reviewed(one) for one in queries.reviews_of(version.id)]
    for hold in queries.holds_of(version.id):
        found += _held(hold)
    found += _renamed(version)
    found += _dated(version)
    return sorted(found, key=lambda one: one.at)


def _reviewed(review: ReviewView) -> Happening:
    status = DECIDED[Decision(review.decision)]
    title = str(label_of(STATUSES, status.value).words).capitalize()
    meaning = MEANINGS.get(review.meaning, review.meaning)
    note = ". ".join(str(part) for part in (meaning, review.comment) if part)
    return Happening(title, review.decided_at, review.reviewer_name, note)


def _held(hold: HoldView) -> Iterator[Happening]:
    yield Happening(
        _("Held for a decision"), hold.held_at, note=found_in(hold), mark="failed"
    )
    if hold.decided_at is not None:
        released = hold.decision == HoldDecision.RELEASE
        title = _("Hold lifted") if released else _("Rejected")
        yield Happening(title, hold.decided_at, hold.decided_by_name, hold.reason)


def found_in(hold: HoldView) -> str:
    """Why it is held, with counts by kind: never a word of what was found."""
    kinds = ", ".join(f"{in_words(kind)}: {number}" for kind, number in hold.findings)
    why = str(HOLDS.get(hold.code) or in_words(hold.code))
    return f"{why} ({kinds})" if kinds else why


def _renamed(version: VersionView) -> Iterator[Happening]:
    for before, after in pairwise(queries.labels_of(version.id)):
        title = _("Renamed from “%(old)s”") % {"old": before.label}
        yield Happening(title, after.recorded_at, after.recorded_by_name, after.reason)


def _dated(version: VersionView) -> Iterator[Happening]:
    if version.activated_at:
        yield Happening(_("Put in force"), version.activated_at, mark="in-force")
    if version.withdrawn_at:
        reason = version.withdrawal_reason
        yield Happening(_("Withdrawn"), version.withdrawn_at, note=reason)
