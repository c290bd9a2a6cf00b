"""Rules in pairs: one asks, one refuses."""

from datetime import UTC, datetime, timedelta

import pytest

from audit.actors import Actor, ActorKind
from ingestion import policies
from ingestion.errors import (
    InvalidTransition,
    ReviewerIsAuthor,
    ReviewerIsNotAPerson,
    ValidityInvalid,
    VersionNotActivated,
    VersionNotApproved,
)
from ingestion.lifecycle import Decision, Status
from ingestion.models import DocumentVersion
from tests.factories.people import AUTHOR, REVIEWER

T0 = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
APP = Actor(
    kind=ActorKind.APP,
    id="key:1",
    name="app",
    method="api_key",
    on_behalf_of=REVIEWER.id,
)
SYSTEM = Actor(kind=ActorKind.SYSTEM, id="task:x", name="x", method="task")


def version(status: Status = Status.IN_REVIEW, **fields: object) -> DocumentVersion:
    return DocumentVersion(status=status, author_id=AUTHOR.id, **fields)


def test_review_is_allowed_when_somebody_else_decides():
    assert policies.can_review(version(), by=REVIEWER, decision=Decision.APPROVE)


@pytest.mark.parametrize(
    ("by", "status", "error"),
    [
        (AUTHOR, Status.IN_REVIEW, ReviewerIsAuthor),
        (SYSTEM, Status.IN_REVIEW, ReviewerIsNotAPerson),
        (APP, Status.IN_REVIEW, ReviewerIsNotAPerson),
        (REVIEWER, Status.CHUNKED, InvalidTransition),
    ],
)
@pytest.mark.parametrize("decision", list(Decision))
def test_review_is_refused(by: Actor, status: Status, error: type, decision: Decision):
    assert not policies.can_review(version(status), by=by, decision=decision)
    with pytest.raises(error):
        policies.check_can_review(version(status), by=by, decision=decision)


def test_activation_is_allowed_when_approved_and_refused_else():
    assert [status for status in Status if policies.can_activate(version(status))] == [
        Status.APPROVED
    ]
    with pytest.raises(VersionNotApproved):
        policies.check_can_activate(version(Status.IN_REVIEW))
    with pytest.raises(InvalidTransition):
        policies.check_can_activate(version(Status.IN_FORCE))


def test_withdrawal_is_allowed_once_when_activated():
    allowed = [status for status in Status if policies.can_withdraw(version(status))]

    assert allowed == [
        Status.SCHEDULED,
        Status.IN_FORCE,
        Status.SUPERSEDED,
        Status.EXPIRED,
    ]
    with pytest.raises(VersionNotActivated):
        policies.check_can_withdraw(version(Status.APPROVED))
    with pytest.raises(InvalidTransition):
        policies.check_can_withdraw(version(Status.WITHDRAWN))


@pytest.mark.parametrize(
    ("start", "end"), [(T0, T0), (T0, T0 - DAY), (T0.replace(tzinfo=None), None)]
)
def test_window_is_refused_when_it_ends_before_it_begins_or_has_no_zone(start, end):
    with pytest.raises(ValidityInvalid):
        policies.check_window(start, end=end)
