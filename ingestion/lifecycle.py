"""The life of a version as data: which status may follow which, and why.

Promises: `TRANSITIONS` is the only list of allowed steps; the check, the error, the
test matrix and the diagram in README.md are derived from it. Will not: know people,
or the database; whether *this* person may take a step is in `policies`, and
which text is in force at a moment follows from the dates, not from the status.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ingestion.errors import InvalidTransition


class Status(StrEnum):
    """Where a version stands in its life."""

    RECEIVED = "received"
    PARSED = "parsed"
    CHUNKED = "chunked"
    EMBEDDED = "embedded"
    FAILED = "failed"
    HELD = "held"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    REJECTED = "rejected"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Standing(StrEnum):
    """What a version's text is worth at a moment."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Decision(StrEnum):
    """What a reviewer may decide."""

    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"


class HoldDecision(StrEnum):
    """What a person may decide about a version that is held."""

    RELEASE = "release"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Transition:
    """A step: its verb, and the ledger event that records it.

    The machine's own steps between receipt and review have no event each: the
    one that ends them (`version.in_review`) names their results.
    """

    verb: str
    event: str | None


_PARSE = Transition("parse", None)
_CHUNK = Transition("chunk", None)
_EMBED = Transition("embed", None)
_HOLD = Transition("hold", "version.held")
_DECIDE_HOLD = Transition("decide the hold", "version.hold_decided")
_SUBMIT = Transition("submit", "version.in_review")
_FAIL = Transition("fail", "version.failed")
_RETRY = Transition("retry", "version.retried")
_REVIEW = Transition("review", "version.reviewed")
_ACTIVATE = Transition("activate", "version.activated")
_SUPERSEDE = Transition("supersede", "version.superseded")
_WITHDRAW = Transition("withdraw", "version.withdrawn")
_BEGIN = Transition("its time comes", "version.begun")
_EXPIRE = Transition("its end comes", "version.expired")

TRANSITIONS: dict[tuple[Status, Status], Transition] = {
    (Status.RECEIVED, Status.PARSED): _PARSE,
    (Status.RECEIVED, Status.FAILED): _FAIL,
    (Status.PARSED, Status.CHUNKED): _CHUNK,
    (Status.PARSED, Status.FAILED): _FAIL,
    (Status.PARSED, Status.HELD): _HOLD,
    (Status.HELD, Status.PARSED): _DECIDE_HOLD,
    (Status.HELD, Status.IN_REVIEW): _DECIDE_HOLD,
    (Status.HELD, Status.REJECTED): _DECIDE_HOLD,
    (Status.CHUNKED, Status.EMBEDDED): _EMBED,
    (Status.CHUNKED, Status.FAILED): _FAIL,
    (Status.EMBEDDED, Status.IN_REVIEW): _SUBMIT,
    (Status.FAILED, Status.RECEIVED): _RETRY,
    (Status.FAILED, Status.PARSED): _RETRY,
    (Status.FAILED, Status.CHUNKED): _RETRY,
    (Status.IN_REVIEW, Status.APPROVED): _REVIEW,
    (Status.IN_REVIEW, Status.RETURNED): _REVIEW,
    (Status.IN_REVIEW, Status.REJECTED): _REVIEW,
    (Status.IN_REVIEW, Status.HELD): _HOLD,
    (Status.RETURNED, Status.IN_REVIEW): _SUBMIT,
    (Status.APPROVED, Status.RETURNED): _REVIEW,
    (Status.APPROVED, Status.REJECTED): _REVIEW,
    (Status.APPROVED, Status.IN_FORCE): _ACTIVATE,
    (Status.APPROVED, Status.SCHEDULED): _ACTIVATE,
    (Status.SCHEDULED, Status.IN_FORCE): _BEGIN,
    (Status.SCHEDULED, Status.SUPERSEDED): _SUPERSEDE,
    (Status.SCHEDULED, Status.WITHDRAWN): _WITHDRAW,
    (Status.IN_FORCE, Status.SUPERSEDED): _SUPERSEDE,
    (Status.IN_FORCE, Status.EXPIRED): _EXPIRE,
    (Status.IN_FORCE, Status.WITHDRAWN): _WITHDRAW,
    (Status.SUPERSEDED, Status.WITHDRAWN): _WITHDRAW,
    (Status.EXPIRED, Status.WITHDRAWN): _WITHDRAW,
}

DECIDED: dict[Decision, Status] = {
    Decision.APPROVE: Status.APPROVED,
    Decision.RETURN: Status.RETURNED,
    Decision.REJECT: Status.REJECTED,
}

# How a signer was known, and what the foresight shown to him was worth.
PASSWORD: Final = "password"  # noqa: S105  the name of a way, no secret
FORESEEN: Final = frozenset({"fresh", "stale", "missing"})

PROCESSING = frozenset(
    {Status.RECEIVED, Status.PARSED, Status.CHUNKED, Status.EMBEDDED}
)
ACTIVATED = frozenset(
    {
        Status.SCHEDULED,
        Status.IN_FORCE,
        Status.SUPERSEDED,
        Status.EXPIRED,
        Status.WITHDRAWN,
    }
)


def can_move(source: Status, *, target: Status) -> bool:
    return (source, target) in TRANSITIONS


def check_can_move(source: Status, *, target: Status) -> Transition:
    """Return the step, or raise `InvalidTransition`."""
    transition = TRANSITIONS.get((source, target))
    if transition is None:
        raise InvalidTransition(source, target)
    return transition


def next_statuses(source: Status) -> tuple[Status, ...]:
    return tuple(target for (start, target) in TRANSITIONS if start == source)


def standing_at(
    at: datetime,
    *,
    in_force_from: datetime | None,
    in_force_to: datetime | None,
    withdrawn_at: datetime | None,
    planned_until: datetime | None = None,
) -> Standing:
    """What a text is worth at `at`, from its dates: time needs no daemon to pass.

    A text that ended on the day planned for it has expired; one that ended because
    another took its place was superseded, also when that was planned.
    """
    if in_force_from is None:
        return Standing.DRAFT
    if withdrawn_at is not None and withdrawn_at <= at:
        return Standing.WITHDRAWN
    if in_force_to is not None and (at >= in_force_to or in_force_to == in_force_from):
        return ended_as(in_force_to, planned_until=planned_until)
    return Standing.SCHEDULED if at < in_force_from else Standing.IN_FORCE


def ended_as(in_force_to: datetime, *, planned_until: datetime | None) -> Standing:
    """Whether a text whose time is over came to its own end, or made way."""
    return Standing.EXPIRED if in_force_to == planned_until else Standing.SUPERSEDED


def render_diagram() -> str:
    """Return the table as a Mermaid state diagram (https://mermaid.js.org)."""
    lines = ["stateDiagram-v2", f"    [*] --> {Status.RECEIVED}: receive"]
    lines += [
        f"    {source} --> {target}: {step.verb}"
        for (source, target), step in TRANSITIONS.items()
    ]
    ends = [status for status in Status if not next_statuses(status)]
    lines += [f"    {status} --> [*]" for status in ends]
    return "\n".join(lines)
