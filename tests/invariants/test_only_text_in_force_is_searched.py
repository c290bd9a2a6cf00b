"""Promise 2: only text in force is searched, at any moment one asks about.

The machine below takes a document through every order of approving, activating,
withdrawing and waiting, keeps its own idea of which edition is in force when, and
compares it with what comes through the one door. Broken on purpose by dropping the
dates or the status from `sql/active_chunks.sql`, or the exclusion constraint together
with `_make_room`, these tests fail.
"""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ingestion import actions, queries
from ingestion.errors import IngestionError
from ingestion.lifecycle import Status
from ingestion.models import Document, DocumentVersion
from tests.factories.ingestion import (
    T0,
    make_collection,
    make_document,
    make_document_version,
    make_searchable,
)
from tests.factories.people import MANAGER, REVIEWER
from tests.factories.signatures import SIGNED

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DRAFTS = [
    Status.RECEIVED,
    Status.PARSED,
    Status.CHUNKED,
    Status.EMBEDDED,
    Status.FAILED,
    Status.HELD,
    Status.IN_REVIEW,
    Status.RETURNED,
    Status.REJECTED,
    Status.APPROVED,
]


def found(document: Document, *, at: datetime) -> list[DocumentVersion]:
    rows = queries.active_chunks(as_of=at, collection_ids=[document.collection_id])
    return [DocumentVersion.objects.get(pk=row.version_id) for row in rows]


@pytest.mark.parametrize("status", DRAFTS)
def test_text_is_not_found_before_it_is_activated(status):
    version = make_document_version(status=status)
    make_searchable("Take rest.", version=version)

    assert found(version.document, at=T0 + DAY) == []


def test_text_is_found_from_its_first_instant_to_just_before_its_last():
    version = make_document_version(
        status=Status.IN_FORCE, in_force_from=T0, in_force_to=T0 + DAY
    )
    make_searchable("Take rest.", version=version)
    instant = timedelta(microseconds=1)

    moments = [T0 - instant, T0, T0 + DAY - instant, T0 + DAY]
    seen = [bool(found(version.document, at=moment)) for moment in moments]

    assert seen == [False, True, True, False]


@pytest.mark.parametrize(
    "status", [Status.SUPERSEDED, Status.EXPIRED, Status.WITHDRAWN]
)
def test_text_no_longer_in_force_is_found_only_as_of_a_moment_when_it_was(status):
    version = make_document_version(
        status=status, in_force_from=T0, in_force_to=T0 + DAY
    )
    make_searchable("Take rest.", version=version)

    assert found(version.document, at=T0 + 2 * DAY) == []
    assert found(version.document, at=T0) == [version]


def test_text_is_not_found_in_a_collection_that_was_not_asked():
    version = make_document_version(status=Status.IN_FORCE)
    make_searchable("Take rest.", version=version)

    other = queries.active_chunks(as_of=T0, collection_ids=[make_collection().id])

    assert other == queries.active_chunks(as_of=T0, collection_ids=[]) == []


def test_text_is_not_found_when_dates_are_set_but_no_action_activated_it():
    version = make_document_version(status=Status.APPROVED)
    make_searchable("Take rest.", version=version)
    DocumentVersion.objects.filter(pk=version.pk).update(in_force_from=T0)

    assert found(version.document, at=T0 + DAY) == []


def test_database_refuses_two_editions_in_force_at_once():
    document = make_document()
    make_document_version(document, status=Status.IN_FORCE)

    refusal = pytest.raises(IntegrityError, match="version_one_in_force")
    with refusal, transaction.atomic():
        make_document_version(document, status=Status.IN_FORCE, in_force_from=T0 + DAY)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ingestion_versiontext SET text = 'Take twice the dose.'",
        "UPDATE ingestion_chunk SET text = 'Take twice the dose.'",
        "UPDATE ingestion_chunk SET lexeme_count = 1",
        "UPDATE ingestion_versionchunk SET char_end = 1",
        "UPDATE ingestion_documentversion SET content_sha256 = 'x'",
        "UPDATE ingestion_documentversion SET pages = 7",
        "UPDATE ingestion_documentversion SET in_force_from = now()",
        "UPDATE ingestion_documentversion SET in_force_from = NULL",
        "DELETE FROM ingestion_versionchunk",
        "DELETE FROM ingestion_chunk",
        "DELETE FROM ingestion_versiontext",
    ],
)
def test_database_refuses_to_change_text_in_force(sql):
    version = make_document_version(status=Status.IN_FORCE)
    make_searchable("Take rest.", version=version)

    refusal = pytest.raises(IntegrityError, match="content never changes")
    with refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_door_is_inlined_into_the_query_that_uses_it():
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN SELECT chunk_id FROM ingestion_active_chunks(now(), ARRAY[%s]::uuid[])",
            [make_collection().id],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Function Scan" not in plan
    assert "ingestion_documentversion" in plan


