"""Opening an answer in an emergency: recorded first, for an hour, reviewed by another."""

from contextlib import nullcontext
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import Error, connection, transaction

from audit import disclosure, ledger, queries
from audit.actors import Actor, ActorKind
from audit.custody import break_glass, rounds
from audit.custody.break_glass import OPEN_FOR, REVIEW_WITHIN, Finding
from audit.errors import (
    BreakGlassReviewed,
    BreakGlassUnknown,
    FindingUnknown,
    PurposeUnknown,
    ReaderIsNotAPerson,
    ReasonMissing,
    ReviewerIsReader,
)
from audit.events import GlassReviewed
from audit.models import BreakGlass, InboxEntry
from tests.conftest import as_role
from tests.integration.audit.conftest import ADA, query_received

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

BOB = Actor(ActorKind.PERSON, "user:8", "Bob", "session")
APP = Actor(ActorKind.APP, "key:3f2a", "Ward app", "api_key")
REASON = "Mrs Miller is unconscious in room 4"


def opened(log, *, by=ADA, reason=REASON):
    receipt = log.append(query_received(), question="Is my chest pain serious?")
    return break_glass.break_glass(
        uuid4(), entry_ids=[receipt.entry_id], reason=reason, by=by, at=log.tick()
    )


def reviewed(log, made, *, by=BOB, finding="justified", note="She was"):
    return break_glass.review(made.id, finding=finding, note=note, by=by, at=log.tick())


def types():
    log_order = InboxEntry.objects.order_by("pk")
    return [queries.entry(row.entry_id).type for row in log_order]


def test_opening_and_review_each_leave_an_entry_with_the_words_sealed(log):
    made = opened(log)
    assert (made.finding, made.reviewed_by) == (None, None)
    done = reviewed(log, made)
    assert (done.finding, done.reviewed_by) == (Finding.JUSTIFIED, BOB.id)
    assert types()[1:] == ["content.break_glass", "break_glass.reviewed"]
    for row in InboxEntry.objects.all():
        assert b"Miller" not in bytes(row.body)
    entry = queries.entry(made.opened_entry_id)
    assert entry.fields["answer_id"] == str(made.answer_id)
    words = disclosure.read_sealed(
        [made.opened_entry_id],
        by=BOB,
        at=log.tick(),
        purpose="break_glass_review",
        surface="test",
    )
    assert words == {made.opened_entry_id: {"reason": REASON}}


def test_opening_ends_by_itself_after_an_hour(log):
    made = opened(log)
    last = made.opened_at + OPEN_FOR - timedelta(seconds=1)
    assert break_glass.standing(made.answer_id, by=ADA, at=last) == made
    assert break_glass.standing(made.answer_id, by=BOB, at=last) is None
    assert break_glass.standing(uuid4(), by=ADA, at=last) is None
    assert break_glass.standing(made.answer_id, by=ADA, at=made.expires_at) is None


def test_unreviewed_and_overdue_are_listed_until_somebody_reviews(log):
    made = opened(log)
    due = made.opened_at + REVIEW_WITHIN
    assert break_glass.unreviewed() == [made]
    assert break_glass.overdue(at=due) == []
    assert break_glass.overdue(at=due + timedelta(seconds=1)) == [made]
    reviewed(log, made, finding="not_justified")
    assert break_glass.unreviewed() == []
    assert break_glass.overdue(at=due + timedelta(days=9)) == []
    assert break_glass.recent()[0].finding is Finding.NOT_JUSTIFIED


def test_late_review_is_told_once_by_an_entry_and_can_still_be_made(log):
    made = opened(log)
    due = made.opened_at + REVIEW_WITHIN
    custodian = Actor(ActorKind.SYSTEM, "task:custody", "Custody", "task")
    assert break_glass.tell_overdue(by=custodian, at=due) == 0
    late = due + timedelta(seconds=1)
    assert [rounds.keep(at=late).overdue for _ in range(2)] == [1, 0]
    row = BreakGlass.objects.get()
    told = queries.entry(row.overdue_entry_id)
    assert told.type == "break_glass.review_overdue"
    assert told.actor.kind is ActorKind.SYSTEM
    assert told.fields["break_glass_id"] == str(made.id)
    assert told.fields["opened_by"] == ADA.id
    with pytest.raises(Error, match="refused"), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_breakglass SET overdue_entry_id = NULL")
    reviewed(log, made)
    assert break_glass.overdue(at=late) == []
    assert rounds.keep(at=late + timedelta(days=9)).overdue == 0


