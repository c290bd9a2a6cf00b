"""What time does is brought on record, once, however late."""

import pytest

from ingestion import actions, queries
from ingestion.errors import UnderEmbargo
from tests.factories.people import MANAGER
from tests.integration.ingestion_lifecycle.conftest import DAY, GUIDELINE, T0
from tests.integration.ingestion_lifecycle.recorded import recorded

pytestmark = pytest.mark.django_db
SECOND = GUIDELINE.replace("four weeks", "six weeks")
THIRD = GUIDELINE.replace("four weeks", "eight weeks")


def statuses(*versions):
    return [queries.version(one.id).status for one in versions]


def what_time_did():
    return [
        (entry["type"], entry["fields"]["version_id"])
        for entry in recorded()
        if entry["type"] in {"version.begun", "version.expired"}
    ]


def test_scheduled_edition_begins_and_the_one_before_makes_way(in_force, approved):
    old, new = in_force(), approved(SECOND)
    actions.activate_version(new.id, by=MANAGER, at=T0, in_force_from=T0 + DAY)
    position = queries.corpus_position()

    early = actions.settle_versions(at=T0 + DAY / 2)
    done = actions.settle_versions(at=T0 + DAY)

    assert (early, done) == (0, 1)
    assert statuses(old, new) == ["superseded", "in_force"]
    assert what_time_did() == [("version.begun", str(new.id))]
    assert queries.corpus_position() == position


def test_settling_again_changes_nothing(in_force, approved):
    new = approved(SECOND)
    actions.activate_version(new.id, by=MANAGER, at=T0, in_force_from=T0 + DAY)
    actions.settle_versions(at=T0 + DAY)
    entries = len(recorded())

    assert actions.settle_versions(at=T0 + DAY) == 0
    assert actions.settle_versions(at=T0 + 9 * DAY) == 0
    assert len(recorded()) == entries


def test_everything_that_time_did_is_told_in_order_when_nobody_looked_for_long(
    in_force, approved
):
    first, second, third = in_force(), approved(SECOND), approved(THIRD)
    actions.activate_version(second.id, by=MANAGER, at=T0, in_force_from=T0 + DAY)
    actions.activate_version(
        third.id,
        by=MANAGER,
        at=T0,
        in_force_from=T0 + 2 * DAY,
        in_force_to=T0 + 3 * DAY,
    )

    actions.settle_versions(at=T0 + 90 * DAY)

    assert statuses(first, second, third) == ["superseded", "superseded", "expired"]
    assert what_time_did() == [
        ("version.begun", str(second.id)),
        ("version.begun", str(third.id)),
        ("version.expired", str(third.id)),
    ]


def test_edition_displaced_before_it_began_never_begins(in_force, approved):
    first, second, third = in_force(), approved(SECOND), approved(THIRD)
    for version in (second, third):
        actions.activate_version(version.id, by=MANAGER, at=T0, in_force_from=T0 + DAY)

    actions.settle_versions(at=T0 + DAY)

    assert statuses(first, second, third) == ["superseded", "superseded", "in_force"]
    assert what_time_did() == [("version.begun", str(third.id))]


def test_edition_back_dated_into_the_past_expires_in_the_same_transaction(approved):
    version = approved()

    done = actions.activate_version(
        version.id,
        by=MANAGER,
        at=T0,
        in_force_from=T0 - 2 * DAY,
        in_force_to=T0 - DAY,
    )

    assert done.status == "expired"
    assert what_time_did() == [("version.expired", str(version.id))]


def test_expired_edition_can_be_withdrawn(approved):
    version = approved()
    actions.activate_version(version.id, by=MANAGER, at=T0, in_force_to=T0 + DAY)
    actions.settle_versions(at=T0 + DAY)

    done = actions.withdraw_version(
        version.id, reason="Wrong.", by=MANAGER, at=T0 + 2 * DAY
    )

    assert done.status == "withdrawn"
    assert done.in_force_to == T0 + DAY


def test_edition_under_embargo_is_not_put_in_force_before_it_ends(approved):
    version = approved()
    actions.set_embargo(version.id, until=T0 + DAY, by=MANAGER, at=T0)

    with pytest.raises(UnderEmbargo):
        actions.activate_version(version.id, by=MANAGER, at=T0)
    done = actions.activate_version(
        version.id, by=MANAGER, at=T0, in_force_from=T0 + DAY
    )

    assert done.status == "scheduled"
    with pytest.raises(UnderEmbargo):
        actions.set_embargo(version.id, until=T0 + 2 * DAY, by=MANAGER, at=T0)


def test_document_is_closed_to_readers_while_all_its_editions_are(
    approved, document, collection
):
    version = approved()
    actions.set_embargo(version.id, until=T0 + DAY, by=MANAGER, at=T0)

    def listed(at):
        found = queries.documents(collection_slugs=["cardiology"], open_at=at)
        return [one.id for one in found]

    assert listed(T0) == []
    assert listed(T0 + DAY) == [document.id]
    assert [one.id for one in queries.documents()] == [document.id]
    actions.set_embargo(version.id, until=None, by=MANAGER, at=T0)
    assert listed(T0) == [document.id]


def test_document_with_one_edition_not_under_embargo_is_listed(
    in_force, approved, document
):
    in_force()
    new = approved(SECOND)
    actions.set_embargo(new.id, until=T0 + DAY, by=MANAGER, at=T0)

    assert [one.id for one in queries.documents(open_at=T0)] == [document.id]
