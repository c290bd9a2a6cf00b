"""What was known of the corpus at a moment is the same whenever one asks.

A document goes through any order of activations, back-dated and scheduled ones too,
and withdrawals. After each step the whole corpus is looked at; at the end each of
those looks is asked for again by its moment (`known_at`) and by its corpus position,
and must come out as it was. Some of these tests fail when in
`sql/active_chunks_of_one_cut.sql` the prefix is left out, or each change is taken by
its own time instead, and when `_remember` leaves out the later half of a step.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion import actions, queries
from ingestion.errors import IngestionError, VersionNotFound
from ingestion.lifecycle import Standing, Status
from ingestion.models import Document, DocumentVersion
from tests.factories.ingestion import (
    T0,
    make_corpus_change,
    make_document,
    make_document_version,
    make_searchable,
)
from tests.factories.people import MANAGER

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
STEP = timedelta(hours=1)
DAYS = range(-4, 7)
ACTIVATE = st.tuples(
    st.just("activate"), st.integers(-3, 4), st.none() | st.integers(1, 3)
)
WITHDRAW = st.tuples(st.just("withdraw"), st.integers(0, 5), st.none())
LIFE = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))

Look = tuple[frozenset[UUID], ...]


@dataclass
class Moment:
    """What the corpus was at a moment, and what named it."""

    known_at: datetime
    position: str | None
    look: Look


def found(
    document: Document, *, at: datetime, known_at: datetime | None = None
) -> frozenset[UUID]:
    rows = queries.active_chunks(
        as_of=at, collection_ids=[document.collection_id], known_at=known_at
    )
    return frozenset(row.version_id for row in rows)


def look_at(document: Document, *, known_at: datetime | None = None) -> Look:
    return tuple(found(document, at=T0 + day * DAY, known_at=known_at) for day in DAYS)


def replayed(position: str | None) -> Look:
    """The corpus by hand: the changes up to the entry that names it."""
    windows: dict[UUID, tuple[datetime, datetime | None]] = {}
    changes = queries.corpus_changes()
    ends = [n for n, one in enumerate(changes) if str(one.entry_id) == position]
    for change in changes[: ends[-1] + 1] if ends else []:
        windows[change.version_id] = (change.in_force_from, change.in_force_to)
    return tuple(
        frozenset(
            version
            for version, (start, end) in windows.items()
            if start <= T0 + day * DAY and (end is None or T0 + day * DAY < end)
        )
        for day in DAYS
    )


def live(document: Document, steps: list[tuple[str, int, int | None]]) -> list[Moment]:
    """Take the document through the steps an hour apart; what was seen after each."""
    now, activated = T0, list[UUID]()
    moments = [Moment(now, queries.corpus_position(), look_at(document))]
    for verb, number, length in steps:
        now += STEP
        try:
            if verb == "activate":
                activated.append(activate(document, now, number, length))
            elif activated:
                chosen = activated[number % len(activated)]
                actions.withdraw_version(chosen, reason="x", by=MANAGER, at=now)
        except IngestionError:
            continue
        moments.append(Moment(now, queries.corpus_position(), look_at(document)))
    return moments


def activate(
    document: Document, now: datetime, offset: int, length: int | None
) -> UUID:
    version = make_document_version(
        document, status=Status.APPROVED, received_at=now - STEP / 2
    )
    make_searchable(f"Edition {version.number}.", version=version)
    start = now + offset * DAY
    end = None if length is None else start + length * DAY
    actions.activate_version(
        version.id, by=MANAGER, at=now, in_force_from=start, in_force_to=end
    )
    return version.id


@LIFE
@given(steps=st.lists(ACTIVATE | WITHDRAW, min_size=1, max_size=7))
def test_what_was_known_is_what_was_seen_whatever_came_later(db, steps):
    document = make_document()

    for moment in live(document, steps):
        assert look_at(document, known_at=moment.known_at) == moment.look
        just_before_next = moment.known_at + STEP - timedelta(microseconds=1)
        assert look_at(document, known_at=just_before_next) == moment.look


@LIFE
@given(steps=st.lists(ACTIVATE | WITHDRAW, min_size=1, max_size=7))
def test_replay_by_corpus_position_agrees_with_the_moment(db, steps):
    document = make_document()

    for moment in live(document, steps):
        known = look_at(document, known_at=moment.known_at)
        assert [one & set(ids(document)) for one in replayed(moment.position)] == list(
            known
        )


@LIFE
@given(steps=st.lists(ACTIVATE | WITHDRAW, min_size=1, max_size=7))
def test_lists_of_editions_agree_with_the_search_at_every_moment(db, steps):
    document = make_document()

    for moment in live(document, steps):
        for day, seen in zip(DAYS, moment.look, strict=True):
            at = T0 + day * DAY
            one = queries.version_in_force(document.id, at=at, known_at=moment.known_at)
            assert seen == (frozenset() if one is None else frozenset({one.id}))
            standing = {
                version.id
                for version in queries.versions_of(
                    document.id, known_at=moment.known_at
                )
                if queries.standing(version.id, at, moment.known_at)
                is Standing.IN_FORCE
            }
            assert standing <= seen


def ids(document: Document) -> list[UUID]:
    rows = DocumentVersion.objects.filter(document=document)
    return list(rows.values_list("pk", flat=True))


def test_back_dated_edition_is_in_force_as_of_its_date_but_was_not_known():
    document = make_document()
    old = activate(document, T0, 0, None)
    new = activate(document, T0 + 5 * DAY, -3, None)

    assert found(document, at=T0 + 3 * DAY) == {new}
    assert found(document, at=T0 + 3 * DAY, known_at=T0 + 4 * DAY) == {old}
    assert queries.standing(old, T0 + 3 * DAY) == "superseded"
    assert queries.standing(old, T0 + 3 * DAY, T0 + 4 * DAY) == "in_force"
    with pytest.raises(VersionNotFound):
        queries.standing(new, T0 + 3 * DAY, T0 + 4 * DAY)


def test_withdrawal_is_not_known_before_it_was_recorded():
    document = make_document()
    version = activate(document, T0, 0, None)
    actions.withdraw_version(version, reason="Dose.", by=MANAGER, at=T0 + DAY)

    (then,) = queries.versions_of(document.id, known_at=T0 + DAY / 2)
    (now,) = queries.versions_of(document.id)

    assert found(document, at=T0 + 2 * DAY) == frozenset()
    assert found(document, at=T0 + 2 * DAY, known_at=T0 + DAY / 2) == {version}
    assert (then.status, then.withdrawal_reason) == ("in_force", "")
    assert (now.status, now.withdrawal_reason) == ("withdrawn", "Dose.")


def test_clock_that_went_back_never_mixes_two_states():
    """The changes of a later step bear an earlier time: all of them are known or none."""
    document = make_document()
    first = make_document_version(document, status=Status.IN_FORCE, in_force_from=T0,
                                  in_force_to=T0 + DAY)  # fmt: skip
    second = make_document_version(
        document, status=Status.IN_FORCE, in_force_from=T0 + DAY
    )
    make_searchable("First.", version=first)
    make_searchable("Second.", version=second)
    make_corpus_change(first, changed_at=T0 + DAY)
    earlier = T0 + DAY / 2
    make_corpus_change(first, in_force_to=T0 + DAY, changed_at=earlier)
    make_corpus_change(second, in_force_from=T0 + DAY, changed_at=earlier)

    known = look_at(document, known_at=earlier)

    assert all(len(one) <= 1 for one in known)
    assert known == look_at(document)


def test_change_that_bears_an_earlier_time_is_known_with_all_before_it():
    document = make_document()
    first = make_document_version(document, status=Status.IN_FORCE, in_force_from=T0,
                                  in_force_to=T0 + DAY)  # fmt: skip
    second = make_document_version(
        document, status=Status.IN_FORCE, in_force_from=T0 + DAY
    )
    make_searchable("First.", version=first)
    make_searchable("Second.", version=second)
    make_corpus_change(first, in_force_to=T0 + DAY, changed_at=T0 + DAY)
    make_corpus_change(second, in_force_from=T0 + DAY, changed_at=T0 + DAY / 2)

    known = look_at(document, known_at=T0 + DAY / 2)

    assert known == look_at(document)
    assert found(document, at=T0, known_at=T0 + DAY / 2) == {first.id}


@pytest.mark.parametrize("status", [Status.IN_REVIEW, Status.APPROVED])
def test_supposed_edition_takes_the_place_of_the_one_in_force(status):
    document, other = make_document(), make_document()
    old = activate(document, T0, 0, None)
    beside = activate(other, T0, 0, None)
    draft = make_document_version(document, status=status)
    make_searchable("Draft.", version=draft)

    def supposing(version, known_at=None):
        rows = queries.active_chunks(
            as_of=T0 + DAY,
            collection_ids=[document.collection_id, other.collection_id],
            known_at=known_at,
            supposing=version,
        )
        return {row.version_id for row in rows}

    assert supposing(None) == {old, beside}
    assert supposing(draft.id) == {draft.id, beside}
    assert supposing(draft.id, T0 + DAY) == {draft.id, beside}


@pytest.mark.parametrize("status", [Status.HELD, Status.REJECTED, Status.FAILED])
def test_text_that_must_not_be_read_is_never_supposed(status):
    document = make_document()
    activate(document, T0, 0, None)
    draft = make_document_version(document, status=status)
    make_searchable("Draft.", version=draft)

    rows = queries.active_chunks(
        as_of=T0 + DAY, collection_ids=[document.collection_id], supposing=draft.id
    )

    assert draft.id not in {row.version_id for row in rows}
