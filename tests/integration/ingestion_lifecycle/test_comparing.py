"""What a reviewer records while comparing two editions."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from audit.actors import Actor, ActorKind
from ingestion import actions, queries
from ingestion.actions import TextRange
from ingestion.errors import (
    CommenterIsNotAPerson,
    CommentNotFound,
    DescriptionInvalid,
    RangeInvalid,
    SectionUnknown,
    VersionsNotComparable,
)
from ingestion.models import ComparisonComment, SectionViewing
from ingestion.queries import VersionView
from tests.factories.people import MANAGER, REVIEWER
from tests.integration.ingestion_lifecycle.conftest import GUIDELINE, T0
from tests.integration.ingestion_lifecycle.recorded import recorded_types
from tests.snapshots import once

APP = Actor(kind=ActorKind.APP, id="key:1", name="An app", method="key")
NEWER = GUIDELINE.replace("four weeks", "six weeks")
LATER = T0 + timedelta(days=1)


@pytest.fixture
def editions(db, request, tmp_path) -> tuple[VersionView, VersionView]:
    def build():
        in_review = request.getfixturevalue("in_review")
        return in_review(GUIDELINE), in_review(NEWER)

    return once("two editions", build, folder=tmp_path)


@pytest.fixture
def changed(editions):
    old, new = editions
    (section,) = queries.comparison(old.id, new.id).changes
    return section


def view(editions, section, *, by=REVIEWER, is_viewed=True, at: datetime = LATER):
    old, new = editions
    return actions.view_section(
        new.id, older_id=old.id, section=section, is_viewed=is_viewed, by=by, at=at
    )


def comment(editions, place, *, by=REVIEWER, text="Is six right?", at=LATER):
    old, new = editions
    return actions.comment_on_range(
        new.id, older_id=old.id, place=place, text=text, by=by, at=at
    )


def place_of(changed, **fields):
    quote = "six weeks"
    start = changed.new_text.index(quote)
    values = {
        "section": changed.anchor,
        "side": "new",
        "char_start": start,
        "char_end": start + len(quote),
        "quote": quote,
    }
    return TextRange(**(values | fields))


def test_section_is_viewed_by_one_person_and_taken_back(editions, changed):
    old, new = editions
    assert view(editions, changed.anchor) == {changed.anchor}
    assert view(editions, changed.anchor) == {changed.anchor}
    assert queries.viewed_sections(old.id, new.id, person_id=MANAGER.id) == frozenset()
    assert (
        view(editions, changed.anchor, is_viewed=False, at=LATER + timedelta(1))
        == set()
    )
    assert recorded_types()[-2:] == ["comparison.section_viewed"] * 2
    assert SectionViewing.objects.count() == 2


def test_section_is_refused_when_nothing_changed_there(editions, changed):
    old, new = editions
    same = next(
        one
        for one in queries.comparison(old.id, new.id).sections
        if one.kind == "unchanged"
    )
    with pytest.raises(SectionUnknown):
        view(editions, same.anchor)
    with pytest.raises(SectionUnknown):
        view(editions, "s-000000000000")


def test_app_can_neither_view_nor_comment(editions, changed):
    with pytest.raises(CommenterIsNotAPerson):
        view(editions, changed.anchor, by=APP)
    with pytest.raises(CommenterIsNotAPerson):
        comment(editions, place_of(changed), by=APP)


def test_comment_stands_on_its_words_is_answered_and_settled(editions, changed):
    old, new = editions
    first = comment(editions, place_of(changed))
    actions.reply_to_comment(first.id, text="Yes.", by=MANAGER, at=LATER + timedelta(1))
    actions.settle_thread(
        first.id, is_resolved=True, by=MANAGER, at=LATER + timedelta(2)
    )

    (thread,) = queries.comment_threads(old.id, new.id)
    assert [one.text for one in thread.comments] == ["Is six right?", "Yes."]
    assert (thread.first.quote, thread.is_resolved) == ("six weeks", True)
    assert recorded_types()[-3:] == [
        "comparison.commented",
        "comparison.commented",
        "comparison.thread_settled",
    ]
    again = actions.settle_thread(
        first.id, is_resolved=False, by=REVIEWER, at=LATER + timedelta(3)
    )
    assert not again.is_resolved


@pytest.mark.parametrize(
    "fields",
    [
        {"quote": "other words"},
        {"char_end": 100_000},
        {"side": "left"},
        {"char_start": 5, "char_end": 5},
    ],
)
def test_comment_is_refused_when_its_words_do_not_stand_there(
    editions, changed, fields
):
    with pytest.raises(RangeInvalid):
        comment(editions, place_of(changed, **fields))


def test_comment_is_refused_without_words_and_to_an_unknown_thread(editions, changed):
    with pytest.raises(DescriptionInvalid):
        comment(editions, place_of(changed), text="  ")
    first = comment(editions, place_of(changed))
    reply = actions.reply_to_comment(first.id, text="Yes.", by=MANAGER, at=LATER)
    with pytest.raises(CommentNotFound):
        actions.reply_to_comment(reply.id, text="No.", by=MANAGER, at=LATER)


def test_edition_is_not_compared_with_itself(editions, changed):
    _old, new = editions
    with pytest.raises(VersionsNotComparable):
        view((new, new), changed.anchor)


def test_database_refuses_to_change_or_delete_what_was_recorded(editions, changed):
    comment(editions, place_of(changed))
    view(editions, changed.anchor)
    for model, change in (
        (ComparisonComment, {"text": "other"}),
        (SectionViewing, {"is_viewed": False}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.update(**change)
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.all().delete()