def test_late_review_is_not_told_without_its_own_entry(log):
    made = opened(log)
    with pytest.raises(Error, match="refused"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_breakglass SET overdue_entry_id = %s", [made.opened_entry_id]
        )


def test_opening_is_refused_without_a_person_or_a_reason(log):
    with pytest.raises(ReaderIsNotAPerson):
        opened(log, by=APP)
    for reason in ("", "  ", "x" * 2001, "a\x00b"):
        with pytest.raises(ReasonMissing):
            opened(log, reason=reason)
    assert not BreakGlass.objects.exists()


def test_review_is_refused_to_the_reader_and_a_second_time(log):
    made = opened(log)
    with pytest.raises(ReviewerIsReader):
        reviewed(log, made, by=ADA)
    with pytest.raises(ReaderIsNotAPerson):
        reviewed(log, made, by=APP)
    with pytest.raises(FindingUnknown):
        reviewed(log, made, finding="fine")
    with pytest.raises(ReasonMissing):
        reviewed(log, made, note="")
    with pytest.raises(BreakGlassUnknown):
        break_glass.review(
            uuid4(), finding="justified", note="x", by=BOB, at=log.tick()
        )
    reviewed(log, made)
    with pytest.raises(BreakGlassReviewed):
        reviewed(log, made)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM audit_breakglass",
        "TRUNCATE audit_breakglass",
        "UPDATE audit_breakglass SET expires_at = now() + interval '1 year'",
        "UPDATE audit_breakglass SET reviewed_by = opened_by",
        (
            "UPDATE audit_breakglass SET reviewed_by = 'user:9', reviewed_by_name = 'C',"
            " reviewed_at = now(), finding = 'justified',"
            " reviewed_entry_id = gen_random_uuid()"
        ),
    ],
)
def test_database_refuses_what_is_not_recorded_to_the_owner_too(log, change):
    opened(log)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.parametrize("foreign", ["access", "person", None])
def test_database_refuses_a_review_by_the_entry_of_another_access_or_person(
    log, foreign
):
    made, other = opened(log), opened(log)
    about = other if foreign == "access" else made
    told = GlassReviewed(
        break_glass_id=str(about.id),
        answer_id=str(about.answer_id),
        opened_by=about.opened_by,
        finding="justified",
    )
    by = "user:9" if foreign == "person" else BOB.id
    refusal = pytest.raises(Error, match="recorded") if foreign else nullcontext()
    with refusal, transaction.atomic():
        entry = ledger.append(told, by=BOB, at=log.tick(), sealed={"note": "x"})
        BreakGlass.objects.filter(pk=made.id).update(
            reviewed_by=by,
            reviewed_by_name="C",
            reviewed_at=log.tick(),
            finding="justified",
            reviewed_entry_id=entry.entry_id,
        )
    assert (break_glass.by_id(made.id).reviewed_by == BOB.id) is (foreign is None)


def test_application_role_may_not_delete_or_move_a_due_date(log, postgres):
    opened(log)
    with as_role(postgres, "clinrag_app") as session:
        for change in (
            "DELETE FROM audit_breakglass",
            "UPDATE audit_breakglass SET review_due_at = now() + interval '1 year'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(change)


def test_reading_is_refused_without_a_purpose_from_the_list(log):
    receipt = log.append(query_received(), question="?")
    with pytest.raises(PurposeUnknown):
        disclosure.read_sealed(
            [receipt.entry_id], by=ADA, at=log.tick(), purpose="fun", surface="test"
        )
    assert types() == ["query.received"]


def test_words_of_the_reader_are_sealed_beside_the_reading(log):
    receipt = log.append(query_received(), question="?")
    disclosure.read_sealed(
        [receipt.entry_id],
        by=ADA,
        at=log.tick(),
        purpose="audit_review",
        surface="test",
        reason=REASON,
    )
    last = InboxEntry.objects.order_by("-pk")[0]
    assert b"Miller" not in bytes(last.body)
    assert queries.entry(last.entry_id).has_sealed