class Editions(RuleBasedStateMachine):
    """A document with a model of it: (version, from, to) of each edition."""

    @initialize()
    def begin(self) -> None:
        self.now = T0
        self.document = make_document()
        self.drafts: list[DocumentVersion] = []
        self.windows: dict[object, tuple[datetime, datetime | None]] = {}
        self.planned: dict[object, datetime | None] = {}
        self.withdrawn: set[object] = set()

    @rule()
    def add_draft(self) -> None:
        version = make_document_version(self.document, received_at=self.now)
        make_searchable(f"Edition {version.number}.", version=version)
        self.drafts.append(version)

    @rule(days=st.integers(0, 4))
    def wait(self, days: int) -> None:
        self.now += days * DAY

    @precondition(lambda self: self.drafts)
    @rule(
        data=st.data(), offset=st.integers(-3, 3), length=st.none() | st.integers(1, 3)
    )
    def activate(self, data: st.DataObject, offset: int, length: int | None) -> None:
        version = data.draw(st.sampled_from(self.drafts))
        start = self.now + offset * DAY
        end = None if length is None else start + length * DAY
        approve_once(version, at=self.now)
        try:
            actions.activate_version(
                version.id,
                by=MANAGER,
                at=self.now,
                in_force_from=start,
                in_force_to=end,
            )
        except IngestionError:
            assert any(begin > start for begin, _ in self.with_time().values())
            return
        self.drafts.remove(version)
        for other, (begin, until) in self.with_time().items():
            if until is None or until > start:
                self.windows[other] = (begin, start)
        self.windows[version.id] = (start, end)
        self.planned[version.id] = end

    @precondition(lambda self: set(self.windows) - self.withdrawn)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        options = sorted(set(self.windows) - self.withdrawn, key=str)
        version_id = data.draw(st.sampled_from(options))
        actions.withdraw_version(version_id, reason="x", by=MANAGER, at=self.now)
        self.withdrawn.add(version_id)
        start, end = self.windows[version_id]
        stop = max(self.now, start) if end is None else min(max(self.now, start), end)
        self.windows[version_id] = (start, stop)
        if stop == start != end:
            self.give_back(start, version_id)

    def give_back(self, start: datetime, version_id: object) -> None:
        ended = [
            (self.windows[other][0], self.order(other), other)
            for other in set(self.windows) - self.withdrawn - {version_id}
            if self.windows[other][1] == start
        ]
        if ended:
            begin, _, other = max(ended)
            later = [
                window[0]
                for one, window in self.with_time().items()
                if one != other and window[0] >= start
            ]
            ends = [*later, *([self.planned[other]] if self.planned[other] else [])]
            self.windows[other] = (begin, min(ends, default=None))

    def order(self, version_id: object) -> datetime:
        activated = DocumentVersion.objects.get(pk=version_id).activated_at
        assert activated is not None
        return activated

    def with_time(self) -> dict[object, tuple[datetime, datetime | None]]:
        return {
            version: window
            for version, window in self.windows.items()
            if window[0] != window[1]
        }

    @invariant()
    def door_shows_exactly_the_edition_in_force(self) -> None:
        if not hasattr(self, "now"):
            return
        for day in range(-5, 6):
            at = self.now + day * DAY
            expected = [
                version
                for version, (start, end) in self.windows.items()
                if start <= at and (end is None or at < end)
            ]
            assert len(expected) <= 1
            assert [version.id for version in found(self.document, at=at)] == expected

    @invariant()
    def standing_agrees_with_the_door(self) -> None:
        if not hasattr(self, "now"):
            return
        in_force = {version.id for version in found(self.document, at=self.now)}
        rows = DocumentVersion.objects.filter(document=self.document)
        standing = {
            row.id for row in rows if queries.standing(row.id, self.now) == "in_force"
        }
        assert standing == in_force

    def teardown(self) -> None:
        if hasattr(self, "now"):
            self.door_shows_exactly_the_edition_in_force()


def approve_once(version: DocumentVersion, *, at: datetime) -> None:
    version.refresh_from_db()
    if version.status == Status.IN_REVIEW:
        actions.review_version(
            version.id,
            decision="approve",
            meaning="Read.",
            by=REVIEWER,
            at=at,
            signature=SIGNED,
        )


def test_editions_never_overlap_and_only_the_one_in_force_is_found(db):
    run_state_machine_as_test(
        Editions,
        settings=settings(
            max_examples=15,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
