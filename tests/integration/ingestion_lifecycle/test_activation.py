"""Editions take each other's place at one instant."""

from datetime import timedelta

import pytest

from ingestion import actions, queries
from ingestion.errors import (
    DescriptionInvalid,
    InvalidTransition,
    ValidityInvalid,
    ValidityOverlaps,
    VersionNotActivated,
    VersionNotApproved,
)
from ingestion.models import CorpusChange
from tests.factories.people import AUTHOR, MANAGER, REVIEWER
from tests.factories.signatures import SIGNED
from tests.integration.ingestion_lifecycle.conftest import DAY, GUIDELINE, T0
from tests.integration.ingestion_lifecycle.recorded import recorded

pytestmark = pytest.mark.django_db
SECOND = GUIDELINE.replace("four weeks", "six weeks")
THIRD = GUIDELINE.replace("four weeks", "eight weeks")
INSTANT = timedelta(microseconds=1)


def in_force_at(document_id, at):
    found = queries.version_in_force(document_id, at=at)
    return None if found is None else found.id


def test_activation_takes_effect_at_once_when_no_date_is_given(approved):
    version = approved()

    done = actions.activate_version(version.id, by=MANAGER, at=T0)

    assert (done.status, done.in_force_from, done.in_force_to) == ("in_force", T0, None)
    assert queries.standing(version.id, T0) == "in_force"
    entry = recorded()[-1]
    assert entry["type"] == "version.activated"
    assert queries.corpus_position() == entry["id"]


def test_new_edition_takes_the_place_of_the_old_at_one_instant(in_force, approved):
    old = in_force()
    new = approved(SECOND)

    actions.activate_version(new.id, by=MANAGER, at=T0 + DAY)

    assert in_force_at(old.document_id, T0 + DAY - INSTANT) == old.id
    assert in_force_at(old.document_id, T0 + DAY) == new.id
    assert queries.version(old.id).status == "superseded"
    assert [entry["type"] for entry in recorded()[-2:]] == [
        "version.superseded",
        "version.activated",
    ]
    assert recorded()[-1]["fields"]["supersedes"] == str(old.id)


def test_future_edition_is_scheduled_and_needs_no_daemon(in_force, approved):
    old = in_force()
    new = approved(SECOND)

    done = actions.activate_version(
        new.id, by=MANAGER, at=T0 + DAY, in_force_from=T0 + 9 * DAY
    )

    assert done.status == "scheduled"
    assert queries.version(old.id).status == "in_force"
    assert in_force_at(old.document_id, T0 + 9 * DAY - INSTANT) == old.id
    assert in_force_at(old.document_id, T0 + 9 * DAY) == new.id
    assert queries.standing(new.id, T0 + 8 * DAY) == "scheduled"
    assert queries.standing(new.id, T0 + 9 * DAY) == "in_force"
    assert queries.standing(old.id, T0 + 9 * DAY) == "superseded"


def test_stored_statuses_catch_up_when_the_document_changes_next(in_force, approved):
    first, second, third = in_force(), approved(SECOND), approved(THIRD)
    actions.activate_version(second.id, by=MANAGER, at=T0, in_force_from=T0 + DAY)

    actions.activate_version(third.id, by=MANAGER, at=T0 + 2 * DAY)

    statuses = [queries.version(one.id).status for one in (first, second, third)]
    assert statuses == ["superseded", "superseded", "in_force"]


def test_back_dating_is_allowed_when_no_edition_began_after_it(in_force, approved):
    old = in_force(at=T0)
    new = approved(SECOND)

    actions.activate_version(
        new.id, by=MANAGER, at=T0 + 9 * DAY, in_force_from=T0 + DAY
    )

    assert in_force_at(old.document_id, T0 + 2 * DAY) == new.id
    assert queries.version(old.id).in_force_to == T0 + DAY


def test_back_dating_is_refused_when_an_edition_began_after_it(in_force, approved):
    in_force(at=T0)
    new = approved(SECOND)

    with pytest.raises(ValidityOverlaps):
        actions.activate_version(
            new.id, by=MANAGER, at=T0 + DAY, in_force_from=T0 - INSTANT
        )

    assert queries.version(new.id).status == "approved"


def test_editions_of_the_past_come_in_one_after_another(approved, document):
    starts = [T0 - 300 * DAY, T0 - 200 * DAY, T0 - 100 * DAY]
    versions = [approved(text) for text in (GUIDELINE, SECOND, THIRD)]

    for version, start in zip(versions, starts, strict=True):
        actions.activate_version(version.id, by=MANAGER, at=T0, in_force_from=start)

    assert [in_force_at(document.id, start) for start in starts] == [
        version.id for version in versions
    ]


def test_draft_between_editions_never_displaces_the_one_in_force(
    in_force, in_review, approved
):
    first = in_force()
    draft = in_review(SECOND)
    with pytest.raises(VersionNotApproved):
        actions.activate_version(draft.id, by=MANAGER, at=T0 + DAY)
    assert in_force_at(first.document_id, T0 + DAY) == first.id

    third = approved(THIRD)
    actions.activate_version(third.id, by=MANAGER, at=T0 + 2 * DAY)

    assert queries.version(draft.id).status == "in_review"
    assert queries.standing(draft.id, T0 + 3 * DAY) == "draft"
    assert in_force_at(first.document_id, T0 + 3 * DAY) == third.id


def test_activation_is_refused_twice(in_force):
    version = in_force()

    with pytest.raises(InvalidTransition):
        actions.activate_version(version.id, by=MANAGER, at=T0 + DAY)


