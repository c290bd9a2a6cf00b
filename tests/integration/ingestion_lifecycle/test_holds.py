"""A version with findings waits for a person; what he decides is kept for good."""

import pytest
from django.db import DatabaseError, transaction

from audit.actors import Actor, ActorKind
from ingestion import actions, queries
from ingestion.actions.rows import WORKER
from ingestion.errors import DescriptionInvalid, InvalidTransition, ReviewerIsNotAPerson
from ingestion.models import VersionHold
from tests.factories.people import AUTHOR, REVIEWER
from tests.integration.ingestion_lifecycle.conftest import DAY, GUIDELINE, T0
from tests.integration.ingestion_lifecycle.recorded import recorded

pytestmark = pytest.mark.django_db
FOUND = {"phone_number": 2}
APP = Actor(kind=ActorKind.APP, id="key:1", name="App", method="key")


@pytest.fixture
def held(receive):
    def held():
        version = receive()
        actions.parse_version(version.id, at=T0)
        return hold(version)

    return held


def hold(version, findings=FOUND):
    return actions.hold_version(
        version.id, code="identifiers_found", findings=findings, by=WORKER, at=T0
    )


def test_held_version_goes_no_further_until_released(held, embedder):
    version = held()

    stopped = actions.process_version(version.id, now=lambda: T0, embedder=embedder)
    released = actions.release_hold(
        version.id, reason="The clinic's own.", by=REVIEWER, at=T0
    )
    done = actions.process_version(version.id, now=lambda: T0, embedder=embedder)

    assert [one.status for one in (stopped, released, done)] == [
        "held",
        "parsed",
        "in_review",
    ]
    entry = next(one for one in recorded() if one["type"] == "version.held")
    assert entry["fields"]["findings"] == [["phone_number", 2]]
    decided = next(one for one in recorded() if one["type"] == "version.hold_decided")
    assert decided["fields"]["decision"] == "release"
    assert decided["fields"]["hold_id"] == entry["fields"]["hold_id"]


def test_held_version_ends_when_rejected(held, embedder):
    version = held()

    done = actions.reject_hold(version.id, reason="Real people.", by=REVIEWER, at=T0)

    assert done.status == "rejected"
    with pytest.raises(InvalidTransition):
        actions.release_hold(version.id, reason="No.", by=REVIEWER, at=T0)


def test_version_in_review_is_held_and_goes_back_to_review(in_review):
    version = in_review()

    held = hold(version)
    back = actions.release_hold(version.id, reason="Fine.", by=REVIEWER, at=T0)

    assert (held.status, back.status) == ("held", "in_review")


def test_version_is_not_held_again_for_what_a_person_released(held):
    version = held()
    actions.release_hold(version.id, reason="Fine.", by=REVIEWER, at=T0)

    again = hold(version)
    more = hold(version, {"phone_number": 3})

    assert (again.status, more.status) == ("parsed", "held")
    decisions = [one.decision for one in queries.holds_of(version.id)]
    assert sorted(decisions) == ["", "release"]  # both of one moment


def test_hold_of_a_held_version_changes_nothing(held):
    version = held()

    assert hold(version, {"name": 1}).status == "held"
    assert VersionHold.objects.count() == 1


@pytest.mark.parametrize("decide", [actions.release_hold, actions.reject_hold])
def test_hold_is_decided_by_a_person_with_a_reason(held, decide):
    version = held()

    with pytest.raises(ReviewerIsNotAPerson):
        decide(version.id, reason="x", by=APP, at=T0)
    with pytest.raises(DescriptionInvalid):
        decide(version.id, reason=" ", by=REVIEWER, at=T0)
    decide(version.id, reason="x", by=AUTHOR, at=T0)


def test_hold_is_refused_when_the_version_is_in_force(in_force):
    with pytest.raises(InvalidTransition):
        hold(in_force(GUIDELINE, T0 + DAY))


@pytest.mark.parametrize("change", ["update", "delete"])
def test_decided_hold_never_changes(held, change):
    version = held()
    actions.release_hold(version.id, reason="Fine.", by=REVIEWER, at=T0)
    rows = VersionHold.objects.filter(version_id=version.id)

    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(reason="Other.") if change == "update" else rows.delete()