def test_activation_is_refused_when_approval_was_taken_back(approved):
    version = approved()
    actions.review_version(
        version.id,
        decision="return",
        meaning="A doubt.",
        by=MANAGER,
        at=T0,
        signature=SIGNED,
    )

    with pytest.raises(VersionNotApproved):
        actions.activate_version(version.id, by=MANAGER, at=T0)


def test_activation_is_refused_when_it_would_end_before_it_begins(approved):
    with pytest.raises(ValidityInvalid):
        actions.activate_version(approved().id, by=MANAGER, at=T0, in_force_to=T0)


def test_edition_with_an_end_leaves_nobody_in_force_after_it(approved):
    version = approved()
    actions.activate_version(version.id, by=MANAGER, at=T0, in_force_to=T0 + DAY)

    assert in_force_at(version.document_id, T0 + DAY - INSTANT) == version.id
    assert in_force_at(version.document_id, T0 + DAY) is None
    assert queries.standing(version.id, T0 + DAY) == "expired"


def test_withdrawn_edition_is_out_of_force_at_once_and_was_in_force_before(in_force):
    version = in_force()

    done = actions.withdraw_version(
        version.id, reason="Dose error.", by=MANAGER, at=T0 + DAY
    )

    assert (done.status, done.in_force_to) == ("withdrawn", T0 + DAY)
    assert in_force_at(version.document_id, T0 + DAY) is None
    assert in_force_at(version.document_id, T0 + DAY - INSTANT) == version.id
    assert queries.standing(version.id, T0 + DAY) == "withdrawn"
    entry = recorded()[-1]
    assert (entry["type"], queries.corpus_position()) == (
        "version.withdrawn",
        entry["id"],
    )


def test_superseded_edition_can_be_withdrawn_without_changing_the_corpus(
    in_force, approved
):
    old = in_force()
    new = actions.activate_version(approved(SECOND).id, by=MANAGER, at=T0 + DAY)
    position = queries.corpus_position()

    actions.withdraw_version(old.id, reason="Unsafe.", by=MANAGER, at=T0 + 2 * DAY)

    assert queries.standing(old.id, T0 + 2 * DAY) == "withdrawn"
    assert in_force_at(old.document_id, T0 + 2 * DAY) == new.id
    assert queries.corpus_position() == position


def test_edition_gets_its_time_back_when_its_successor_is_cancelled(in_force, approved):
    old, new = in_force(), approved(SECOND)
    actions.activate_version(new.id, by=MANAGER, at=T0, in_force_from=T0 + 9 * DAY)

    actions.withdraw_version(new.id, reason="Postponed.", by=MANAGER, at=T0 + DAY)

    assert queries.version(old.id).in_force_to is None
    assert in_force_at(old.document_id, T0 + 10 * DAY) == old.id
    assert CorpusChange.objects.count() == 1 + 2 + 2


def test_edition_gets_time_back_up_to_the_next_when_one_between_is_cancelled(
    in_force, approved
):
    first, second, third = in_force(), approved(SECOND), approved(THIRD)
    actions.activate_version(second.id, by=MANAGER, at=T0, in_force_from=T0 + 2 * DAY)
    actions.activate_version(third.id, by=MANAGER, at=T0, in_force_from=T0 + 4 * DAY)

    actions.withdraw_version(second.id, reason="No.", by=MANAGER, at=T0 + DAY)

    assert queries.version(first.id).in_force_to == T0 + 4 * DAY
    assert in_force_at(first.document_id, T0 + 3 * DAY) == first.id
    assert in_force_at(first.document_id, T0 + 4 * DAY) == third.id


def test_withdrawal_is_refused_without_reason_twice_or_before_activation(
    in_force, approved
):
    draft = approved(SECOND)
    version = in_force()

    with pytest.raises(VersionNotActivated):
        actions.withdraw_version(draft.id, reason="x", by=MANAGER, at=T0)
    with pytest.raises(DescriptionInvalid):
        actions.withdraw_version(version.id, reason=" ", by=MANAGER, at=T0)
    actions.withdraw_version(version.id, reason="x", by=MANAGER, at=T0 + DAY)
    with pytest.raises(InvalidTransition):
        actions.withdraw_version(version.id, reason="x", by=MANAGER, at=T0 + DAY)


def test_corpus_changes_describe_the_corpus_at_every_entry(in_force, approved):
    old = in_force()
    new = actions.activate_version(approved(SECOND).id, by=MANAGER, at=T0 + DAY)

    changes = queries.corpus_changes()

    assert [(one.version_id, one.in_force_to) for one in changes] == [
        (old.id, None),
        (old.id, T0 + DAY),
        (new.id, None),
    ]
    assert changes[1].entry_id == changes[2].entry_id != changes[0].entry_id


def test_returned_version_is_reviewed_again_when_resubmitted(in_review):
    version = in_review()
    actions.review_version(
        version.id,
        decision="return",
        meaning="Which dose?",
        by=REVIEWER,
        at=T0,
        signature=SIGNED,
    )

    again = actions.resubmit_version(version.id, by=AUTHOR, at=T0)
    actions.review_version(
        version.id,
        decision="approve",
        meaning="Clear.",
        by=REVIEWER,
        at=T0 + DAY,
        signature=SIGNED,
    )

    assert again.status == "in_review"
    assert queries.version(version.id).status == "approved"
    decisions = [review.decision for review in queries.reviews_of(version.id)]
    assert decisions == ["return", "approve"]
